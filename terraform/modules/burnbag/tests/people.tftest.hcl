# People who send by the page sign in with as little as possible.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Each run is destroyed at the end.
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"

  # Of the module people alone.
  name          = "burnbag-test"
  domain_prefix = "burnbag-test-123456789012"
  page_url      = "https://secrets.example.com/"
}

run "a_pool" {
  command = apply

  module {
    source = "./modules/people"
  }

  variables {
    mfa                 = "ON"
    deletion_protection = true
  }

  assert {
    condition = (
      aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only &&
      aws_cognito_user_pool.this.deletion_protection == "ACTIVE" &&
      aws_cognito_user_pool.this.username_attributes == toset(["email"]) &&
      aws_cognito_user_pool.this.auto_verified_attributes == toset(["email"]) &&
      aws_cognito_user_pool.this.mfa_configuration == "ON" &&
      aws_cognito_user_pool.this.software_token_mfa_configuration[0].enabled &&
      aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update == toset(["email"]) &&
      [for it in aws_cognito_user_pool.this.account_recovery_setting[0].recovery_mechanism : it.name] == ["verified_email"]
    )
    error_message = "Nobody signs up, an address is verified, and a second factor is an app's."
  }

  assert {
    condition     = aws_cognito_user_pool.this.password_policy[0].minimum_length == 14
    error_message = "Passwords are long."
  }

  assert {
    condition = (
      !aws_cognito_user_pool_client.page.generate_secret &&
      aws_cognito_user_pool_client.page.allowed_oauth_flows == toset(["code"]) &&
      aws_cognito_user_pool_client.page.allowed_oauth_scopes == toset(["openid", "email"]) &&
      aws_cognito_user_pool_client.page.explicit_auth_flows == toset(["ALLOW_REFRESH_TOKEN_AUTH"]) &&
      aws_cognito_user_pool_client.page.callback_urls == toset(["https://secrets.example.com/"]) &&
      aws_cognito_user_pool_client.page.logout_urls == toset(["https://secrets.example.com/"]) &&
      aws_cognito_user_pool_client.page.supported_identity_providers == toset(["COGNITO"]) &&
      aws_cognito_user_pool_client.page.enable_token_revocation &&
      aws_cognito_user_pool_client.page.prevent_user_existence_errors == "ENABLED"
    )
    error_message = "The page signs in by the code flow alone, and its tokens are for the e-mail address alone."
  }

  assert {
    condition     = length(aws_cognito_identity_provider.company) == 0
    error_message = "The pool's own users sign in."
  }
}

run "an_oidc_provider" {
  command = apply

  module {
    source = "./modules/people"
  }

  variables {
    mfa            = "OFF"
    company        = { oidc = { issuer = "https://login.example.com", client_id = "burnbag" } }
    company_secret = "s3cret"
  }

  assert {
    condition = (
      aws_cognito_identity_provider.company[0].provider_type == "OIDC" &&
      aws_cognito_identity_provider.company[0].provider_details.oidc_issuer == "https://login.example.com" &&
      aws_cognito_identity_provider.company[0].provider_details.client_id == "burnbag" &&
      aws_cognito_identity_provider.company[0].attribute_mapping == tomap({ email = "email", email_verified = "email_verified", username = "sub" })
    )
    error_message = "The company's own provider says who somebody is, and that the address is verified."
  }

  assert {
    condition     = aws_cognito_user_pool_client.page.supported_identity_providers == toset(["Company"])
    error_message = "Then only its users sign in."
  }

  assert {
    condition     = length(aws_cognito_user_pool.this.software_token_mfa_configuration) == 0
    error_message = "Without a second factor there is no app."
  }
}

run "a_saml_provider_and_local_users" {
  command = apply

  module {
    source = "./modules/people"
  }

  variables {
    mfa     = "ON"
    company = { saml = { metadata_url = "https://login.example.com/metadata" }, email_verified_attribute = "verified", local_users = true }
  }

  assert {
    condition = (
      aws_cognito_identity_provider.company[0].provider_type == "SAML" &&
      aws_cognito_identity_provider.company[0].provider_details == tomap({ MetadataURL = "https://login.example.com/metadata" }) &&
      aws_cognito_identity_provider.company[0].attribute_mapping == tomap({
        email          = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
        email_verified = "verified"
      })
    )
    error_message = "SAML's attributes have names of their own."
  }

  assert {
    condition     = aws_cognito_user_pool_client.page.supported_identity_providers == toset(["COGNITO", "Company"])
    error_message = "The pool's own users sign in beside them where that is asked for."
  }
}

run "an_authorizer" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    stage              = "live"
    endpoint_type      = "REGIONAL"
    storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    log_retention_days = 30
    record_source_ip   = true
    throttle_rate      = 50
    throttle_burst     = 100
    user_pools         = ["arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Any"]
    access             = { account_id = "123456789012", source_cidrs = ["203.0.113.0/24"], vpc_endpoint_ids = [], organization_id = null, principals = [] }
    routes = {
      "POST /v1/secrets"             = { function = "create", authorization = "AWS_IAM" }
      "POST /people/secrets"         = { function = "create", authorization = "COGNITO_USER_POOLS" }
      "POST /v1/secrets/{id}/reveal" = { function = "reveal", authorization = "NONE" }
    }
    functions = {
      create = { function_name = "burnbag-test-create", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/create" }
      reveal = { function_name = "burnbag-test-reveal", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/reveal" }
    }
  }

  assert {
    condition = (
      aws_api_gateway_authorizer.people[0].type == "COGNITO_USER_POOLS" &&
      aws_api_gateway_authorizer.people[0].provider_arns == toset(["arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Any"]) &&
      aws_api_gateway_method.route["POST /people/secrets"].authorizer_id == aws_api_gateway_authorizer.people[0].id &&
      aws_api_gateway_method.route["POST /v1/secrets"].authorization == "AWS_IAM"
    )
    error_message = "Calls for people need a token of the pool; those of services a signature."
  }

  # API Gateway evaluates the policy after it has checked the token, and then it needs an Allow.
  assert {
    condition = toset(data.aws_iam_policy_document.access[0].statement[0].resources) == toset([
      "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets/*/reveal",
      "arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/people/secrets",
    ])
    error_message = "Where the API is restricted, people may call too."
  }
}
