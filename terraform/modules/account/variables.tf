variable "role_path" {
  description = "Path of the role, such as /services/. Changing it replaces the role."
  type        = string
  default     = "/"
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; null means none."
  type        = string
  default     = null
}
