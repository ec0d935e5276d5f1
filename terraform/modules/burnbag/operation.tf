# Variables for operation: protection, performance, and what an emulator needs.

variable "require_tls" {
  description = "Whether the files bucket refuses plain HTTP. Turn it off only on an emulator that speaks nothing else."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.require_tls || var.emulator_endpoint_url != null
    error_message = "require_tls may be off only on an emulator (emulator_endpoint_url)."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to destroy anything of the stack, and DynamoDB to delete the tables. To destroy the stack, turn it off and apply first."
  type        = bool
  default     = true
  nullable    = false
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes a files bucket that still holds objects."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.force_destroy && var.deletion_protection)
    error_message = "force_destroy contradicts deletion_protection: turn one of them off."
  }
}

variable "key_deletion_window_days" {
  description = "Days until AWS really deletes a KMS key that was destroyed."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = floor(var.key_deletion_window_days) == var.key_deletion_window_days && var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30
    error_message = "key_deletion_window_days is a whole number from 7 to 30."
  }
}

variable "receipt_key_generation" {
  description = "Generation of the key that signs receipts. Raise it by one for a new key; the old ones are kept, so that what they have signed can be checked. Lowering it destroys the newest."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = floor(var.receipt_key_generation) == var.receipt_key_generation && var.receipt_key_generation >= 1 && var.receipt_key_generation <= 20
    error_message = "receipt_key_generation is a whole number from 1 to 20."
  }
}

variable "api_memory_mb" {
  description = "Memory of create and reveal, in MB. Lambda gives processor time in proportion."
  type        = number
  default     = 512
  nullable    = false

  # Argon2id needs 19 MiB, and it is slow on the small part of a processor that comes with less.
  validation {
    condition     = floor(var.api_memory_mb) == var.api_memory_mb && var.api_memory_mb >= 256 && var.api_memory_mb <= 10240
    error_message = "api_memory_mb is a whole number from 256 to 10240."
  }
}

variable "reserved_concurrency" {
  description = "Reserved concurrent executions by function (create, reveal, page, reap, sweep, audit, stray, reconcile, letters). A function that is not named shares the account's, apart from what account_concurrency gives the reaper's."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for name, limit in var.reserved_concurrency :
      contains(keys(local.functions), name) && floor(limit) == limit && limit >= 1
    ])
    error_message = "reserved_concurrency maps create, reveal, page, reap, sweep, audit, stray, reconcile or letters to a whole number of at least 1."
  }
}

variable "throttle_rate" {
  description = "Requests per second that each call of the API accepts on average: AWS counts them call by call, not all together."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.throttle_rate > 0 && var.throttle_rate <= 10000
    error_message = "throttle_rate is above 0 and at most 10000."
  }
}

variable "throttle_burst" {
  description = "Requests that each call of the API accepts at once."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = floor(var.throttle_burst) == var.throttle_burst && var.throttle_burst >= 1 && var.throttle_burst <= 5000
    error_message = "throttle_burst is a whole number from 1 to 5000."
  }
}

variable "stream_retry_attempts" {
  description = "How often a failed batch of stream records is retried before its position goes to the dead letters."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = floor(var.stream_retry_attempts) == var.stream_retry_attempts && var.stream_retry_attempts >= 1 && var.stream_retry_attempts <= 10000
    error_message = "stream_retry_attempts is a whole number from 1 to 10000."
  }
}
