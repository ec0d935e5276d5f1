# A bad variable stops at plan.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "good" {
  command = plan
}

run "good_at_the_limits" {
  command = plan

  variables {
    min_ttl              = 1
    default_ttl          = 1
    max_ttl              = 1
    max_views            = 1000
    max_secret_bytes     = 393216
    link_base_url        = "https://example.com/secrets"
    max_file_bytes       = 1
    max_upload_bytes     = 1
    cors_allowed_origins = ["https://secrets.example.com", "https://example.org:8443"]
    reserved_concurrency = { create = 10, reveal = 20, page = 20, stray = 5 }

    receipt_key_generation = 20
    receipt_retention_days = 15
  }
}

run "bad" {
  command = plan

  variables {
    environment              = "Prod"
    packages_dir             = "tests/nowhere"
    create_auth              = "CUSTOM"
    endpoint_type            = "HTTP"
    link_base_url            = "http://secrets.example.com"
    default_ttl              = 2592001
    max_views                = 0
    max_secret_bytes         = 393217
    max_file_bytes           = 4194305
    max_upload_bytes         = 53687091201
    cors_allowed_origins     = ["*"]
    receipt_retention_days   = 14
    log_retention_days       = 0
    audit_retention_days     = 366
    require_tls              = false
    force_destroy            = true
    key_deletion_window_days = 6
    receipt_key_generation   = 0
    api_memory_mb            = 128
    throttle_rate            = 0
    throttle_burst           = 5001
    stream_retry_attempts    = -1
  }

  expect_failures = [
    var.environment,
    var.packages_dir,
    var.create_auth,
    var.endpoint_type,
    var.link_base_url,
    var.default_ttl,
    var.max_views,
    var.max_secret_bytes,
    var.max_file_bytes,
    var.max_upload_bytes,
    var.cors_allowed_origins,
    var.receipt_retention_days,
    var.log_retention_days,
    var.audit_retention_days,
    var.require_tls,
    var.force_destroy,
    var.key_deletion_window_days,
    var.receipt_key_generation,
    var.api_memory_mb,
    var.throttle_rate,
    var.throttle_burst,
    var.stream_retry_attempts,
  ]
}

# What the packages were built for can be looked up only where there are packages.
run "bad_target" {
  command = plan

  variables {
    lambda_runtime      = "python3.10"
    lambda_architecture = "amd64"
  }

  expect_failures = [var.lambda_runtime, var.lambda_architecture]
}

run "bad_too" {
  command = plan

  variables {
    environment              = "a-name-that-is-too-long"
    link_base_url            = "https://secrets.example.com/"
    emulator_endpoint_url    = "http://203.0.113.1:4566"
    min_ttl                  = 0
    max_views                = 2.5
    max_secret_bytes         = 0
    max_file_bytes           = 0
    max_upload_bytes         = 0
    cors_allowed_origins     = ["http://secrets.example.com"]
    key_deletion_window_days = 31
    reserved_concurrency     = { create = 0 }
    throttle_burst           = 0
    throttle_rate            = 10001
  }

  expect_failures = [
    var.environment,
    var.link_base_url,
    var.emulator_endpoint_url,
    var.min_ttl,
    var.max_views,
    var.max_secret_bytes,
    var.max_file_bytes,
    var.max_upload_bytes,
    var.cors_allowed_origins,
    var.key_deletion_window_days,
    var.reserved_concurrency,
    var.throttle_burst,
    var.throttle_rate,
  ]
}

run "bad_as_well" {
  command = plan

  variables {
    link_base_url         = "https://secrets.example.com/#"
    emulator_endpoint_url = "http://127.0.0.1:4566/"
    max_ttl               = 31536001
    max_views             = 1001
    max_upload_bytes      = 1.5

    receipt_key_generation = 1.5
    reserved_concurrency   = { other = 1 }

    cors_allowed_origins = ["https://*.example.com"]
  }

  expect_failures = [
    var.link_base_url,
    var.emulator_endpoint_url,
    var.max_ttl,
    var.max_views,
    var.max_upload_bytes,
    var.receipt_key_generation,
    var.reserved_concurrency,
    var.cors_allowed_origins,
  ]
}

run "bad_origin" {
  command = plan

  variables {
    cors_allowed_origins = ["https://secrets.example.com/"]
  }

  expect_failures = [var.cors_allowed_origins]
}

# S3's client would put the bucket in front of the name, and <bucket>.localhost may not resolve.
run "an_endpoint_with_a_name" {
  command = plan

  variables {
    emulator_endpoint_url = "http://localhost:4566"
  }

  expect_failures = [var.emulator_endpoint_url]
}

