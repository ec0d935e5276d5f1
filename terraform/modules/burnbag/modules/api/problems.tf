# The answers of API Gateway itself, as RFC 9457 problem documents. They leave out API Gateway's
# own messages: the one about a wrong signature repeats the caller's headers. Document and header have the
# request's id, as the functions' answers do.

locals {
  # DEFAULT_5XX doesn't say that the secret is still whole: the function may have died after it consumed
  # the view.
  problems = {
    DEFAULT_4XX                  = { type = "request-refused", title = "The request was refused" }
    DEFAULT_5XX                  = { type = "interrupted", title = "burnbag broke off before it answered" }
    ACCESS_DENIED                = { type = "access-denied", title = "This caller may not do this", status = 403 }
    EXPIRED_TOKEN                = { type = "signature-refused", title = "The signature's credentials have expired", status = 403 }
    INVALID_SIGNATURE            = { type = "signature-refused", title = "The signature does not fit the request", status = 403 }
    MISSING_AUTHENTICATION_TOKEN = { type = "not-signed", title = "This call has to be signed", status = 403 }
    REQUEST_TOO_LARGE            = { type = "too-large", title = "The request is too large", status = 413 }
    UNAUTHORIZED                 = { type = "not-signed-in", title = "Sign in first", status = 401 }
    THROTTLED                    = { type = "throttled", title = "Too many requests at once", status = 429, retry_after = 1 }
  }

  # A default answers with several statuses, so its document names none.
  problem_documents = { for response, problem in local.problems : response => jsonencode(merge(
    { type = "urn:burnbag:problem:${problem.type}", title = problem.title, request_id = "$context.requestId" },
    try({ status = problem.status }, {}),
  )) }

  problem_headers = { for response, problem in local.problems : response => merge(
    {
      "gatewayresponse.header.Content-Type" = "'application/problem+json'"
      "gatewayresponse.header.X-Request-Id" = "context.requestId"
    },
    try({ "gatewayresponse.header.Retry-After" = "'${problem.retry_after}'" }, {}),
  ) }
}

resource "aws_api_gateway_gateway_response" "problem" {
  for_each      = local.problems
  rest_api_id   = aws_api_gateway_rest_api.this.id
  response_type = each.key
  status_code   = try(tostring(each.value.status), null)

  # API Gateway picks a template by the media type that the caller accepts, and falls back on this
  # one.
  response_templates  = { "application/json" = local.problem_documents[each.key] }
  response_parameters = local.problem_headers[each.key]
}
