# Two variables of this configuration's own, then those of the module. modules/burnbag/README.md says
# what each means; null is the module's own default.

variable "region" {
  description = "AWS region for everything."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+){1,2}-[0-9]$", var.region))
    error_message = "region is an AWS region such as eu-central-1."
  }
}

variable "tags" {
  description = "Tags for every resource, in addition to Application, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags may not have keys that begin with aws:, which AWS reserves."
  }
}

variable "environment" {
  type = string
}

variable "packages_dir" {
  type = string
}

variable "lambda_runtime" {
  type = string
}

variable "lambda_architecture" {
  type    = string
  default = null
}

variable "create_auth" {
  type    = string
  default = null
}

variable "people_auth" {
  type    = string
  default = null
}

variable "people_per_hour" {
  type    = number
  default = null
}

variable "sign_in_mfa" {
  type    = string
  default = null
}

variable "sign_in_domain_prefix" {
  type    = string
  default = null
}

variable "sign_in_provider" {
  type    = object({ oidc = optional(object({ issuer = string, client_id = string, scopes = optional(string, "openid email") })), saml = optional(object({ metadata_url = string })), email_attribute = optional(string), email_verified_attribute = optional(string, "email_verified"), local_users = optional(bool, false) })
  default = null
}

variable "sign_in_provider_secret" {
  type      = string
  default   = null
  sensitive = true
}

variable "endpoint_type" {
  type    = string
  default = null
}

variable "link_base_url" {
  type    = string
  default = null
}

variable "cors_allowed_origins" {
  type    = list(string)
  default = null
}

variable "emulator_endpoint_url" {
  type    = string
  default = null
}

variable "default_ttl" {
  type    = number
  default = null
}

variable "min_ttl" {
  type    = number
  default = null
}

variable "max_ttl" {
  type    = number
  default = null
}

variable "max_views" {
  type    = number
  default = null
}

variable "max_secret_bytes" {
  type    = number
  default = null
}

variable "max_file_bytes" {
  type    = number
  default = null
}

variable "max_upload_bytes" {
  type    = number
  default = null
}

variable "receipt_retention_days" {
  type    = number
  default = null
}

variable "log_retention_days" {
  type    = number
  default = null
}

variable "audit_retention_days" {
  type    = number
  default = null
}

variable "record_source_ip" {
  type    = bool
  default = null
}

variable "require_tls" {
  type    = bool
  default = null
}

variable "deletion_protection" {
  type    = bool
  default = null
}

variable "force_destroy" {
  type    = bool
  default = null
}

variable "key_deletion_window_days" {
  type    = number
  default = null
}

variable "receipt_key_generation" {
  type    = number
  default = null
}

variable "api_memory_mb" {
  type    = number
  default = null
}

variable "reserved_concurrency" {
  type    = map(number)
  default = null
}

variable "throttle_rate" {
  type    = number
  default = null
}

variable "throttle_burst" {
  type    = number
  default = null
}

variable "stream_retry_attempts" {
  type    = number
  default = null
}

variable "dashboard" {
  type    = bool
  default = null
}

variable "runbook_url" {
  type    = string
  default = null
}

variable "alarms" {
  type    = bool
  default = null
}

variable "watch_list" {
  type    = bool
  default = null
}

variable "trail_log_group_name" {
  type    = string
  default = null
}

variable "alarm_subscribers" {
  type    = set(string)
  default = null
}

variable "alarm_thresholds" {
  type    = map(number)
  default = null
}

variable "saved_queries" {
  type    = bool
  default = null
}

variable "event_bus" {
  type    = bool
  default = null
}

variable "notifications" {
  type    = map(object({ events = optional(set(string), []), creators = optional(set(string), []), label_prefix = optional(string), slack = optional(object({ connection_arn = string, channel = string, url = optional(string, "https://slack.com/api/chat.postMessage") })), webhook = optional(object({ connection_arn = string, url = string })), email = optional(set(string)), calls_per_second = optional(number, 1) }))
  default = null
}

variable "page_name" {
  type    = string
  default = null
}

variable "page_accent" {
  type    = string
  default = null
}

variable "page_logo_url" {
  type    = string
  default = null
}

variable "page_imprint_url" {
  type    = string
  default = null
}

variable "page_help_url" {
  type    = string
  default = null
}
