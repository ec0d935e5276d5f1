# The module's variables of reach.tf, capacity.tf and governance.tf.

variable "domain_name" {
  type    = string
  default = null
}

variable "certificate_arn" {
  type    = string
  default = null
}

variable "hosted_zone_id" {
  type    = string
  default = null
}

variable "keep_default_endpoint" {
  type    = bool
  default = null
}

variable "vpc_endpoint_ids" {
  type    = list(string)
  default = null
}

variable "allowed_vpc_endpoint_ids" {
  type    = list(string)
  default = null
}

variable "allowed_source_cidrs" {
  type    = list(string)
  default = null
}

variable "allowed_organization_id" {
  type    = string
  default = null
}

variable "allowed_principals" {
  type    = list(string)
  default = null
}

variable "recipient_accounts" {
  type    = list(string)
  default = null
}

variable "web_acl_arn" {
  type    = string
  default = null
}

variable "create_web_acl" {
  type    = bool
  default = null
}

variable "reveals_per_address" {
  type    = number
  default = null
}

variable "method_throttles" {
  type    = map(object({ rate = number, burst = number }))
  default = null
}

variable "account_concurrency" {
  type    = number
  default = null
}

variable "snap_start_functions" {
  type    = set(string)
  default = null
}

variable "permissions_boundary_arn" {
  type    = string
  default = null
}

variable "role_path" {
  type    = string
  default = null
}

variable "code_signing_config_arn" {
  type    = string
  default = null
}
