# Every call of the API: the function that answers it, and who may make it.

locals {
  routes = merge(
    local.calls, local.operators_calls, local.signed_calls, local.other_calls,
    { for call, route in local.people_calls : call => route if var.people_auth != null },
    { for call, route in local.signed_in_calls : call => route if var.people_auth == "COGNITO" },
  )

  calls = {
    "POST /v1/secrets"                = { function = "create", authorization = var.create_auth }
    "POST /v1/uploads"                = { function = "create", authorization = var.create_auth }
    "POST /v1/uploads/{id}/parts"     = { function = "create", authorization = var.create_auth }
    "GET /v1/uploads/{id}/parts"      = { function = "create", authorization = var.create_auth }
    "POST /v1/uploads/{id}/complete"  = { function = "create", authorization = var.create_auth }
    "POST /v1/requests"               = { function = "create", authorization = var.create_auth }
    "DELETE /v1/secrets/{id}"         = { function = "create", authorization = var.create_auth }
    "GET /v1/receipts"                = { function = "create", authorization = var.create_auth }
    "GET /v1/receipts/{id}"           = { function = "create", authorization = var.create_auth }
    "POST /v1/receipts/{id}/unfreeze" = { function = "create", authorization = var.create_auth }
    "GET /v1/keys"                    = { function = "create", authorization = "NONE" }
    "GET /v1/requests/{id}"           = { function = "create", authorization = "NONE" }
    "POST /v1/requests/{id}/submit"   = { function = "create", authorization = "NONE" }
    "POST /v1/requests/{id}/parts"    = { function = "create", authorization = "NONE" }
    "GET /v1/requests/{id}/parts"     = { function = "create", authorization = "NONE" }
    "POST /v1/requests/{id}/complete" = { function = "create", authorization = "NONE" }
    "GET /v1/secrets/{id}"            = { function = "reveal", authorization = "NONE" }
    "POST /v1/secrets/{id}/reveal"    = { function = "reveal", authorization = "NONE" }
    "POST /v1/secrets/{id}/confirm"   = { function = "reveal", authorization = "NONE" }
    "GET /v1/health"                  = { function = "reveal", authorization = "NONE" }
    "HEAD /v1/health"                 = { function = "reveal", authorization = "NONE" }
    "GET /v1/openapi.json"            = { function = "page", authorization = "NONE" }
    "HEAD /v1/openapi.json"           = { function = "page", authorization = "NONE" }
    "GET /"                           = { function = "page", authorization = "NONE" }
    "HEAD /"                          = { function = "page", authorization = "NONE" }
    "GET /assets/{version}/{file+}"   = { function = "page", authorization = "NONE" }
    "GET /config.json"                = { function = "page", authorization = "NONE" }
  }

  # Of the sender's side, what nobody signs, whatever create_auth is: who was asked for a secret has no account.
  anyones_calls = concat(["GET /v1/keys"], [for call in keys(local.calls) : call if can(regex("/v1/requests/", call))])

  # Whatever else is asked for: another path, or another method. API Gateway looks for path and method together,
  # and comes here if no call has both. The function has no rights, and says what there is instead.
  other_calls = {
    "ANY /"        = { function = "page", authorization = "NONE" }
    "ANY /{path+}" = { function = "page", authorization = "NONE" }
  }
}

# Attach this to the role of a calling service. The keys are for everybody, and what operators call is for them only.
data "aws_iam_policy_document" "caller" {
  statement {
    sid       = "CallTheSendersSide"
    actions   = ["execute-api:Invoke"]
    resources = [for call, route in local.calls : module.api.route_arns[call] if route.function == "create" && !contains(local.anyones_calls, call)]
  }
}

resource "aws_iam_policy" "caller" {
  name        = "${local.prefix}-caller-${local.region}"
  description = "May create, unfreeze and revoke burnbag secrets and read their receipts."
  policy      = data.aws_iam_policy_document.caller.json

  # A stack keeps the name that it was made with: see docs/adr/0016.
  lifecycle {
    ignore_changes = [name]
  }
}
