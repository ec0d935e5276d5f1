# Several stacks side by side: two environments in one region, and one of them in a second region too.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "packages_dir" {
  description = "Folder with create.zip, reveal.zip, page.zip and reaper.zip."
  type        = string
  default     = "../../../build/packages"
}

variable "lambda_runtime" {
  description = "Lambda runtime that the packages were built for."
  type        = string
  default     = "python3.13"
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "second"
  region = "eu-west-1"
}

module "account" {
  source = "../../modules/account"
}

module "account_second" {
  source    = "../../modules/account"
  providers = { aws = aws.second }
}

module "burnbag" {
  source   = "../../modules/burnbag"
  for_each = toset(["dev", "test"])

  environment    = each.key
  packages_dir   = var.packages_dir
  lambda_runtime = var.lambda_runtime
}

module "burnbag_second" {
  source    = "../../modules/burnbag"
  providers = { aws = aws.second }

  environment    = "dev"
  packages_dir   = var.packages_dir
  lambda_runtime = var.lambda_runtime
}

output "stacks" {
  description = "What each stack tells."
  value       = merge(module.burnbag, { dev_second = module.burnbag_second })
}
