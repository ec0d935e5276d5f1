variable "name" {
  description = "Name of the function, its role and its log group."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does, in a line."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the zip."
  type        = string
  nullable    = false
}

variable "handler" {
  description = "Handler, as module.function."
  type        = string
  nullable    = false
}

variable "runtime" {
  description = "Lambda runtime."
  type        = string
  nullable    = false
}

variable "architecture" {
  description = "Instruction set."
  type        = string
  nullable    = false
}

variable "timeout" {
  description = "Seconds a run may take."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory in MB."
  type        = number
  nullable    = false
}

variable "environment" {
  description = "Environment variables; none of them is secret."
  type        = map(string)
  nullable    = false
}

variable "policy" {
  description = "Everything the function may do, as policy JSON."
  type        = string
  nullable    = false
}

variable "reserved_concurrency" {
  description = "Concurrent runs reserved for the function; -1 shares the account's."
  type        = number
  default     = -1
  nullable    = false
}

variable "storage_key_arn" {
  description = "Key that encrypts the log group."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days the log is kept."
  type        = number
  nullable    = false
}
