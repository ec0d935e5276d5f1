environment = "dev"
region      = "eu-central-1"

lambda_runtime      = "python3.13"
lambda_architecture = "arm64"

deletion_protection      = false
key_deletion_window_days = 7
log_retention_days       = 14
audit_retention_days     = 30
