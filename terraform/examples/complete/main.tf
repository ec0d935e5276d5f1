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
  description = "Folder with create.zip, reveal.zip, page.zip and reaper.zip."
  type        = string
  default     = "../../../build/packages"
}

variable "sign_in_provider_secret" {
  description = "Secret of the client that the company's provider has for the user pool: TF_VAR_sign_in_provider_secret."
  type        = string
  sensitive   = true
}

# Once for each account and region. Leave it out if another configuration has it.
module "account" {
  source = "../../modules/account"

  role_path                = "/services/"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
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

  # People send by the page, and sign in at the company's own provider, or as a user of the pool.
  people_auth           = "COGNITO"
  people_per_hour       = 60
  sign_in_mfa           = "ON"
  sign_in_domain_prefix = "example-secrets"
  sign_in_provider = {
    oidc                     = { issuer = "https://login.example.com", client_id = "burnbag", scopes = "openid email" }
    email_attribute          = "email"
    email_verified_attribute = "email_verified"
    local_users              = true
  }
  sign_in_provider_secret = var.sign_in_provider_secret

  page_name        = "Example's secrets"
  page_accent      = "#0b5fff"
  page_logo_url    = "https://static.example.com/logo.svg"
  page_imprint_url = "https://example.com/imprint"
  page_help_url    = "https://wiki.example.com/secrets"

  domain_name           = "secrets.example.com"
  certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
  hosted_zone_id        = "Z0123456789ABC"
  keep_default_endpoint = false

  # For a PRIVATE endpoint only: see ../private.
  vpc_endpoint_ids         = []
  allowed_vpc_endpoint_ids = []

  allowed_source_cidrs    = ["203.0.113.0/24", "2001:db8::/32"]
  allowed_organization_id = "o-a1b2c3d4e5"
  allowed_principals      = ["210987654321", "arn:aws:iam::310987654321:role/orders"]
  recipient_accounts      = ["310987654321"]

  # Or web_acl_arn, for one that the company has.
  web_acl_arn         = null
  create_web_acl      = true
  reveals_per_address = 100

  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  role_path                = "/services/"
  code_signing_config_arn  = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"

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
  account_concurrency   = 1000
  reserved_concurrency  = { create = 50, reveal = 50, reap = 20 }
  snap_start_functions  = ["create", "reveal"]
  throttle_rate         = 50
  throttle_burst        = 100
  method_throttles      = { "POST /v1/secrets/{id}/reveal" = { rate = 20, burst = 40 } }
  stream_retry_attempts = 1000

  saved_queries     = true
  alarms            = true
  watch_list        = true
  alarm_subscribers = ["ops@example.com", "https://pager.example.com/burnbag"]
  alarm_thresholds  = { guesses = 50, latency = 5000 }
  dashboard         = true
  runbook_url       = "https://wiki.example.com/burnbag"

  trail_log_group_name = "aws-cloudtrail-logs"

  event_bus = true
  notifications = {
    opened = {
      events       = ["secret.revealed"]
      creators     = ["arn:aws:sts::123456789012:assumed-role/orders/*"]
      label_prefix = "orders: "
      slack        = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/slack/0a1b2c3d", channel = "C0123456789" }
    }
    inventory = {
      webhook          = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/inventory/4e5f6a7b", url = "https://inventory.example.com/burnbag" }
      calls_per_second = 20
    }
    locked = { events = ["secret.locked", "secret.frozen"], email = ["security@example.com"] }
  }
}

output "burnbag" {
  description = "Everything that the module tells."
  value       = module.burnbag
}
