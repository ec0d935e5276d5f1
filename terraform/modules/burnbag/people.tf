# People who send by the page: their variables, their calls, and where they sign in.

variable "people_auth" {
  description = "Who may send by the page: COGNITO (people who sign in, at a user pool that is made for it), NONE (anyone who reaches the API, for networks that are closed otherwise) or null: nobody, the page only opens. See docs/page.md."
  type        = string
  default     = null

  validation {
    condition     = var.people_auth == null || contains(["COGNITO", "NONE"], coalesce(var.people_auth, "NONE"))
    error_message = "people_auth is COGNITO, NONE or null."
  }

  # There are no hosted sign-ins elsewhere.
  validation {
    condition     = var.people_auth != "COGNITO" || contains(["aws", "aws-us-gov"], data.aws_partition.current.partition)
    error_message = "people_auth COGNITO needs AWS's own partition or GovCloud: Cognito has no sign-in page elsewhere."
  }
}

variable "people_per_hour" {
  description = "How many secrets a person may send in an hour; with people_auth NONE, from one address (IPv6: one /64 network)."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = floor(var.people_per_hour) == var.people_per_hour && var.people_per_hour >= 1 && var.people_per_hour <= 100000
    error_message = "people_per_hour is a whole number from 1 to 100000."
  }
}

variable "sign_in_mfa" {
  description = "Whether users of the pool need a second factor, an authenticator app: ON, OPTIONAL or OFF. Of a federated provider's users, it is that provider that asks."
  type        = string
  default     = "ON"
  nullable    = false

  validation {
    condition     = contains(["ON", "OPTIONAL", "OFF"], var.sign_in_mfa)
    error_message = "sign_in_mfa is ON, OPTIONAL or OFF."
  }
}

variable "sign_in_domain_prefix" {
  description = "What the sign-in's host name begins with, unique in its region among all AWS accounts; null means burnbag-<environment>-<account id>."
  type        = string
  default     = null

  validation {
    condition = alltrue([for prefix in [coalesce(var.sign_in_domain_prefix, local.own_domain_prefix)] :
      var.people_auth != "COGNITO" || (can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", prefix)) && !can(regex("aws|amazon|cognito", prefix)))
    ])
    error_message = "sign_in_domain_prefix is at most 63 lower-case letters, digits and dashes, and Cognito takes none with aws, amazon or cognito in it."
  }
}

variable "sign_in_provider" {
  description = "The company's own provider, with which people sign in instead: either oidc or saml. It has to say of each e-mail address that it is verified (email_verified_attribute). Unless local_users is true, only its users may send."
  type        = object({ oidc = optional(object({ issuer = string, client_id = string, scopes = optional(string, "openid email") })), saml = optional(object({ metadata_url = string })), email_attribute = optional(string), email_verified_attribute = optional(string, "email_verified"), local_users = optional(bool, false) })
  default     = null

  validation {
    condition     = var.sign_in_provider == null || (try(var.sign_in_provider.oidc, null) == null) != (try(var.sign_in_provider.saml, null) == null)
    error_message = "sign_in_provider has either oidc or saml."
  }

  validation {
    condition = alltrue([for url in [try(var.sign_in_provider.oidc.issuer, null), try(var.sign_in_provider.saml.metadata_url, null)] :
      url == null || can(regex("^https://[^[:space:]]+$", url))
    ])
    error_message = "sign_in_provider's issuer and metadata_url are https URLs."
  }

  validation {
    condition     = var.sign_in_provider == null || var.people_auth == "COGNITO"
    error_message = "sign_in_provider needs people_auth COGNITO."
  }
}

variable "sign_in_provider_secret" {
  description = "Secret of the client that the company's OIDC provider has for the user pool. Cognito gets it, and it lies in Terraform's state: give it by TF_VAR_sign_in_provider_secret, and let nobody read the state who may not know it."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = (var.sign_in_provider_secret != null) == (try(var.sign_in_provider.oidc, null) != null)
    error_message = "sign_in_provider_secret goes together with an OIDC sign_in_provider."
  }
}

locals {
  people_authorization = var.people_auth == "COGNITO" ? "COGNITO_USER_POOLS" : "NONE"

  # The sender's calls once more, for people: the same code answers them.
  people_calls = {
    "POST /people/secrets"                = { function = "create", authorization = local.people_authorization }
    "POST /people/uploads"                = { function = "create", authorization = local.people_authorization }
    "POST /people/uploads/{id}/parts"     = { function = "create", authorization = local.people_authorization }
    "GET /people/uploads/{id}/parts"      = { function = "create", authorization = local.people_authorization }
    "POST /people/uploads/{id}/complete"  = { function = "create", authorization = local.people_authorization }
    "POST /people/requests"               = { function = "create", authorization = local.people_authorization }
    "DELETE /people/secrets/{id}"         = { function = "create", authorization = local.people_authorization }
    "GET /people/receipts"                = { function = "create", authorization = local.people_authorization }
    "GET /people/receipts/{id}"           = { function = "create", authorization = local.people_authorization }
    "POST /people/receipts/{id}/unfreeze" = { function = "create", authorization = local.people_authorization }
  }

  page_url          = "${local.api_url}/"
  own_domain_prefix = "${local.prefix}-${local.account_id}"
  sign_in           = one(module.people[*].sign_in)
}

module "people" {
  source = "./modules/people"
  count  = var.people_auth == "COGNITO" ? 1 : 0

  name                  = local.prefix
  domain_prefix         = coalesce(var.sign_in_domain_prefix, local.own_domain_prefix)
  emulator_endpoint_url = var.emulator_endpoint_url
  page_url              = local.page_url
  mfa                   = var.sign_in_mfa
  company               = var.sign_in_provider
  company_secret        = var.sign_in_provider_secret
  deletion_protection   = var.deletion_protection
}
