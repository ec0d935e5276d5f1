# One service hands another a credential: `orders` may send, `billing` may open what is for it by name.
# docs/named-recipients.md has what the two do, in Python and with curl.

terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"
}

variable "packages_dir" {
  description = "Folder with create.zip, reveal.zip, page.zip and reaper.zip."
  type        = string
  default     = "../../../build/packages"
}

module "burnbag" {
  source = "../../modules/burnbag"

  environment    = "demo"
  packages_dir   = var.packages_dir
  lambda_runtime = "python3.13"
}

# Both run on ECS here. Whatever else may assume a role does as well.
data "aws_iam_policy_document" "ecs" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "orders" {
  name               = "orders"
  assume_role_policy = data.aws_iam_policy_document.ecs.json
}

resource "aws_iam_role_policy_attachment" "orders_sends" {
  role       = aws_iam_role.orders.name
  policy_arn = module.burnbag.caller_policy_arn
}

resource "aws_iam_role" "billing" {
  name               = "billing"
  assume_role_policy = data.aws_iam_policy_document.ecs.json
}

resource "aws_iam_role_policy_attachment" "billing_opens" {
  role       = aws_iam_role.billing.name
  policy_arn = module.burnbag.recipient_policy_arn
}

output "api_url" {
  description = "Base URL of the API: BURNBAG_URL for both."
  value       = module.burnbag.api_url
}

output "recipient" {
  description = "Whom `orders` names as the recipient."
  value       = aws_iam_role.billing.arn
}
