# What a variable refuses: each of the values of a run by itself. A bad variable stops at plan.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "one" {
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

    page_name        = "two\nlines"
    page_accent      = "red"
    page_logo_url    = "http://static.example.com/logo.svg"
    page_imprint_url = "https://example.com/\"><script>"
    page_help_url    = "javascript:alert(1)"

    people_auth     = "IAM"
    people_per_hour = 0.5
    sign_in_mfa     = "SMS"

    alarm_thresholds = { overdu = 1 }

    runbook_url = "wiki#burnbag"

    # Nothing of this goes without alarms, nor without a bus.
    alarm_subscribers    = ["ops@example.com"]
    watch_list           = true
    trail_log_group_name = "aws-cloudtrail-logs"
    notifications        = { mail = { email = [] } }
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
    var.page_name,
    var.page_accent,
    var.page_logo_url,
    var.page_imprint_url,
    var.page_help_url,
    var.people_auth,
    var.people_per_hour,
    var.sign_in_mfa,
    var.alarm_thresholds,
    var.runbook_url,
    var.alarm_subscribers,
    var.watch_list,
    var.trail_log_group_name,
    var.notifications,
  ]
}

run "two" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

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

    page_name        = ""
    page_accent      = "#0b5fff;color:red"
    page_logo_url    = "https://static.example.com; script-src *"
    page_imprint_url = "https://example.com/${join("", [for number in range(100) : "&"])}"
    page_help_url    = "https://someone@example.com/"

    alarms               = true
    trail_log_group_name = "arn:aws:logs:eu-central-1:123456789012:log-group:aws-cloudtrail-logs:*"

    # Not in China.
    people_auth = "COGNITO"
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
    var.page_name,
    var.page_accent,
    var.page_logo_url,
    var.page_imprint_url,
    var.page_help_url,
    var.trail_log_group_name,
    var.people_auth,
  ]
}

run "three" {
  command = plan

  variables {
    link_base_url          = "https://secrets.example.com/#"
    emulator_endpoint_url  = "http://127.0.0.1:4566/"
    max_ttl                = 31536001
    max_views              = 1001
    max_upload_bytes       = 1.5
    receipt_key_generation = 1.5
    reserved_concurrency   = { other = 1 }
    cors_allowed_origins   = ["https://*.example.com"]

    people_auth             = "COGNITO"
    sign_in_provider        = { saml = { metadata_url = "https://login.example.com/metadata" }, oidc = { issuer = "https://login.example.com", client_id = "x" } }
    sign_in_provider_secret = "s3cret"

    sign_in_domain_prefix = "our-aws-sign-in"

    # These packages have been built for something else.
    packages_dir        = "tests/built"
    lambda_runtime      = "python3.13"
    lambda_architecture = "arm64"
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
    var.sign_in_provider,
    var.sign_in_domain_prefix,
    var.lambda_runtime,
    var.lambda_architecture,
  ]
}

run "four" {
  command = plan

  variables {
    # What the packages were built for can be looked up only where there are packages.
    lambda_runtime      = "python3.10"
    lambda_architecture = "amd64"

    cors_allowed_origins = ["https://secrets.example.com/"]

    # Below min_ttl.
    default_ttl = 59

    # S3's client would put the bucket in front of the name, and <bucket>.localhost may not resolve.
    emulator_endpoint_url = "http://localhost:4566"

    people_auth      = "COGNITO"
    sign_in_provider = { saml = { metadata_url = "http://login.example.com/metadata" } }

    # CloudFront, which an edge-optimized name leads to, takes certificates of one region only.
    endpoint_type   = "EDGE"
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  expect_failures = [
    var.lambda_runtime,
    var.lambda_architecture,
    var.cors_allowed_origins,
    var.default_ttl,
    var.emulator_endpoint_url,
    var.sign_in_provider,
    var.certificate_arn,
  ]
}

run "five" {
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

    event_bus     = true
    notifications = { x = { slack = { connection_arn = "xoxb-not-a-token", channel = "#ops" } } }

    people_auth      = "NONE"
    sign_in_provider = { saml = { metadata_url = "https://login.example.com/metadata" } }

    alarms            = true
    alarm_subscribers = ["http://pager.example.com"]
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
    var.notifications,
    var.sign_in_provider,
    var.alarm_subscribers,
  ]
}

run "six" {
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

    event_bus     = true
    notifications = { x = { webhook = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/hook/1", url = "http://127.0.0.1:80/" } } }

    people_auth      = "COGNITO"
    sign_in_provider = { oidc = { issuer = "https://login.example.com", client_id = "x" } }
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
    var.notifications,
    var.sign_in_provider_secret,
  ]
}

run "seven" {
  command = plan

  variables {
    # A record for a private name would have to lead to a VPC endpoint, which is not ours.
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
    domain_name      = "secrets.example.com"
    certificate_arn  = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    hosted_zone_id   = "Z0123456789ABC"

    event_bus     = true
    notifications = { x = { slack = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/slack/1", channel = "a\"b" } } }
  }

  expect_failures = [
    var.hosted_zone_id,
    var.notifications,
  ]
}

run "eight" {
  command = plan

  variables {
    domain_name     = "secrets.example.com"
    certificate_arn = "secrets.example.com"
    hosted_zone_id  = "example.com"

    event_bus     = true
    notifications = { x = { creators = ["*"], email = [] } }
  }

  expect_failures = [
    var.certificate_arn,
    var.hosted_zone_id,
    var.notifications,
  ]
}

run "nine" {
  command = plan

  variables {
    event_bus     = true
    notifications = { x = { label_prefix = "", email = [] } }
  }

  expect_failures = [var.notifications]
}

run "ten" {
  command = plan

  variables {
    event_bus     = true
    notifications = { x = { email = [], webhook = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/hook/1", url = "https://example.com" } } }
  }

  expect_failures = [var.notifications]
}

run "eleven" {
  command = plan

  variables {
    event_bus     = true
    notifications = { x = { events = ["secret.revealed"] } }
  }

  expect_failures = [var.notifications]
}

run "twelve" {
  command = plan

  variables {
    event_bus     = true
    notifications = { x = { events = ["secret.opened"], email = [] } }
  }

  expect_failures = [var.notifications]
}
