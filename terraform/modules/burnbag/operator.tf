# Whoever operates the stack: the rights of make letters, make reconcile and burnbag revoke --created-by, and no
# right to any store.

locals {
  # Signed whatever create_auth is, and by principals of this account only, whoever else may send: those could
  # give themselves the right in their own account.
  operators_calls = {
    "GET /v1/revocations"  = { function = "create", authorization = "AWS_IAM", others = "nobody" }
    "POST /v1/revocations" = { function = "create", authorization = "AWS_IAM", others = "nobody" }
  }

  # By sid: what operators may do, and on what.
  operator_rights = {
    InvokeTheirTools = {
      actions   = ["lambda:InvokeFunction"]
      resources = [for function in ["letters", "reconcile"] : "${local.function_arns}${function}"]
    }
    ListAndRevokeAnybodysSecrets = {
      actions   = ["execute-api:Invoke"]
      resources = [for call in keys(local.operators_calls) : module.api.route_arns[call]]
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
