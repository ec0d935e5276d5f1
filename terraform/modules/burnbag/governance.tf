# Variables for what an organization asks of every role and every function.

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role. It has to allow all that privileges.tf grants."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is the ARN of an IAM policy."
  }
}

variable "role_path" {
  description = "Path of every role, such as /services/. Roles that exist keep theirs."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = length(var.role_path) <= 512 && can(regex("^/([A-Za-z0-9.,+@=_-]+/)*$", var.role_path))
    error_message = "role_path begins and ends with a slash, such as /services/."
  }
}

variable "code_signing_config_arn" {
  description = "Code signing configuration of every function. The zips in packages_dir have to be signed as it asks."
  type        = string
  default     = null

  validation {
    condition     = var.code_signing_config_arn == null || can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17}$", var.code_signing_config_arn))
    error_message = "code_signing_config_arn is the ARN of a code signing configuration of Lambda."
  }
}
