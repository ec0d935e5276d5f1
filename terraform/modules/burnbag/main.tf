# Everything of one stack. The provider is the caller's, and with it the region, the account and the
# tags.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  prefix     = "burnbag-${var.environment}"
  stage      = "live"
  emulated   = var.emulator_endpoint_url != null
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
  dns_suffix = data.aws_partition.current.dns_suffix

  # AWS answers an account's number as its root's ARN, so a plan would show a change for ever.
  allowed_principals = [for it in var.allowed_principals :
    can(regex("^[0-9]{12}$", it)) ? "arn:${local.partition}:iam::${it}:root" : it
  ]
  recipient_accounts = [for it in var.recipient_accounts : "arn:${local.partition}:iam::${it}:root"]

  # How API Gateway invokes the three functions behind it.
  invocations = { for key in ["create", "reveal", "page"] : key => module.function[key].invocation }

  # An upload arrives up to 15 minutes after its record was made; the extra day covers that.
  object_lifetime_days = ceil(var.max_ttl / 86400) + 1
}

module "storage" {
  source = "./modules/storage"

  prefix                   = local.prefix
  account_id               = local.account_id
  region                   = local.region
  sealing_key_policy       = data.aws_iam_policy_document.key["sealing_key"].json
  storage_key_policy       = data.aws_iam_policy_document.key["storage_key"].json
  receipt_key_policy       = data.aws_iam_policy_document.key["receipt_keys"].json
  receipt_key_generation   = var.receipt_key_generation
  key_deletion_window_days = var.key_deletion_window_days
  object_lifetime_days     = local.object_lifetime_days
  counts_people            = var.people_auth != null
  cors_allowed_origins     = concat(local.page_origins, var.cors_allowed_origins)
  require_tls              = var.require_tls
  deletion_protection      = var.deletion_protection
  force_destroy            = var.force_destroy
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name                 = "${local.prefix}-${each.key}"
  arn                  = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.prefix}-${each.key}"
  role_name            = "${local.prefix}-${each.key}-${local.region}"
  description          = each.value.description
  package              = local.packages[each.value.package]
  package_hash         = local.package_hashes[each.value.package]
  handler              = each.value.handler
  runtime              = var.lambda_runtime
  architecture         = var.lambda_architecture
  timeout              = each.value.timeout
  memory               = each.value.memory
  environment          = local.function_environment[each.key]
  policy               = data.aws_iam_policy_document.role[each.key].json
  used_elsewhere       = local.used_elsewhere[each.key]
  reserved_concurrency = lookup(local.reserved_concurrency, each.key, -1)
  storage_key_arn      = module.storage.storage_key_arn
  log_retention_days   = var.log_retention_days

  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  code_signing_config_arn  = var.code_signing_config_arn
  snap_start               = contains(var.snap_start_functions, each.key)
}

module "api" {
  source = "./modules/api"

  name               = local.prefix
  environment        = var.environment
  stage              = local.stage
  endpoint_type      = var.endpoint_type
  routes             = local.routes
  user_pools         = module.people[*].user_pool_arn
  functions          = local.invocations
  storage_key_arn    = module.storage.storage_key_arn
  log_retention_days = var.log_retention_days
  record_source_ip   = var.record_source_ip
  throttle_rate      = var.throttle_rate
  throttle_burst     = var.throttle_burst
  method_throttles   = var.method_throttles

  domain_name           = var.domain_name
  certificate_arn       = var.certificate_arn
  hosted_zone_id        = var.hosted_zone_id
  keep_default_endpoint = var.keep_default_endpoint
  vpc_endpoint_ids      = var.vpc_endpoint_ids

  access = {
    account_id       = local.account_id
    source_cidrs     = var.allowed_source_cidrs
    vpc_endpoint_ids = concat(var.vpc_endpoint_ids, var.allowed_vpc_endpoint_ids)
    organization_id  = var.allowed_organization_id
    principals       = local.allowed_principals
    recipients       = local.recipient_accounts
  }

  web_acl_arn         = var.web_acl_arn
  create_web_acl      = var.create_web_acl
  reveals_per_address = var.reveals_per_address
}
