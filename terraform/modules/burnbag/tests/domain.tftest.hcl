# A name of one's own, and a private API.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "burnbag-test"
  environment        = "test"
  stage              = "live"
  endpoint_type      = "REGIONAL"
  storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
  log_retention_days = 30
  record_source_ip   = true
  throttle_rate      = 50
  throttle_burst     = 100
  routes = {
    "POST /v1/secrets"             = { function = "create", authorization = "AWS_IAM" }
    "POST /v1/secrets/{id}/reveal" = { function = "reveal", authorization = "NONE" }
  }
  functions = {
    create = { function_name = "burnbag-test-create", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/create" }
    reveal = { function_name = "burnbag-test-reveal", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/reveal" }
  }
}

# The hash is that of a stack from before there were these variables: another one would be another
# deployment of every stack that exists.
run "nothing_by_default" {
  command = apply

  module {
    source = "./modules/api"
  }

  assert {
    condition = 0 == sum([
      length(aws_api_gateway_domain_name.this), length(aws_api_gateway_base_path_mapping.this), length(aws_route53_record.domain),
      length(aws_api_gateway_domain_name_access_association.this), length(aws_api_gateway_rest_api_policy.this),
      length(aws_wafv2_web_acl.this), length(aws_wafv2_web_acl_association.this), length(aws_api_gateway_method_settings.route),
    ])
    error_message = "No name, no policy, no web ACL and no throttle of its own for a call, unless they are asked for."
  }

  assert {
    condition = (
      !aws_api_gateway_rest_api.this.disable_execute_api_endpoint && alltrue([for it in aws_lambda_permission.route : it.qualifier == null]) &&
      output.domain_target == null
    )
    error_message = "The default endpoint answers, and the functions are invoked without an alias."
  }

  assert {
    condition = nonsensitive(aws_api_gateway_deployment.this.triggers.content) == sha256(jsonencode([
      var.routes,
      { for name, function in var.functions : name => function.invoke_arn },
      local.resource_ids,
      local.problem_documents,
      local.problem_headers,
      aws_api_gateway_rest_api.this.binary_media_types,
      "REGIONAL",
    ]))
    error_message = "A stack that asks for none of it is not deployed again."
  }

  assert {
    condition     = aws_api_gateway_stage.this.xray_tracing_enabled != true
    error_message = "X-Ray is off: a trace would name paths, with ids in them, outside the logs."
  }
}

run "domain" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    hosted_zone_id  = "Z0123456789ABC"
  }

  assert {
    condition = [for it in aws_api_gateway_domain_name.this :
      [it.domain_name, it.security_policy, it.regional_certificate_arn, one(one(it.endpoint_configuration).types)]
      if it.certificate_arn == null && it.policy == null
    ] == [["secrets.example.com", "TLS_1_2", "arn:aws:acm:eu-central-1:123456789012:certificate/1234", "REGIONAL"]]
    error_message = "The name has its certificate, and nothing older than TLS 1.2."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The default endpoint, which accepts TLS 1.0, is off."
  }

  assert {
    condition = [for it in aws_api_gateway_base_path_mapping.this :
      [it.api_id, it.stage_name, it.domain_name] if it.base_path == null && it.domain_name_id == null
    ] == [["api123", "live", "secrets.example.com"]]
    error_message = "The name leads to the stage, without a path."
  }

  assert {
    condition = [for it in aws_route53_record.domain : [it.zone_id, it.name, it.type, one(it.alias).name, one(it.alias).zone_id]] == [
      ["Z0123456789ABC", "secrets.example.com", "A", "d-abc123.execute-api.eu-central-1.amazonaws.com", "Z1U9ULNL0V5AJ3"]
    ]
    error_message = "The hosted zone has a record that leads to the name's endpoint."
  }

  assert {
    condition = aws_api_gateway_deployment.this.triggers.content != sha256(jsonencode([
      var.routes,
      { for name, function in var.functions : name => function.invoke_arn },
      local.resource_ids,
      local.problem_documents,
      local.problem_headers,
      aws_api_gateway_rest_api.this.binary_media_types,
      "REGIONAL",
    ]))
    error_message = "Switching the default endpoint off takes effect with a deployment."
  }
}

