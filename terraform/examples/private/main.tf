# An API that is reached through VPC endpoints only, under a name of the company's own.

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

# VPC endpoints for execute-api. The VPC needs one for S3 too, or another way to it: what is larger than a
# few megabytes goes there directly.
variable "vpc_endpoint_ids" {
  description = "VPC endpoints through which the API is reached."
  type        = list(string)
  default     = ["vpce-0123456789abcdef0"]
}

module "burnbag" {
  source = "../../modules/burnbag"

  environment    = "private"
  packages_dir   = var.packages_dir
  lambda_runtime = "python3.13"

  endpoint_type        = "PRIVATE"
  vpc_endpoint_ids     = var.vpc_endpoint_ids
  allowed_source_cidrs = ["10.0.0.0/8"]

  # The record for this name leads to the DNS name of the VPC endpoint. Make it in your private zone.
  domain_name     = "secrets.internal.example.com"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
}

output "api_url" {
  description = "Base URL of the API, found within the VPC."
  value       = module.burnbag.api_url
}

output "caller_policy_arn" {
  description = "Policy to attach to the role of a calling service."
  value       = module.burnbag.caller_policy_arn
}
