environment = "prod"
region      = "eu-central-1"

deletion_protection  = true
log_retention_days   = 90
audit_retention_days = 400

# Set this to false if another stack of the same account and region has it.
manage_api_gateway_account = true
