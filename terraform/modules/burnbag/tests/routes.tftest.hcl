# Signed callers may use the sender's side; anyone who has the link may use the recipient's.

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
}

run "open" {
  command = apply

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
}

# A name that exists stays, whatever name a new stack would get now.
run "names_are_kept" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { name = "eu-west-1" }
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
