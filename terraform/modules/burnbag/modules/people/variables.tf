variable "name" {
  description = "Name of the user pool and of its client."
  type        = string
  nullable    = false
}

variable "domain_prefix" {
  description = "What the sign-in's host name begins with."
  type        = string
  nullable    = false
}

variable "emulator_endpoint_url" {
  description = "Endpoint of an AWS emulator, which has the sign-in too; null means AWS."
  type        = string
  default     = null
}

variable "page_url" {
  description = "Where people come back to from the sign-in, and from signing out."
  type        = string
  nullable    = false
}

variable "mfa" {
  description = "OFF, OPTIONAL or ON."
  type        = string
  nullable    = false
}

variable "company" {
  description = "The company's own provider; null means that the pool's users sign in."
  type = object({
    oidc                     = optional(object({ issuer = string, client_id = string, scopes = optional(string, "openid email") }))
    saml                     = optional(object({ metadata_url = string }))
    email_attribute          = optional(string)
    email_verified_attribute = optional(string, "email_verified")
    local_users              = optional(bool, false)
  })
  default = null
}

variable "company_secret" {
  description = "Secret of the client that the company's OIDC provider has for the user pool."
  type        = string
  default     = null
  sensitive   = true
}

variable "deletion_protection" {
  description = "Whether Cognito refuses to delete the user pool."
  type        = bool
  default     = true
  nullable    = false
}
