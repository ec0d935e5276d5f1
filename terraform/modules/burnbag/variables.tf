# Variables for what is deployed, and where. limits.tf has the limits, operation.tf the rest.

variable "environment" {
  description = "Name of this environment. It is part of every resource's name and of every data key's encryption context."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", var.environment))
    error_message = "environment is 2 to 16 lower-case letters, digits and dashes; it begins with a letter and does not end with a dash."
  }
}

variable "packages_dir" {
  description = "Folder with create.zip, reveal.zip, page.zip and reaper.zip."
  type        = string
  nullable    = false

  validation {
    condition = alltrue([
      for package in ["create", "reveal", "page", "reaper"] : fileexists("${var.packages_dir}/${package}.zip")
    ])
    error_message = "packages_dir has to contain create.zip, reveal.zip, page.zip and reaper.zip: build them first (make package)."
  }
}

variable "lambda_runtime" {
  description = "Lambda runtime of every function. It has to be the Python version that the packages were built for."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13"], var.lambda_runtime)
    error_message = "lambda_runtime is python3.11, python3.12 or python3.13."
  }

  validation {
    condition     = alltrue([for package in local.descriptions : package.runtime == var.lambda_runtime])
    error_message = "The packages were built for another lambda_runtime: build them for this one (make package RUNTIME=${var.lambda_runtime})."
  }
}

variable "lambda_architecture" {
  description = "Instruction set of every function: arm64, which costs less, or x86_64. It has to be the one that the packages were built for."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.lambda_architecture)
    error_message = "lambda_architecture is x86_64 or arm64."
  }

  validation {
    condition     = alltrue([for package in local.descriptions : package.architecture == var.lambda_architecture])
    error_message = "The packages were built for another lambda_architecture: build them for this one (make package ARCH=${var.lambda_architecture})."
  }
}

variable "create_auth" {
  description = "Who may create secrets, revoke them and read receipts: AWS_IAM (callers who sign with SigV4) or NONE (anyone who reaches the API)."
  type        = string
  default     = "AWS_IAM"
  nullable    = false

  validation {
    condition     = contains(["AWS_IAM", "NONE"], var.create_auth)
    error_message = "create_auth is AWS_IAM or NONE."
  }
}

variable "endpoint_type" {
  description = "Endpoint type of the REST API: REGIONAL, EDGE, or PRIVATE, which is reached through VPC endpoints only (vpc_endpoint_ids)."
  type        = string
  default     = "REGIONAL"
  nullable    = false

  validation {
    condition     = contains(["REGIONAL", "EDGE", "PRIVATE"], var.endpoint_type)
    error_message = "endpoint_type is REGIONAL, EDGE or PRIVATE."
  }
}

variable "link_base_url" {
  description = "Base URL of the links, such as a page of your own; null means api_url, so the API's domain_name if it has one."
  type        = string
  default     = null

  validation {
    condition     = var.link_base_url == null || can(regex("^https://[^/?#[:space:]]+(/[^?#[:space:]]*[^/?#[:space:]])?$", var.link_base_url))
    error_message = "link_base_url is an https URL without a trailing slash, query or fragment."
  }
}

variable "cors_allowed_origins" {
  description = "Origins, such as https://secrets.example.com, whose pages may upload to the files bucket and download from it, besides burnbag's own page."
  type        = list(string)
  default     = []
  nullable    = false

  # This is how a browser writes an origin. S3 compares it literally, and it would accept a wildcard.
  validation {
    condition = length(distinct(var.cors_allowed_origins)) == length(var.cors_allowed_origins) && alltrue([
      for origin in var.cors_allowed_origins : can(regex("^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$", origin))
    ])
    error_message = "cors_allowed_origins are distinct https origins in lower case, without wildcard, path or trailing slash."
  }
}

variable "emulator_endpoint_url" {
  description = "Endpoint of an AWS emulator on this machine; null means AWS."
  type        = string
  default     = null

  validation {
    condition     = var.emulator_endpoint_url == null || can(regex("^http://127\\.0\\.0\\.1:[0-9]+$", var.emulator_endpoint_url))
    error_message = "emulator_endpoint_url is http://127.0.0.1:<port>, without a trailing slash."
  }
}
