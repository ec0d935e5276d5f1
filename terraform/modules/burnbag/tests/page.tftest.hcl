# The page: its calls, what it is told, and which pages may use the bucket.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Each run is destroyed at the end.
variables {
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "calls" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    name               = "burnbag-test"
    stage              = "live"
    endpoint_type      = "REGIONAL"
    storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    log_retention_days = 30
    record_source_ip   = true
    throttle_rate      = 50
    throttle_burst     = 100
    method_throttles   = { "GET /" = { rate = 5, burst = 10 }, "GET /assets/{version}/{file+}" = { rate = 50, burst = 100 } }
    access             = { account_id = "123456789012", source_cidrs = ["203.0.113.0/24"], vpc_endpoint_ids = [], organization_id = null, principals = [] }
    routes = {
      "GET /"                         = { function = "page", authorization = "NONE" }
      "HEAD /"                        = { function = "page", authorization = "NONE" }
      "GET /assets/{version}/{file+}" = { function = "page", authorization = "NONE" }
      "GET /config.json"              = { function = "page", authorization = "NONE" }
    }
    functions = { page = { function_name = "burnbag-test-page", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/page" } }
  }

  assert {
    condition     = sort(keys(local.resource_ids)) == sort(["/", "/assets", "/assets/{version}", "/assets/{version}/{file+}", "/config.json"])
    error_message = "The root is a resource too, and so is whatever is below a version."
  }

  assert {
    condition = (
      aws_api_gateway_method.route["GET /"].resource_id == aws_api_gateway_rest_api.this.root_resource_id &&
      aws_api_gateway_method.route["HEAD /"].resource_id == aws_api_gateway_rest_api.this.root_resource_id &&
      length(aws_api_gateway_resource.level1) == 2 &&
      aws_api_gateway_resource.level3["/assets/{version}/{file+}"].path_part == "{file+}"
    )
    error_message = "The page is at the root, which every API has by itself."
  }

  assert {
    condition = { for call, permission in aws_lambda_permission.route : call => [permission.statement_id, permission.source_arn] } == {
      "GET /"                         = ["ApiGet", "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/"]
      "HEAD /"                        = ["ApiHead", "arn:aws:execute-api:eu-central-1:123456789012:api123/live/HEAD/"]
      "GET /assets/{version}/{file+}" = ["ApiGetAssetsVersionFile", "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/assets/*/*"]
      "GET /config.json"              = ["ApiGetConfigJson", "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/config.json"]
    }
    error_message = "In an ARN, * stands for a parameter, also for a greedy one."
  }

  assert {
    condition = one([for it in data.aws_iam_policy_document.access[0].statement : it.resources if it.sid == "CallWithoutSignature"]) == toset([
      for suffix in ["GET/", "HEAD/", "GET/assets/*/*", "GET/config.json"] : "arn:aws:execute-api:eu-central-1:123456789012:api123/live/${suffix}"
    ])
    error_message = "Where a resource policy restricts the API, the page needs an Allow as everything else does."
  }

  assert {
    condition     = { for call, settings in aws_api_gateway_method_settings.route : call => settings.method_path } == { "GET /" = "~1/GET", "GET /assets/{version}/{file+}" = "~1assets~1{version}~1{file+}/GET" }
    error_message = "The page's calls can have throttles of their own."
  }
}

run "plain" {
  command = apply

  assert {
    condition     = output.page_url == "https://api123.execute-api.eu-central-1.amazonaws.com/live/" && output.page_url == "${output.api_url}/"
    error_message = "The page is where links lead."
  }

  assert {
    condition = jsondecode(local.function_environment.page.PAGE) == {
      people_auth = null
      sign_in     = null
      brand       = { name = null, accent = null, logo_url = null, imprint_url = null, help_url = null }
      limits = {
        default_ttl    = 86400, min_ttl = 60, max_ttl = 2592000, max_views = 100, max_secret_bytes = 262144
        max_file_bytes = 4194304, max_upload_bytes = 5368709120
      }
      files_origin = "https://burnbag-test-files-123456789012-eu-central-1.s3.eu-central-1.amazonaws.com"
    }
    error_message = "The page is told its stack's limits and where the files are, and looks as burnbag does."
  }

  # A form takes 5 GiB, which is what the page sends by.
  assert {
    condition = (
      local.function_environment.page.API_URL == output.api_url && local.function_environment.page.CREATE_AUTH == "AWS_IAM" &&
      local.function_environment.page.MAX_UPLOAD_BYTES == "53687091200"
    )
    error_message = "The API's description is told where the API is, who may call it, and how much it takes."
  }

  assert {
    condition     = toset(local.page_origins) == toset(["https://api123.execute-api.eu-central-1.amazonaws.com"])
    error_message = "The page's own origin may use the bucket."
  }
}

run "a_look_and_a_name_of_ones_own" {
  command = apply

  variables {
    page_name             = "Example & Söhne’s secrets"
    page_accent           = "#0B5fff"
    page_logo_url         = "https://static.example.com:8443/logo.svg?v=2&size=64"
    page_imprint_url      = "https://example.com"
    page_help_url         = "https://wiki.example.com/"
    domain_name           = "secrets.example.com"
    certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    keep_default_endpoint = true
    cors_allowed_origins  = ["https://other.example.com"]
  }

  assert {
    condition = jsondecode(local.function_environment.page.PAGE).brand == {
      name     = "Example & Söhne’s secrets", accent = "#0B5fff", logo_url = "https://static.example.com:8443/logo.svg?v=2&size=64"
      help_url = "https://wiki.example.com/", imprint_url = "https://example.com"
    }
    error_message = "The page looks as it is told to."
  }

  assert {
    condition     = output.page_url == "https://secrets.example.com/"
    error_message = "The page has the name of one's own."
  }

  assert {
    condition     = toset(local.page_origins) == toset(["https://secrets.example.com", "https://api123.execute-api.eu-central-1.amazonaws.com"])
    error_message = "While the default endpoint is kept, the page is there too."
  }
}

run "a_name_instead_of_the_default_endpoint" {
  command = apply

  variables {
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  assert {
    condition     = local.page_origins == ["https://secrets.example.com"]
    error_message = "Where the default endpoint is off there is no page, and nothing there may use the bucket."
  }
}

run "a_private_page" {
  command = apply

  variables {
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
  }

  assert {
    condition     = local.page_origins == ["https://api123-vpce-0123456789abcdef0.execute-api.eu-central-1.amazonaws.com"]
    error_message = "A private API's page is reached through its VPC endpoint."
  }
}

run "us_east_1" {
  command = apply

  override_data {
    target = data.aws_region.current
    values = { name = "us-east-1" }
  }

  assert {
    condition     = local.files_origin == "https://${output.files_bucket_name}.s3.us-east-1.amazonaws.com"
    error_message = "Links into a bucket in us-east-1 have its region in their host, as elsewhere."
  }
}

run "emulated" {
  command = apply

  variables {
    emulator_endpoint_url = "http://127.0.0.1:4566"
    require_tls           = false
  }

  assert {
    condition     = local.page_origins == ["http://127.0.0.1:4566"] && local.files_origin == "http://127.0.0.1:4566"
    error_message = "An emulator has everything at one address."
  }
}

run "bad_looks" {
  command = plan

  variables {
    page_name        = "two\nlines"
    page_accent      = "red"
    page_logo_url    = "http://static.example.com/logo.svg"
    page_imprint_url = "https://example.com/\"><script>"
    page_help_url    = "javascript:alert(1)"
  }

  expect_failures = [var.page_name, var.page_accent, var.page_logo_url, var.page_imprint_url, var.page_help_url]
}

run "bad_looks_too" {
  command = plan

  variables {
    page_name        = ""
    page_accent      = "#0b5fff;color:red"
    page_logo_url    = "https://static.example.com; script-src *"
    page_imprint_url = "https://example.com/${join("", [for number in range(100) : "&"])}"
    page_help_url    = "https://someone@example.com/"
  }

  expect_failures = [var.page_name, var.page_accent, var.page_logo_url, var.page_imprint_url, var.page_help_url]
}