run "bad_together" {
  command = plan

  variables {
    default_ttl = 59
  }

  expect_failures = [var.default_ttl]
}

# How the API is reached, and by whom.

run "reach" {
  command = plan

  variables {
    domain_name             = "secrets.example.com"
    certificate_arn         = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    hosted_zone_id          = "Z0123456789ABC"
    keep_default_endpoint   = true
    allowed_source_cidrs    = ["203.0.113.7/32", "2001:db8::/32"]
    allowed_organization_id = "o-a1b2c3d4e5"
    allowed_principals      = ["210987654321", "arn:aws:iam::210987654321:root", "arn:aws:iam::210987654321:role/services/orders"]
    web_acl_arn             = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/company/5678"
    reveals_per_address     = 10
    method_throttles        = { "GET /v1/keys" = { rate = 0.5, burst = 1 } }

    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/company/boundary"
    role_path                = "/services/burnbag/"
    code_signing_config_arn  = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
  }
}

run "private" {
  command = plan

  variables {
    endpoint_type            = "PRIVATE"
    vpc_endpoint_ids         = ["vpce-0123456789abcdef0"]
    allowed_vpc_endpoint_ids = ["vpce-0123abcd"]
    allowed_source_cidrs     = ["10.0.0.0/8"]
    domain_name              = "secrets.example.com"
    certificate_arn          = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }
}

run "bad_reach" {
  command = plan

  variables {
    domain_name              = "https://secrets.example.com"
    vpc_endpoint_ids         = ["vpce-0123456789abcdef0"]
    allowed_vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
    allowed_source_cidrs     = ["203.0.113.7"]
    allowed_organization_id  = "r-a1b2"
    allowed_principals       = ["*"]
    web_acl_arn              = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/company/5678"
    reveals_per_address      = 9
    method_throttles         = { "POST /v1/reveal" = { rate = 1, burst = 1 } }
    account_concurrency      = 0.5
    snap_start_functions     = ["create", "audits"]
    permissions_boundary_arn = "boundary"
    role_path                = "services"
    code_signing_config_arn  = "csc-0123456789abcdef0"
  }

  expect_failures = [
    var.domain_name,
    var.vpc_endpoint_ids,
    var.allowed_vpc_endpoint_ids,
    var.allowed_source_cidrs,
    var.allowed_organization_id,
    var.allowed_principals,
    var.web_acl_arn,
    var.reveals_per_address,
    var.method_throttles,
    var.account_concurrency,
    var.snap_start_functions,
    var.permissions_boundary_arn,
    var.role_path,
    var.code_signing_config_arn,
  ]
}

run "bad_reach_together" {
  command = plan

  variables {
    lambda_runtime          = "python3.11"
    create_auth             = "NONE"
    endpoint_type           = "PRIVATE"
    vpc_endpoint_ids        = []
    hosted_zone_id          = "Z0123456789ABC"
    keep_default_endpoint   = true
    certificate_arn         = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    allowed_organization_id = "o-a1b2c3d4e5"
    allowed_principals      = ["210987654321"]
    create_web_acl          = true
    web_acl_arn             = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/company/5678"
    method_throttles        = { "GET /v1/keys" = { rate = 0, burst = 1.5 } }
    account_concurrency     = 149
    reserved_concurrency    = { create = 50 }
    snap_start_functions    = ["create"]
    role_path               = "//"
  }

  expect_failures = [
    var.certificate_arn,
    var.hosted_zone_id,
    var.keep_default_endpoint,
    var.vpc_endpoint_ids,
    var.allowed_organization_id,
    var.allowed_principals,
    var.create_web_acl,
    var.method_throttles,
    var.account_concurrency,
    var.snap_start_functions,
    var.role_path,
  ]
}

# CloudFront, which an edge-optimized name leads to, takes certificates of one region only.
run "bad_edge_certificate" {
  command = plan

  variables {
    endpoint_type   = "EDGE"
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  expect_failures = [var.certificate_arn]
}

# A record for a private name would have to lead to a VPC endpoint, which is not ours.
run "bad_private_record" {
  command = plan

  variables {
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
    domain_name      = "secrets.example.com"
    certificate_arn  = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    hosted_zone_id   = "Z0123456789ABC"
  }

  expect_failures = [var.hosted_zone_id]
}

run "bad_name" {
  command = plan

  variables {
    domain_name     = "secrets.example.com"
    certificate_arn = "secrets.example.com"
    hosted_zone_id  = "example.com"
  }

  expect_failures = [var.certificate_arn, var.hosted_zone_id]
}
