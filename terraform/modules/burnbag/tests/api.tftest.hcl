# Who may call what, and what is logged about it.

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

run "api" {
  command = apply

  module {
    source = "./modules/api"
  }

  assert {
    condition = { for call, method in aws_api_gateway_method.route : call => "${method.http_method} ${method.authorization}" } == {
      "POST /v1/secrets"             = "POST AWS_IAM"
      "POST /v1/secrets/{id}/reveal" = "POST NONE"
    }
    error_message = "A route has the method and the authorization it names."
  }

  assert {
    condition     = sort(keys(local.resource_ids)) == sort(["/", "/v1", "/v1/secrets", "/v1/secrets/{id}", "/v1/secrets/{id}/reveal"])
    error_message = "Every path and every path above it is a resource, and so is the root."
  }

  assert {
    condition = (
      aws_api_gateway_resource.level4["/v1/secrets/{id}/reveal"].path_part == "reveal" &&
      aws_api_gateway_resource.level4["/v1/secrets/{id}/reveal"].parent_id == aws_api_gateway_resource.level3["/v1/secrets/{id}"].id &&
      aws_api_gateway_method.route["POST /v1/secrets/{id}/reveal"].resource_id == aws_api_gateway_resource.level4["/v1/secrets/{id}/reveal"].id
    )
    error_message = "A resource hangs below the path above it."
  }

  assert {
    condition = alltrue([for call, route in var.routes :
      aws_api_gateway_integration.route[call].uri == var.functions[route.function].invoke_arn &&
      aws_api_gateway_integration.route[call].type == "AWS_PROXY" &&
    aws_lambda_permission.route[call].function_name == var.functions[route.function].function_name])
    error_message = "A route is answered by the function it names."
  }

  assert {
    condition = { for call, permission in aws_lambda_permission.route : call => permission.source_arn } == {
      "POST /v1/secrets"             = "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets"
      "POST /v1/secrets/{id}/reveal" = "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets/*/reveal"
    }
    error_message = "A function is invoked for its own routes of this API only."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.binary_media_types == tolist(["*/*"])
    error_message = "Every body passes through as bytes."
  }

  assert {
    condition = toset(values(jsondecode(one(aws_api_gateway_stage.this.access_log_settings).format))) == toset([
      "$context.requestId", "$context.requestTimeEpoch", "$context.httpMethod", "$context.resourcePath", "$context.status",
      "$context.responseLatency", "$context.integrationLatency", "$context.error.responseType", "$context.identity.userArn",
      "$context.responseLength", "$context.identity.sourceIp", "$context.integration.requestId",
    ])
    error_message = "The access log has these and nothing else: a header, a body, a path or a query may carry a capability."
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.access.name == "/burnbag/test/access" && aws_cloudwatch_log_group.access.retention_in_days == 30 &&
      aws_cloudwatch_log_group.access.kms_key_id == var.storage_key_arn
    )
    error_message = "The access log is kept for a while, encrypted."
  }

  assert {
    condition = alltrue([for setting in aws_api_gateway_method_settings.all.settings :
      setting.logging_level == "OFF" && setting.data_trace_enabled == false &&
    setting.throttling_rate_limit == 50 && setting.throttling_burst_limit == 100])
    error_message = "No execution log, no data trace, and a limit."
  }

  assert {
    condition = alltrue([for response in aws_api_gateway_gateway_response.problem :
      startswith(jsondecode(response.response_templates["application/json"]).type, "urn:burnbag:problem:") &&
      response.response_parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'" &&
    !strcontains(response.response_templates["application/json"], "error.message")])
    error_message = "API Gateway's own answers are problem documents, without its messages."
  }

  assert {
    condition = alltrue([for response in aws_api_gateway_gateway_response.problem :
      response.response_parameters["gatewayresponse.header.X-Request-Id"] == "context.requestId" &&
    jsondecode(response.response_templates["application/json"]).request_id == "$context.requestId"])
    error_message = "API Gateway's own answers have the request's id, in the document and in a header."
  }

  assert {
    condition = { for type, response in aws_api_gateway_gateway_response.problem : type => response.status_code if response.status_code != null } == {
      ACCESS_DENIED     = "403", EXPIRED_TOKEN = "403", INVALID_SIGNATURE = "403", MISSING_AUTHENTICATION_TOKEN = "403",
      REQUEST_TOO_LARGE = "413", THROTTLED = "429", UNAUTHORIZED = "401",
    }
    error_message = "The answers keep the statuses that clients know."
  }

  assert {
    condition     = contains(keys(aws_api_gateway_gateway_response.problem), "DEFAULT_4XX") && contains(keys(aws_api_gateway_gateway_response.problem), "DEFAULT_5XX")
    error_message = "There is a problem document for whatever goes wrong."
  }

  assert {
    condition     = jsondecode(local.problem_documents.DEFAULT_5XX).type == "urn:burnbag:problem:interrupted"
    error_message = "A function that died may have consumed a view, so the answer may not be unavailable: then the secret is still whole."
  }

  assert {
    condition = alltrue([for response in aws_api_gateway_gateway_response.problem :
      try(jsondecode(response.response_templates["application/json"]).status == tonumber(response.status_code), response.status_code == null)
    ])
    error_message = "A document's status is the answer's status."
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

  # The hash is that of a stack from before there were these variables: another one would be another
  # deployment of every stack that exists.
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

# What is no call is answered too, by a function, whatever its method.
run "others" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    record_source_ip = false
    routes = {
      "POST /v1/secrets" = { function = "create", authorization = "AWS_IAM" }
      "ANY /"            = { function = "reveal", authorization = "NONE" }
      "ANY /{path+}"     = { function = "reveal", authorization = "NONE" }
    }
  }

  assert {
    condition = { for call, method in aws_api_gateway_method.route : call => "${method.http_method} ${method.authorization}" } == {
      "POST /v1/secrets" = "POST AWS_IAM"
      "ANY /"            = "ANY NONE"
      "ANY /{path+}"     = "ANY NONE"
    }
    error_message = "A call of its own keeps its authorization."
  }

  assert {
    condition     = aws_api_gateway_resource.level1["/{path+}"].path_part == "{path+}" && aws_api_gateway_method.route["ANY /"].resource_id == aws_api_gateway_rest_api.this.root_resource_id
    error_message = "Whatever path no call has, and the root's other methods."
  }

  assert {
    condition = { for call, permission in aws_lambda_permission.route : call => permission.source_arn } == {
      "POST /v1/secrets" = "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets"
      "ANY /"            = "arn:aws:execute-api:eu-central-1:123456789012:api123/live/*/"
      "ANY /{path+}"     = "arn:aws:execute-api:eu-central-1:123456789012:api123/live/*/*"
    }
    error_message = "The function that tells which calls there are is invoked for every method, by this API only."
  }

  assert {
    condition     = !strcontains(one(aws_api_gateway_stage.this.access_log_settings).format, "sourceIp")
    error_message = "The access log has no source address when record_source_ip is off."
  }
}
