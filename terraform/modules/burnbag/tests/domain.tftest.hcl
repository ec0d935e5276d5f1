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
