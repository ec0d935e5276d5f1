variable "prefix" {
  description = "What every name begins with, such as burnbag-prod."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "Id of the account. It is part of the bucket's name, because all AWS accounts share one set of bucket names."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the stack. The bucket's name ends with it, because all regions share one set of bucket names."
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

variable "receipt_key_policy" {
  description = "Key policy of the keys that sign receipts, as JSON."
  type        = string
  nullable    = false
}

variable "receipt_key_generation" {
  description = "How many keys there are for receipts; the newest signs."
  type        = number
  default     = 1
  nullable    = false
}

variable "key_deletion_window_days" {
  description = "Days until AWS really deletes a key that was destroyed."
  type        = number
  default     = 30
  nullable    = false
}

variable "object_lifetime_days" {
  description = "Days after which S3 deletes an object, whatever happened."
  type        = number
  default     = 31
  nullable    = false
}

variable "counts_people" {
  description = "Whether there is a table that counts how much each person sends."
  type        = bool
  default     = false
  nullable    = false
}

variable "cors_allowed_origins" {
  description = "Origins whose pages may upload and download; empty means none."
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
  description = "Whether destroying the bucket deletes the objects in it."
  type        = bool
  default     = false
  nullable    = false
}
