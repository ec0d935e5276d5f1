variable "prefix" {
  description = "Beginning of every name, such as burnbag-prod."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "Account, the end of the bucket's name: bucket names are shared by everybody."
  type        = string
  nullable    = false
}

variable "sealing_key_policy" {
  description = "Key policy of the sealing key, as JSON."
  type        = string
  nullable    = false
}

variable "storage_key_policy" {
  description = "Key policy of the storage key, as JSON."
  type        = string
  nullable    = false
}

variable "key_deletion_window_days" {
  description = "Days until a destroyed key is really gone."
  type        = number
  default     = 30
  nullable    = false
}

variable "object_lifetime_days" {
  description = "Days after which an object is deleted whatever happened."
  type        = number
  default     = 31
  nullable    = false
}

variable "cors_allowed_origins" {
  description = "Origins whose pages may upload and download; empty means no CORS."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "require_tls" {
  description = "Whether the bucket refuses plain HTTP."
  type        = bool
  default     = true
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the tables."
  type        = bool
  default     = true
  nullable    = false
}

variable "force_destroy" {
  description = "Whether a bucket that still holds objects may be destroyed."
  type        = bool
  default     = false
  nullable    = false
}
