terraform {
  # 1.9 lets a variable's validation look at other variables. The S3 backend's `use_lockfile`
  # needs 1.10.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.90"
    }
  }
}
