variable "name" {
  description = "Name of the function and its log group."
  type        = string
  nullable    = false
}

variable "arn" {
  description = "ARN that the function will have. The role is bound to it before there is a function."
  type        = string
  nullable    = false
}

variable "role_name" {
  description = "Name of the execution role, which has to be unique in the account, in all its regions. A role that exists keeps its name."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does, in one line."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the zip file."
  type        = string
  nullable    = false
}

variable "package_hash" {
  description = "Hash of what is in the zip file: the function's code is updated when it changes."
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
  description = "Seconds that one run may take."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory in MB."
  type        = number
  nullable    = false
}

variable "environment" {
  description = "Environment variables. Never put a secret here."
  type        = map(string)
  nullable    = false
}

variable "policy" {
  description = "Everything the function may do, as policy JSON."
  type        = string
  nullable    = false
}

variable "used_elsewhere" {
  description = "Actions for which the role is used without the function's ARN: by Lambda itself, and by presigned requests."
  type        = list(string)
  nullable    = false
}

variable "reserved_concurrency" {
  description = "Concurrent runs reserved for the function; -1 means that it shares the account's."
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
  description = "Days that the log is kept."
  type        = number
  nullable    = false
}

variable "role_path" {
  description = "Path of the execution role."
  type        = string
  default     = "/"
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the execution role; null means none."
  type        = string
  default     = null
}

variable "code_signing_config_arn" {
  description = "Code signing configuration; null means none."
  type        = string
  default     = null
}

variable "snap_start" {
  description = "Whether the function starts from a snapshot of a published version, which the alias live leads to."
  type        = bool
  default     = false
  nullable    = false
}