run "domain_without_a_zone" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    domain_name           = "secrets.example.com"
    certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    keep_default_endpoint = true
  }

  assert {
    condition     = length(aws_route53_record.domain) == 0 && output.domain_target == "d-abc123.execute-api.eu-central-1.amazonaws.com"
    error_message = "Without a hosted zone, the output says where a record of one's own has to lead."
  }

  assert {
    condition     = !aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The default endpoint can be kept for the links that lead there."
  }
}

run "edge_domain" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    endpoint_type   = "EDGE"
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234"
    hosted_zone_id  = "Z0123456789ABC"
  }

  assert {
    condition = (
      aws_api_gateway_domain_name.this[0].certificate_arn == "arn:aws:acm:us-east-1:123456789012:certificate/1234" &&
      aws_api_gateway_domain_name.this[0].regional_certificate_arn == null &&
      one(aws_route53_record.domain[0].alias).name == "d123.cloudfront.net" && output.domain_target == "d123.cloudfront.net"
    )
    error_message = "An edge-optimized name leads to CloudFront."
  }
}

run "private" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]
    access           = { account_id = "123456789012", source_cidrs = [], vpc_endpoint_ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1", "vpce-0123456789abcdef2"], organization_id = null, principals = [] }
    domain_name      = "secrets.example.com"
    certificate_arn  = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  assert {
    condition = (
      one(aws_api_gateway_rest_api.this.endpoint_configuration).types == tolist(["PRIVATE"]) &&
      one(aws_api_gateway_rest_api.this.endpoint_configuration).vpc_endpoint_ids == toset(["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"])
    )
    error_message = "A private API is associated with its VPC endpoints."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.access[0].statement : [
      statement.sid, [for it in statement.condition : "${it.test} ${it.variable} ${join(",", it.values)}"]
      ] if statement.effect == "Deny"] == [["ThroughTheseEndpointsOnly", [
        "StringNotEquals aws:SourceVpce vpce-0123456789abcdef0,vpce-0123456789abcdef1,vpce-0123456789abcdef2"
    ]]]
    error_message = "It is called through these VPC endpoints and no other."
  }

  assert {
    condition = (
      length(data.aws_iam_policy_document.domain) == 1 && aws_api_gateway_domain_name.this[0].certificate_arn != null &&
      aws_api_gateway_base_path_mapping.this[0].domain_name_id == "abc123" &&
      keys(aws_api_gateway_domain_name_access_association.this) == ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"] &&
      output.domain_target == null
    )
    error_message = "A private name is reached through the API's VPC endpoints; its record leads to one of them, which is not ours."
  }
}

# The module as a whole: what the API's URL is, and where links lead.

run "urls_with_a_domain" {
  command = apply

  variables {
    packages_dir        = "tests/packages"
    lambda_runtime      = "python3.13"
    deletion_protection = false
    domain_name         = "secrets.example.com"
    certificate_arn     = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  assert {
    condition = (
      output.api_url == "https://secrets.example.com" && local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com" &&
      output.domain_target == "d-abc123.execute-api.eu-central-1.amazonaws.com"
    )
    error_message = "The API's URL is the name, and links lead there."
  }
}

run "urls_with_a_domain_and_a_page" {
  command = apply

  variables {
    packages_dir        = "tests/packages"
    lambda_runtime      = "python3.13"
    deletion_protection = false
    domain_name         = "api.example.com"
    certificate_arn     = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    link_base_url       = "https://secrets.example.com"
  }

  assert {
    condition     = output.api_url == "https://api.example.com" && local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com"
    error_message = "link_base_url comes first."
  }
}

run "urls_of_a_private_api" {
  command = apply

  variables {
    packages_dir        = "tests/packages"
    lambda_runtime      = "python3.13"
    deletion_protection = false
    endpoint_type       = "PRIVATE"
    vpc_endpoint_ids    = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]
  }

  assert {
    condition = (
      output.api_url == "https://api123-vpce-0123456789abcdef0.execute-api.eu-central-1.amazonaws.com/live" &&
      local.function_environment.create.LINK_BASE_URL == output.api_url
    )
    error_message = "The URL of a private API goes through its first VPC endpoint."
  }
}
