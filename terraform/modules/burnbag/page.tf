# The page that a link opens: how it looks, and what it has to know of its stack.

variable "page_name" {
  description = "Name that the page shows, such as a company's; null means burnbag."
  type        = string
  default     = null

  validation {
    condition     = var.page_name == null || can(regex("^[^[:cntrl:]]{1,60}$", var.page_name))
    error_message = "page_name has 1 to 60 characters, on one line."
  }
}

variable "page_accent" {
  description = "Accent colour of the page, such as #0b5fff; null means burnbag's own."
  type        = string
  default     = null

  validation {
    condition     = var.page_accent == null || can(regex("^#[0-9a-fA-F]{6}$", var.page_accent))
    error_message = "page_accent is a colour such as #0b5fff."
  }
}

variable "page_logo_url" {
  description = "Picture (https) that the page shows beside its name; null means burnbag's own. Whoever serves it learns who opens links, by their addresses."
  type        = string
  default     = null

  validation {
    condition     = var.page_logo_url == null || can(regex(local.page_link, var.page_logo_url)) && length(jsonencode(var.page_logo_url)) <= 400
    error_message = "page_logo_url is an https URL of at most 400 characters (an & counts six)."
  }
}

variable "page_imprint_url" {
  description = "Imprint (https) that the page links to; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.page_imprint_url == null || can(regex(local.page_link, var.page_imprint_url)) && length(jsonencode(var.page_imprint_url)) <= 400
    error_message = "page_imprint_url is an https URL of at most 400 characters (an & counts six)."
  }
}

variable "page_help_url" {
  description = "Help of your own (https) that the page links to; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.page_help_url == null || can(regex(local.page_link, var.page_help_url)) && length(jsonencode(var.page_help_url)) <= 400
    error_message = "page_help_url is an https URL of at most 400 characters (an & counts six)."
  }
}

locals {
  # A link on the page: no user in it, and nothing that would end an attribute or a policy's directive.
  page_link = "^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[!#-&(-:=?-~]*)?$"

  # Where the page itself is, and so where its requests for files come from.
  page_origins = local.emulated ? [var.emulator_endpoint_url] : concat(
    [for name in var.domain_name[*] : "https://${name}"],
    var.domain_name == null || var.keep_default_endpoint ? ["https://${local.api_host}"] : [],
  )

  # The host of the links that the functions presign, in every region.
  files_host   = "s3.${local.region}.${local.dns_suffix}"
  files_origin = local.emulated ? var.emulator_endpoint_url : "https://${module.storage.files_bucket.name}.${local.files_host}"

  # All that config.json tells, besides the page's version: everybody can read it. It is one environment
  # variable, and a function's variables have 4 KB together.
  page = {
    people_auth = var.people_auth
    sign_in     = local.sign_in

    brand = {
      name        = var.page_name
      accent      = var.page_accent
      logo_url    = var.page_logo_url
      imprint_url = var.page_imprint_url
      help_url    = var.page_help_url
    }

    limits = {
      default_ttl      = var.default_ttl
      min_ttl          = var.min_ttl
      max_ttl          = var.max_ttl
      max_views        = var.max_views
      max_secret_bytes = var.max_secret_bytes
      max_file_bytes   = var.max_file_bytes
      max_upload_bytes = min(var.max_upload_bytes, 5368709120)
    }

    files_origin = local.files_origin
  }
}
