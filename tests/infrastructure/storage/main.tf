# The storage module alone, with key policies of its own: any caller of this account.

provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

data "aws_caller_identity" "current" {}

locals {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = data.aws_caller_identity.current.account_id }
    }]
  })
}

module "storage" {
  source = "./modules/storage"

  prefix             = "burnbag-alone"
  account_id         = data.aws_caller_identity.current.account_id
  region             = "us-east-1"
  sealing_key_policy = local.policy
  storage_key_policy = local.policy
  receipt_key_policy = local.policy

  receipt_key_generation = 2

  require_tls         = false
  deletion_protection = false
  force_destroy       = true
}

output "storage" {
  value = {
    secrets_table   = module.storage.secrets_table
    receipts_table  = module.storage.receipts_table
    files_bucket    = module.storage.files_bucket
    sealing_key_arn = module.storage.sealing_key_arn
    storage_key_arn = module.storage.storage_key_arn

    receipt_key_arns = module.storage.receipt_key_arns
  }
}
