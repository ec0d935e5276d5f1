# What every stack of one account and region shares. Apply it once for each, before the first stack.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }

  backend "s3" {}
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Application = "burnbag"
      ManagedBy   = "terraform"
    }
  }
}

module "account" {
  source = "../modules/account"
}

output "logging_role_arn" {
  description = "Role by which API Gateway writes its logs."
  value       = module.account.logging_role_arn
}
