environment = "prod"
region      = "eu-central-1"

deletion_protection  = true
log_retention_days   = 90
audit_retention_days = 400

# Right where this is the only stack of its account and region that sets it.
manage_api_gateway_account = true
