# What a secret may be, and how long things are kept. Durations are in seconds unless named otherwise.

variable "default_ttl" {
  description = "Lifetime of a secret whose sender names none."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition     = floor(var.default_ttl) == var.default_ttl && var.default_ttl >= var.min_ttl && var.default_ttl <= var.max_ttl
    error_message = "default_ttl is a whole number from min_ttl to max_ttl."
  }
}

variable "min_ttl" {
  description = "Shortest lifetime a sender may ask for."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = floor(var.min_ttl) == var.min_ttl && var.min_ttl >= 1
    error_message = "min_ttl is a whole number of at least 1."
  }
}

variable "max_ttl" {
  description = "Longest lifetime a sender may ask for."
  type        = number
  default     = 2592000
  nullable    = false

  validation {
    condition     = floor(var.max_ttl) == var.max_ttl && var.max_ttl >= var.min_ttl && var.max_ttl <= 31536000
    error_message = "max_ttl is a whole number from min_ttl to 31536000 (a year)."
  }
}

variable "max_views" {
  description = "Most views a sender may ask for."
  type        = number
  default     = 100
  nullable    = false

  # A receipt lists every view, and an item holds 400 KB.
  validation {
    condition     = floor(var.max_views) == var.max_views && var.max_views >= 1 && var.max_views <= 1000
    error_message = "max_views is a whole number from 1 to 1000."
  }
}

variable "max_secret_bytes" {
  description = "Largest text secret, in bytes."
  type        = number
  default     = 262144
  nullable    = false

  # An item holds 400 KB, and the sealed text shares it with the rest of the record.
  validation {
    condition     = floor(var.max_secret_bytes) == var.max_secret_bytes && var.max_secret_bytes >= 1 && var.max_secret_bytes <= 393216
    error_message = "max_secret_bytes is a whole number from 1 to 393216."
  }
}

variable "max_file_bytes" {
  description = "Largest file that goes through the API, in bytes."
  type        = number
  default     = 4194304
  nullable    = false

  # A function takes and answers 6 MB, and base64 makes a third more of them.
  validation {
    condition     = floor(var.max_file_bytes) == var.max_file_bytes && var.max_file_bytes >= 1 && var.max_file_bytes <= 4194304
    error_message = "max_file_bytes is a whole number from 1 to 4194304 (4 MiB)."
  }
}

variable "max_upload_bytes" {
  description = "Largest upload that goes straight to S3, in bytes."
  type        = number
  default     = 5368709120
  nullable    = false

  # What S3 takes in one POST.
  validation {
    condition     = floor(var.max_upload_bytes) == var.max_upload_bytes && var.max_upload_bytes >= 1 && var.max_upload_bytes <= 5368709120
    error_message = "max_upload_bytes is a whole number from 1 to 5368709120 (5 GiB)."
  }
}

variable "receipt_retention_days" {
  description = "Days a receipt is kept after the end of its secret."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = floor(var.receipt_retention_days) == var.receipt_retention_days && var.receipt_retention_days >= 1 && var.receipt_retention_days <= 3653
    error_message = "receipt_retention_days is a whole number from 1 to 3653."
  }
}

variable "log_retention_days" {
  description = "Days the functions' logs and the access log are kept; one of the values CloudWatch Logs knows."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is a retention that CloudWatch Logs knows, such as 30 or 365; never is not one of them."
  }
}

variable "audit_retention_days" {
  description = "Days the audit log is kept; one of the values CloudWatch Logs knows."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.audit_retention_days)
    error_message = "audit_retention_days is a retention that CloudWatch Logs knows, such as 365 or 400."
  }
}

variable "record_source_ip" {
  description = "Whether source addresses go into receipts, audit events and the access log."
  type        = bool
  default     = true
  nullable    = false
}
