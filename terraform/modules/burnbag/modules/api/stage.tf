resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id

  # A deployment is a snapshot of the API, so a change of anything in it has to make a new one.
  triggers = {
    content = sha256(jsonencode(concat([
      var.routes,
      { for name, function in var.functions : name => function.invoke_arn },
      local.resource_ids,
      local.problem_documents,
      local.problem_headers,
      aws_api_gateway_rest_api.this.binary_media_types,
      var.endpoint_type,
      ],
      # Both take effect with a deployment. An API without them keeps the one that it has.
      aws_api_gateway_rest_api.this.disable_execute_api_endpoint ? ["default endpoint off"] : [],
      aws_api_gateway_rest_api_policy.this[*].policy,
      aws_api_gateway_authorizer.people[*].provider_arns,
    )))
  }

  depends_on = [
    aws_api_gateway_integration.route, aws_api_gateway_gateway_response.problem, aws_api_gateway_rest_api_policy.this,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/burnbag/${var.environment}/access"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.storage_key_arn
}

locals {
  # Never a header, a body, a query string or the path itself: they may carry a capability.
  # resourcePath is the path's template, such as /v1/secrets/{id}. function_run is what Lambda calls the
  # run, in each line that it logs: so a run that died without a word is found too.
  access_log = merge(
    {
      request_id    = "$context.requestId"
      function_run  = "$context.integration.requestId"
      time          = "$context.requestTimeEpoch"
      method        = "$context.httpMethod"
      resource      = "$context.resourcePath"
      status        = "$context.status"
      latency_ms    = "$context.responseLatency"
      function_ms   = "$context.integrationLatency"
      refusal       = "$context.error.responseType"
      caller        = "$context.identity.userArn"
      response_size = "$context.responseLength"
    },
    var.record_source_ip ? { source_ip = "$context.identity.sourceIp" } : {},
  )
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = var.stage

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log)
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  # Execution logs and data traces contain headers and bodies, so the token and the secret.
  settings {
    logging_level          = "OFF"
    data_trace_enabled     = false
    metrics_enabled        = true
    throttling_rate_limit  = var.throttle_rate
    throttling_burst_limit = var.throttle_burst
  }
}

# What is set for one call replaces all that is set for every call.
resource "aws_api_gateway_method_settings" "route" {
  for_each    = var.method_throttles
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  # AWS writes a slash within a path as ~1.
  method_path = "${replace(local.routes[each.key].path, "/", "~1")}/${local.routes[each.key].method}"

  settings {
    logging_level          = "OFF"
    data_trace_enabled     = false
    metrics_enabled        = true
    throttling_rate_limit  = each.value.rate
    throttling_burst_limit = each.value.burst
  }

  depends_on = [aws_api_gateway_method_settings.all]
}
