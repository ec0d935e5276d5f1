environment = "prod"
region      = "eu-central-1"

deletion_protection  = true
log_retention_days   = 90
audit_retention_days = 400
