environment = "prod"
region      = "eu-central-1"

lambda_runtime      = "python3.13"
lambda_architecture = "arm64"

deletion_protection  = true
log_retention_days   = 90
audit_retention_days = 400
