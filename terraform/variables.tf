# Where, and what is deployed. Limits: limits.tf. Safety and operation: operation.tf.

variable "environment" {
  description = "Name of this environment; part of every resource's name and of every data key's encryption context."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", var.environment))
    error_message = "environment is 2 to 16 lower-case letters, digits and dashes, beginning with a letter."
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(us|eu|ap|ca|sa|af|me|il|mx)(-gov)?-[a-z]+-[0-9]$", var.region))
    error_message = "region is an AWS region such as eu-central-1."
  }
}

variable "tags" {
  description = "Tags for every resource, besides Application, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "Tag keys beginning with aws: are reserved."
  }
}

variable "packages_dir" {
  description = "Folder of create.zip, reveal.zip and reaper.zip."
  type        = string
  nullable    = false

  validation {
    condition = alltrue([
      for package in ["create", "reveal", "reaper"] : fileexists("${var.packages_dir}/${package}.zip")
    ])
    error_message = "packages_dir needs create.zip, reveal.zip and reaper.zip: build the packages first."
  }
}

variable "lambda_runtime" {
  description = "Runtime of every function: the version of the interpreter that built the packages."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13"], var.lambda_runtime)
    error_message = "lambda_runtime is python3.11, python3.12 or python3.13."
  }
}

variable "lambda_architecture" {
  description = "Instruction set of every function: the one the packages were built for."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.lambda_architecture)
    error_message = "lambda_architecture is x86_64 or arm64."
  }
}

variable "create_auth" {
  description = "Who may create, revoke and read receipts: AWS_IAM (callers sign with SigV4) or NONE (anyone who reaches the API)."
  type        = string
  default     = "AWS_IAM"
  nullable    = false

  validation {
    condition     = contains(["AWS_IAM", "NONE"], var.create_auth)
    error_message = "create_auth is AWS_IAM or NONE."
  }
}

variable "endpoint_type" {
  description = "Endpoint of the REST API: REGIONAL or EDGE."
  type        = string
  default     = "REGIONAL"
  nullable    = false

  validation {
    condition     = contains(["REGIONAL", "EDGE"], var.endpoint_type)
    error_message = "endpoint_type is REGIONAL or EDGE."
  }
}

variable "link_base_url" {
  description = "Base of the links given out, such as a custom domain; null means the API's own URL."
  type        = string
  default     = null

  validation {
    condition     = var.link_base_url == null || can(regex("^https://[^/?#[:space:]]+(/[^?#[:space:]]*[^/?#[:space:]])?$", var.link_base_url))
    error_message = "link_base_url is an https URL without a trailing slash, query or fragment."
  }
}

variable "cors_allowed_origins" {
  description = "Origins, such as https://secrets.example.com, whose pages may upload to and download from the files bucket; empty means none."
  type        = list(string)
  default     = []
  nullable    = false

  # As a browser writes an origin; S3 compares it literally, and would take a wildcard.
  validation {
    condition = length(distinct(var.cors_allowed_origins)) == length(var.cors_allowed_origins) && alltrue([
      for origin in var.cors_allowed_origins : can(regex("^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$", origin))
    ])
    error_message = "cors_allowed_origins are distinct https origins in lower case, without wildcard, path or trailing slash."
  }
}

variable "emulator_endpoint_url" {
  description = "Endpoint of an AWS emulator on this machine; null on AWS."
  type        = string
  default     = null

  validation {
    condition     = var.emulator_endpoint_url == null || can(regex("^http://127\\.0\\.0\\.1:[0-9]+$", var.emulator_endpoint_url))
    error_message = "emulator_endpoint_url is http://127.0.0.1:<port>, without a trailing slash."
  }
}
