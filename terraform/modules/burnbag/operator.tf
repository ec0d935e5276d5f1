# Whoever operates the stack: the rights of make letters and make reconcile, and no right to any store.

locals {
  # By sid: what operators may do, and on what.
  operator_rights = {
    InvokeTheirTools = {
      actions   = ["lambda:InvokeFunction"]
      resources = [for function in ["letters", "reconcile"] : "${local.function_arns}${function}"]
    }
  }
}

data "aws_iam_policy_document" "operator" {
  dynamic "statement" {
    for_each = local.operator_rights
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_policy" "operator" {
  name        = "${local.prefix}-operator-${local.region}"
  description = "Dead letters of burnbag ${var.environment}, and what its streams have forgotten"
  policy      = data.aws_iam_policy_document.operator.json

  # A stack keeps the name that it was made with: see docs/adr/0016.
  lifecycle {
    ignore_changes = [name]
  }
}
