# Named recipients: the recipient's calls once more, for those who show who they are. The same code answers them.

variable "recipient_accounts" {
  description = "Other accounts (12 digits) whose roles and users can be named as recipients: they may make the recipient's calls signed, with an IAM policy of their own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for it in var.recipient_accounts : can(regex("^[0-9]{12}$", it))])
    error_message = "recipient_accounts are account ids of 12 digits."
  }
}

locals {
  # Signed whatever create_auth is: who it is for, the secret says.
  signed_calls = {
    "GET /signed/secrets/{id}"          = { function = "reveal", authorization = "AWS_IAM", others = "recipients" }
    "POST /signed/secrets/{id}/reveal"  = { function = "reveal", authorization = "AWS_IAM", others = "recipients" }
    "POST /signed/secrets/{id}/confirm" = { function = "reveal", authorization = "AWS_IAM", others = "recipients" }
  }

  # Where people sign in. Where they only reach the API, nobody knows who they are.
  signed_in_calls = {
    "GET /people/secrets/{id}"          = { function = "reveal", authorization = "COGNITO_USER_POOLS" }
    "POST /people/secrets/{id}/reveal"  = { function = "reveal", authorization = "COGNITO_USER_POOLS" }
    "POST /people/secrets/{id}/confirm" = { function = "reveal", authorization = "COGNITO_USER_POOLS" }
  }
}

# Attach this to the role of a service that receives.
data "aws_iam_policy_document" "recipient" {
  statement {
    sid       = "CallTheRecipientsSide"
    actions   = ["execute-api:Invoke"]
    resources = [for call in keys(local.signed_calls) : module.api.route_arns[call]]
  }
}

resource "aws_iam_policy" "recipient" {
  name        = "${local.prefix}-recipient-${local.region}"
  description = "May open burnbag secrets that name the caller as their recipient."
  policy      = data.aws_iam_policy_document.recipient.json

  # A stack keeps the name that it was made with: see docs/adr/0016.
  lifecycle {
    ignore_changes = [name]
  }
}
