# Everything that can be chosen, chosen. Take from it what you need.

terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      Application = "burnbag"
      Environment = "complete"
      CostCentre  = "4711"
    }
  }
}

variable "packages_dir" {
  description = "Folder with create.zip, reveal.zip and reaper.zip."
  type        = string
  default     = "../../../build/packages"
}

# Once for each account and region. Leave it out if another configuration has it.
module "account" {
  source = "../../modules/account"
}

module "burnbag" {
  source = "../../modules/burnbag"

  environment         = "complete"
  packages_dir        = var.packages_dir
  lambda_runtime      = "python3.13"
  lambda_architecture = "arm64"

  create_auth          = "AWS_IAM"
  endpoint_type        = "REGIONAL"
  link_base_url        = "https://secrets.example.com"
  cors_allowed_origins = ["https://secrets.example.com"]

  min_ttl                = 300
  default_ttl            = 3600
  max_ttl                = 604800
  max_views              = 20
  max_secret_bytes       = 65536
  max_file_bytes         = 1048576
  max_upload_bytes       = 1073741824
  receipt_retention_days = 365
  log_retention_days     = 90
  audit_retention_days   = 3653
  record_source_ip       = false

  deletion_protection      = true
  key_deletion_window_days = 30
  receipt_key_generation   = 2

  api_memory_mb         = 1024
  reserved_concurrency  = { create = 50, reveal = 50, reap = 5, sweep = 1, audit = 5, stray = 5 }
  throttle_rate         = 50
  throttle_burst        = 100
  stream_retry_attempts = 1000
}

output "burnbag" {
  description = "Everything that the module tells."
  value       = module.burnbag
}
