variable "environment" {
  description = "Name of the environment."
  type        = string
  nullable    = false
}

variable "storage_key_arn" {
  description = "Key that encrypts the log groups."
  type        = string
  nullable    = false
}

variable "audit_retention_days" {
  description = "Days the audit log is kept."
  type        = number
  nullable    = false
}
