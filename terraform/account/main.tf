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

variable "role_path" {
  description = "Path of the role, such as /services/."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null
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

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
}

output "logging_role_arn" {
  description = "Role by which API Gateway writes its logs."
  value       = module.account.logging_role_arn
}
