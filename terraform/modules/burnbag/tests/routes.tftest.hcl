# Signed callers may use the sender's side; anyone who has the link may use the recipient's. People who send by
# the page: nobody unless it is asked for.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Each run is destroyed at the end.
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

override_resource {
  target = module.storage.aws_dynamodb_table.people
  values = { arn = "arn:aws:dynamodb:x:1:table/people" }
}

run "signed" {
  command = apply

  assert {
    condition = { for call, route in local.routes : call => "${route.function} ${route.authorization}" } == {
      "POST /v1/secrets"                  = "create AWS_IAM"
      "POST /v1/uploads"                  = "create AWS_IAM"
      "POST /v1/uploads/{id}/parts"       = "create AWS_IAM"
      "GET /v1/uploads/{id}/parts"        = "create AWS_IAM"
      "POST /v1/uploads/{id}/complete"    = "create AWS_IAM"
      "POST /v1/requests"                 = "create AWS_IAM"
      "DELETE /v1/secrets/{id}"           = "create AWS_IAM"
      "GET /v1/receipts"                  = "create AWS_IAM"
      "GET /v1/receipts/{id}"             = "create AWS_IAM"
      "GET /v1/revocations"               = "create AWS_IAM"
      "POST /v1/revocations"              = "create AWS_IAM"
      "POST /v1/receipts/{id}/unfreeze"   = "create AWS_IAM"
      "GET /v1/keys"                      = "create NONE"
      "GET /v1/requests/{id}"             = "create NONE"
      "POST /v1/requests/{id}/submit"     = "create NONE"
      "POST /v1/requests/{id}/parts"      = "create NONE"
      "GET /v1/requests/{id}/parts"       = "create NONE"
      "POST /v1/requests/{id}/complete"   = "create NONE"
      "GET /v1/secrets/{id}"              = "reveal NONE"
      "POST /v1/secrets/{id}/reveal"      = "reveal NONE"
      "POST /v1/secrets/{id}/confirm"     = "reveal NONE"
      "GET /signed/secrets/{id}"          = "reveal AWS_IAM"
      "POST /signed/secrets/{id}/reveal"  = "reveal AWS_IAM"
      "POST /signed/secrets/{id}/confirm" = "reveal AWS_IAM"
      "GET /v1/health"                    = "reveal NONE"
      "HEAD /v1/health"                   = "reveal NONE"
      "GET /v1/openapi.json"              = "page NONE"
      "HEAD /v1/openapi.json"             = "page NONE"
      "GET /"                             = "page NONE"
      "HEAD /"                            = "page NONE"
      "GET /assets/{version}/{file+}"     = "page NONE"
      "GET /config.json"                  = "page NONE"
      "ANY /"                             = "page NONE"
      "ANY /{path+}"                      = "page NONE"
    }
    error_message = "The sender's calls are signed unless create_auth says otherwise; the keys are for everybody, and whoever was asked for a secret has no account."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.caller.statement :
      [statement.actions, statement.resources]] == [[toset(["execute-api:Invoke"]), toset([
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/uploads",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/uploads/*/parts",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/v1/uploads/*/parts",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/uploads/*/complete",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/DELETE/v1/secrets/*",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/requests",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/v1/receipts",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/v1/receipts/*",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/receipts/*/unfreeze",
    ])]]
    error_message = "The caller's policy is for exactly the sender's calls."
  }

  assert {
    condition     = aws_iam_policy.caller.name == "burnbag-test-caller-eu-central-1" && output.caller_policy_arn == aws_iam_policy.caller.arn
    error_message = "The caller's policy exists, and is an output."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.recipient.statement :
      [statement.actions, statement.resources]] == [[toset(["execute-api:Invoke"]), toset([
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/signed/secrets/*",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/signed/secrets/*/reveal",
        "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/signed/secrets/*/confirm",
    ])]]
    error_message = "The recipient's policy is for exactly the recipient's signed calls."
  }

  assert {
    condition     = aws_iam_policy.recipient.name == "burnbag-test-recipient-eu-central-1" && output.recipient_policy_arn == aws_iam_policy.recipient.arn
    error_message = "The recipient's policy exists, and is an output."
  }

  assert {
    condition     = aws_cloudwatch_log_group.audit.name == "/burnbag/test/audit"
    error_message = "The audit log group is named after the environment."
  }

  assert {
    condition     = length([for call in keys(local.routes) : call if strcontains(call, " /people/")]) == 0
    error_message = "Without people_auth there are no calls for people."
  }

  assert {
    condition     = length(module.people) == 0 && module.storage.people_table == null && output.user_pool_id == null && output.sign_in == null
    error_message = "Without people_auth there are no user pool, no sign-in and no counters."
  }

  assert {
    condition     = !contains(data.aws_iam_policy_document.role["create"].statement[*].sid, "CountPeople")
    error_message = "Without people_auth create counts nobody."
  }

  assert {
    condition = { for name, value in local.function_environment.create : name => value if startswith(name, "PEOPLE_") } == {
      PEOPLE_AUTH = "", PEOPLE_CLIENT_ID = "", PEOPLE_TABLE = "", PEOPLE_PER_HOUR = "60"
    }
    error_message = "create is told that there are no people."
  }

  assert {
    condition     = local.function_environment.reveal.PEOPLE_CLIENT_ID == ""
    error_message = "reveal is told that nobody signs in."
  }
}

