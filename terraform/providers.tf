provider "aws" {
  region = var.region

  # An emulator's address can't have a bucket's name in front.
  s3_use_path_style = var.emulator_endpoint_url != null

  default_tags {
    tags = merge(var.tags, {
      Application = "burnbag"
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}
