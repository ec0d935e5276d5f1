# How large and how long-lived a secret may be, and how long records are kept. Durations are in
# seconds unless the name says days.

variable "default_ttl" {
  description = "Lifetime of a secret when its sender does not choose one."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition     = floor(var.default_ttl) == var.default_ttl && var.default_ttl >= var.min_ttl && var.default_ttl <= var.max_ttl
    error_message = "default_ttl is a whole number from min_ttl to max_ttl."
  }
}

variable "min_ttl" {
  description = "Shortest lifetime that a sender may choose."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = floor(var.min_ttl) == var.min_ttl && var.min_ttl >= 1
    error_message = "min_ttl is a whole number of at least 1."
  }
}

variable "max_ttl" {
  description = "Longest lifetime that a sender may choose."
  type        = number
  default     = 2592000
  nullable    = false

  validation {
    condition     = floor(var.max_ttl) == var.max_ttl && var.max_ttl >= var.min_ttl && var.max_ttl <= 31536000
    error_message = "max_ttl is a whole number from min_ttl to 31536000 (a year)."
  }
}

variable "max_views" {
  description = "Most views that a sender may choose."
  type        = number
  default     = 100
  nullable    = false

  # A receipt lists every view, a record every claim, and a DynamoDB item holds at most 400 KB
  # (tests/unit/test_limits.py). Texts of more than 4 KiB lie in the bucket, so these two are all.
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

  # A function's response holds at most 6 MB, in which a byte of text may take 7.
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

  # A function's request and its response hold at most 6 MB, and base64 adds a third to a file.
  validation {
    condition     = floor(var.max_file_bytes) == var.max_file_bytes && var.max_file_bytes >= 1 && var.max_file_bytes <= 4194304
    error_message = "max_file_bytes is a whole number from 1 to 4194304 (4 MiB)."
  }
}

variable "max_upload_bytes" {
  description = "Largest upload that goes straight to S3, in bytes."
  type        = number
  default     = 53687091200
  nullable    = false

  # In parts of 6 MiB, of which S3 takes 10,000. One form takes at most 5 GiB, whatever is set here.
  validation {
    condition     = floor(var.max_upload_bytes) == var.max_upload_bytes && var.max_upload_bytes >= 1 && var.max_upload_bytes <= 53687091200
    error_message = "max_upload_bytes is a whole number from 1 to 53687091200 (50 GiB)."
  }
}

variable "receipt_retention_days" {
  description = "Days that a receipt is kept after its secret has ended: 15 at least, to outlast the dead letters."
  type        = number
  default     = 90
  nullable    = false

  # A dead letter is written within a day of the secret's end, and kept for 14. As long as there is a receipt,
  # its Idempotency-Key makes no new secret of the same id, which the letter would erase if it were replayed.
  validation {
    condition     = floor(var.receipt_retention_days) == var.receipt_retention_days && var.receipt_retention_days >= 15 && var.receipt_retention_days <= 3653
    error_message = "receipt_retention_days is a whole number from 15 to 3653: a receipt has to outlast the dead letters of its secret, which are kept for 14 days."
  }
}

variable "log_retention_days" {
  description = "Days that the functions' logs and the access log are kept; a value that CloudWatch Logs accepts."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is a value that CloudWatch Logs accepts, such as 30 or 365; 0 (never delete) is refused here."
  }
}

variable "audit_retention_days" {
  description = "Days that the audit log is kept; a value that CloudWatch Logs accepts."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.audit_retention_days)
    error_message = "audit_retention_days is a value that CloudWatch Logs accepts, such as 365 or 400."
  }
}

variable "record_source_ip" {
  description = "Whether receipts, audit events and the access log record source addresses."
  type        = bool
  default     = true
  nullable    = false
}
