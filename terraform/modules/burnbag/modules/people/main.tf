# People who send by the page: a user pool, where they sign in, and the page as its only client.

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  scopes = ["openid", "email"]

  # https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
  host = join(".", [var.domain_prefix, data.aws_partition.current.partition == "aws-us-gov" ? "auth-fips" : "auth",
  data.aws_region.current.name, "amazoncognito.com"])

  url = var.emulator_endpoint_url != null ? var.emulator_endpoint_url : "https://${local.host}"

  is_oidc      = try(var.company.oidc, null) != null
  is_federated = var.company != null
  providers    = concat(aws_cognito_identity_provider.company[*].provider_name, !local.is_federated || try(var.company.local_users, false) ? ["COGNITO"] : [])

  email_attribute = try(coalesce(var.company.email_attribute), local.is_oidc ? "email" : "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress")
}

# Nobody signs up: an administrator adds a user, who gets a first password by mail. Everything that is
# used here is in the cheapest tier.
resource "aws_cognito_user_pool" "this" {
  name                     = var.name
  user_pool_tier           = "LITE"
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = var.mfa

  username_configuration {
    case_sensitive = false
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 14
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = false
    temporary_password_validity_days = 3
  }

  dynamic "software_token_mfa_configuration" {
    for_each = var.mfa == "OFF" ? [] : [1]
    content {
      enabled = true
    }
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  # A new address counts only once it is verified; until then it is the old one that a receipt names.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }
}

resource "aws_cognito_user_pool_domain" "this" {
  domain       = var.domain_prefix
  user_pool_id = aws_cognito_user_pool.this.id
}

# The company's own provider. The secret of an OIDC client lies in the state. Cognito looks the
# endpoints up by itself, and answers them.
resource "aws_cognito_identity_provider" "company" {
  count         = local.is_federated ? 1 : 0
  user_pool_id  = aws_cognito_user_pool.this.id
  provider_name = "Company"
  provider_type = local.is_oidc ? "OIDC" : "SAML"

  provider_details = (
    local.is_oidc
    ? {
      oidc_issuer               = var.company.oidc.issuer
      client_id                 = var.company.oidc.client_id
      client_secret             = var.company_secret
      authorize_scopes          = var.company.oidc.scopes
      attributes_request_method = "GET"
    }
    : { MetadataURL = try(var.company.saml.metadata_url, "") }
  )

  attribute_mapping = merge(
    { email = local.email_attribute, email_verified = var.company.email_verified_attribute },
    local.is_oidc ? { username = "sub" } : {},
  )

  lifecycle {
    ignore_changes = [
      provider_details["authorize_url"], provider_details["token_url"], provider_details["attributes_url"],
      provider_details["attributes_url_add_attributes"], provider_details["jwks_uri"],
      provider_details["SSORedirectBindingURI"], provider_details["SLORedirectBindingURI"],
      provider_details["ActiveEncryptionCertificate"],
    ]
  }
}

# The page runs in a browser, so it has no secret. It signs in by the code flow alone, with PKCE, and its
# tokens are for nothing but the e-mail address. They can't change a user.
resource "aws_cognito_user_pool_client" "page" {
  name         = "${var.name}-page"
  user_pool_id = aws_cognito_user_pool.this.id

  generate_secret                      = false
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = local.scopes
  explicit_auth_flows                  = ["ALLOW_REFRESH_TOKEN_AUTH"]
  supported_identity_providers         = local.providers
  callback_urls                        = [var.page_url]
  default_redirect_uri                 = var.page_url
  logout_urls                          = [var.page_url]

  read_attributes  = ["email", "email_verified"]
  write_attributes = ["email"]

  # A page that is left open for a working day stays signed in; a token that is stolen does not.
  id_token_validity       = 15
  access_token_validity   = 15
  refresh_token_validity  = 8
  enable_token_revocation = true

  token_validity_units {
    id_token      = "minutes"
    access_token  = "minutes"
    refresh_token = "hours"
  }

  prevent_user_existence_errors = "ENABLED"
}