# A name that exists stays, whatever name a new stack would get now.
run "open" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { name = "eu-west-1" }
  }

  variables {
    create_auth = "NONE"
  }

  assert {
    condition = [for call, route in local.routes : call if route.authorization != "NONE"] == [
      "GET /signed/secrets/{id}", "GET /v1/revocations",
      "POST /signed/secrets/{id}/confirm", "POST /signed/secrets/{id}/reveal", "POST /v1/revocations",
    ]
    error_message = "create_auth NONE opens the sender's calls, no call of operators, and none of named recipients."
  }

  assert {
    condition     = aws_iam_policy.caller.name == "burnbag-test-caller-eu-central-1"
    error_message = "The caller's policy, which others attach, is not replaced for its name."
  }

  assert {
    condition     = output.files_bucket_name == "burnbag-test-files-123456789012-eu-central-1"
    error_message = "The bucket with the files is not replaced for its name."
  }
}

run "anybody" {
  command = plan

  variables {
    people_auth = "NONE"
  }

  assert {
    condition = { for call, route in local.routes : call => "${route.function} ${route.authorization}" if strcontains(call, " /people/") } == {
      "POST /people/secrets"                = "create NONE"
      "POST /people/uploads"                = "create NONE"
      "POST /people/uploads/{id}/parts"     = "create NONE"
      "GET /people/uploads/{id}/parts"      = "create NONE"
      "POST /people/uploads/{id}/complete"  = "create NONE"
      "POST /people/requests"               = "create NONE"
      "DELETE /people/secrets/{id}"         = "create NONE"
      "GET /people/receipts"                = "create NONE"
      "GET /people/receipts/{id}"           = "create NONE"
      "POST /people/receipts/{id}/unfreeze" = "create NONE"
    }
    error_message = "With NONE people have the sender's calls without signing in."
  }

  assert {
    condition     = local.routes["POST /v1/secrets"].authorization == "AWS_IAM"
    error_message = "Services still sign."
  }

  assert {
    condition     = length(module.people) == 0 && output.sign_in == null && module.storage.people_table.name == "burnbag-test-people"
    error_message = "With NONE there is nowhere to sign in, but they are counted."
  }

  assert {
    condition     = [for it in data.aws_iam_policy_document.caller.statement[0].resources : it if strcontains(it, "/people/")] == []
    error_message = "The caller's policy is for services alone."
  }
}

# With a resource policy besides: everybody may call what is not signed, and an account's number is its root's ARN.
run "those_who_sign_in" {
  command = apply

  override_resource {
    target = module.people[0].aws_cognito_user_pool_client.page
    values = { id = "page" }
  }

  variables {
    people_auth          = "COGNITO"
    people_per_hour      = 5
    allowed_source_cidrs = ["203.0.113.0/24"]
    allowed_principals   = ["210987654321", "arn:aws:iam::310987654321:role/orders"]
    recipient_accounts   = ["410987654321"]
  }

  assert {
    condition     = toset([for call, route in local.routes : route.authorization if strcontains(call, " /people/")]) == toset(["COGNITO_USER_POOLS"])
    error_message = "Every call for people needs an id token."
  }

  assert {
    condition     = output.user_pool_id == "eu-central-1_Any"
    error_message = "The pool is an output."
  }

  assert {
    condition = output.sign_in == {
      authorize_url = "https://burnbag-test-123456789012.auth.eu-central-1.amazoncognito.com/oauth2/authorize"
      token_url     = "https://burnbag-test-123456789012.auth.eu-central-1.amazoncognito.com/oauth2/token"
      revoke_url    = "https://burnbag-test-123456789012.auth.eu-central-1.amazoncognito.com/oauth2/revoke"
      logout_url    = "https://burnbag-test-123456789012.auth.eu-central-1.amazoncognito.com/logout"
      client_id     = "page"
      scope         = "openid email"
      redirect_url  = "https://api123.execute-api.eu-central-1.amazonaws.com/live/"
    }
    error_message = "The page is told where to sign in, and comes back to itself."
  }

  assert {
    condition = { for name, value in local.function_environment.create : name => value if startswith(name, "PEOPLE_") } == {
      PEOPLE_AUTH = "COGNITO", PEOPLE_CLIENT_ID = "page", PEOPLE_TABLE = "burnbag-test-people", PEOPLE_PER_HOUR = "5"
    }
    error_message = "create is told whose tokens to take, and how much a person may send."
  }

  assert {
    condition = { for call, route in local.routes : call => route.authorization if route.function == "reveal" && strcontains(call, " /people/") } == {
      "GET /people/secrets/{id}"          = "COGNITO_USER_POOLS"
      "POST /people/secrets/{id}/reveal"  = "COGNITO_USER_POOLS"
      "POST /people/secrets/{id}/confirm" = "COGNITO_USER_POOLS"
    }
    error_message = "Who has signed in may be a named recipient."
  }

  assert {
    condition     = local.function_environment.reveal.PEOPLE_CLIENT_ID == "page"
    error_message = "reveal is told whose tokens to take."
  }

  assert {
    condition = [for it in data.aws_iam_policy_document.role["create"].statement :
    join(" ", concat(tolist(it.actions), tolist(it.resources))) if it.sid == "CountPeople"] == ["dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/people"]
    error_message = "create may count, and do nothing else with the counters."
  }

  assert {
    condition     = [for function, statements in local.privileges : function if contains(statements[*].on, "people")] == ["create"]
    error_message = "No other function has a right to the counters."
  }

  assert {
    condition     = local.recipient_accounts == ["arn:aws:iam::410987654321:root"]
    error_message = "A recipient's account is its root's ARN, too."
  }

  assert {
    condition     = local.allowed_principals == ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:role/orders"]
    error_message = "AWS would answer an account's number as an ARN, and every plan would show a change."
  }
}
