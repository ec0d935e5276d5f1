# The least that a stack needs. Build the packages first (make package), and apply modules/account once
# for each account and region.

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

output "api_url" {
  description = "Base URL of the API."
  value       = module.burnbag.api_url
}

output "caller_policy_arn" {
  description = "Policy to attach to the role of a calling service."
  value       = module.burnbag.caller_policy_arn
}
