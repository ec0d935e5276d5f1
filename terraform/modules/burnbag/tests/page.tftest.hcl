# The page's calls. Where it is and what it is told: addresses.tftest.hcl.

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
