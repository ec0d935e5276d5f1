resource "aws_api_gateway_rest_api" "this" {
  name        = var.name
  description = "burnbag, environment ${var.environment}"

  # Pass every body through as bytes: a file is answered raw, without base64.
  binary_media_types = ["*/*"]

  # The default endpoint accepts TLS 1.0, and would be a way around a name of one's own.
  disable_execute_api_endpoint = local.has_domain && !var.keep_default_endpoint

  endpoint_configuration {
    types            = [var.endpoint_type]
    vpc_endpoint_ids = local.is_private ? var.vpc_endpoint_ids : null
  }
}

locals {
  is_private = var.endpoint_type == "PRIVATE"

  routes = { for call, route in var.routes : call => merge(route, {
    method = split(" ", call)[0]
    path   = split(" ", call)[1]
  }) }

  # Every path and every path above it, by level. Each level has its own resource block, because
  # a resource can't refer to another one of its own block as its parent. The root is there by itself.
  segments = [for route in values(local.routes) : compact(split("/", route.path))]
  levels = { for depth in [1, 2, 3, 4] : depth => toset([
    for segments in local.segments : "/${join("/", slice(segments, 0, depth))}" if length(segments) >= depth
  ]) }

  resource_ids = merge({ "/" = aws_api_gateway_rest_api.this.root_resource_id }, [for level in [
    aws_api_gateway_resource.level1, aws_api_gateway_resource.level2,
    aws_api_gateway_resource.level3, aws_api_gateway_resource.level4,
  ] : { for path, resource in level : path => resource.id }]...)

  # In an ARN, * stands for any method, and for a path parameter.
  route_arns = { for call, route in local.routes : call =>
    "${aws_api_gateway_rest_api.this.execution_arn}/${var.stage}/${replace(route.method, "ANY", "*")}${replace(route.path, "/{[^}]+}/", "*")}"
  }
}

resource "aws_api_gateway_resource" "level1" {
  for_each    = local.levels[1]
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level2" {
  for_each    = local.levels[2]
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.level1[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level3" {
  for_each    = local.levels[3]
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.level2[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level4" {
  for_each    = local.levels[4]
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.level3[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_method" "route" {
  for_each      = local.routes
  rest_api_id   = aws_api_gateway_rest_api.this.id
  resource_id   = local.resource_ids[each.value.path]
  http_method   = each.value.method
  authorization = each.value.authorization
  authorizer_id = each.value.authorization == "COGNITO_USER_POOLS" ? aws_api_gateway_authorizer.people[0].id : null
}

# Without scopes, API Gateway takes the token in the header Authorization for an id token. It checks that
# one of these pools made it and that it has not expired. For which client, the function checks.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
resource "aws_api_gateway_authorizer" "people" {
  count         = length(var.user_pools) > 0 ? 1 : 0
  name          = "${var.name}-people"
  rest_api_id   = aws_api_gateway_rest_api.this.id
  type          = "COGNITO_USER_POOLS"
  provider_arns = var.user_pools
}

resource "aws_api_gateway_integration" "route" {
  for_each                = local.routes
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = local.resource_ids[each.value.path]
  http_method             = aws_api_gateway_method.route[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = var.functions[each.value.function].invoke_arn
}

resource "aws_lambda_permission" "route" {
  for_each      = local.routes
  statement_id  = "Api${replace(title(replace(lower(each.key), "/[^a-z0-9]+/", " ")), " ", "")}"
  action        = "lambda:InvokeFunction"
  function_name = var.functions[each.value.function].function_name
  qualifier     = var.functions[each.value.function].qualifier
  principal     = "apigateway.amazonaws.com"
  source_arn    = local.route_arns[each.key]
}
