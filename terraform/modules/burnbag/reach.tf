# Variables for how the API is reached, and by whom. docs/reach.md says what follows from each.

variable "domain_name" {
  description = "Name of one's own for the API, such as secrets.example.com; null means API Gateway's. The API's own endpoint is switched off then, and links lead to this name."
  type        = string
  default     = null

  validation {
    condition     = var.domain_name == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.domain_name))
    error_message = "domain_name is a host name in lower case, such as secrets.example.com."
  }
}

variable "certificate_arn" {
  description = "Certificate (ACM) for domain_name; in the stack's region, or for EDGE in us-east-1."
  type        = string
  default     = null

  validation {
    condition     = (var.certificate_arn == null) == (var.domain_name == null)
    error_message = "domain_name and certificate_arn go together."
  }

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[^/]+$", var.certificate_arn))
    error_message = "certificate_arn is the ARN of a certificate in ACM."
  }

  validation {
    condition     = var.certificate_arn == null || var.endpoint_type != "EDGE" || can(regex(":acm:us-east-1:", var.certificate_arn))
    error_message = "certificate_arn has to be in us-east-1 for an EDGE endpoint."
  }
}

variable "hosted_zone_id" {
  description = "Hosted zone (Route 53) in which domain_name gets its record; null means that you make the record, with the output domain_target."
  type        = string
  default     = null

  validation {
    condition     = var.hosted_zone_id == null || can(regex("^Z[A-Z0-9]+$", var.hosted_zone_id))
    error_message = "hosted_zone_id is the id of a hosted zone, such as Z0123456789ABC."
  }

  validation {
    condition     = var.hosted_zone_id == null || (var.domain_name != null && var.endpoint_type != "PRIVATE")
    error_message = "hosted_zone_id needs a domain_name, and an endpoint that is not PRIVATE: there the record leads to a VPC endpoint."
  }
}

variable "keep_default_endpoint" {
  description = "Whether API Gateway's own endpoint still answers beside domain_name, until the links that lead there have expired. It accepts TLS 1.0."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.keep_default_endpoint || var.domain_name != null
    error_message = "keep_default_endpoint needs a domain_name: without one, there is no other endpoint."
  }
}

variable "vpc_endpoint_ids" {
  description = "VPC endpoints (execute-api) through which a PRIVATE API is reached; the first is in its URL."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.vpc_endpoint_ids : can(regex("^vpce-[0-9a-f]{8,17}$", id))])
    error_message = "vpc_endpoint_ids are ids such as vpce-0123456789abcdef0."
  }

  validation {
    condition     = (length(var.vpc_endpoint_ids) > 0) == (var.endpoint_type == "PRIVATE")
    error_message = "vpc_endpoint_ids belong to endpoint_type PRIVATE, which needs at least one."
  }
}

variable "allowed_vpc_endpoint_ids" {
  description = "Further VPC endpoints, also of other accounts, through which a PRIVATE API may be reached."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_vpc_endpoint_ids : can(regex("^vpce-[0-9a-f]{8,17}$", id))])
    error_message = "allowed_vpc_endpoint_ids are ids such as vpce-0123456789abcdef0."
  }

  validation {
    condition     = length(var.allowed_vpc_endpoint_ids) == 0 || var.endpoint_type == "PRIVATE"
    error_message = "allowed_vpc_endpoint_ids belong to endpoint_type PRIVATE: no other API is reached through a VPC endpoint."
  }
}

variable "allowed_source_cidrs" {
  description = "Address ranges from which the API may be called, by senders and recipients; empty means all. For a PRIVATE API, addresses within the VPC."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.allowed_source_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_source_cidrs are ranges such as 203.0.113.0/24 or 2001:db8::/32."
  }
}

variable "allowed_organization_id" {
  description = "AWS organization whose accounts may make the sender's calls, with an IAM policy of their own; null means only this account."
  type        = string
  default     = null

  validation {
    condition     = var.allowed_organization_id == null || can(regex("^o-[a-z0-9]{10,32}$", var.allowed_organization_id))
    error_message = "allowed_organization_id is an id such as o-a1b2c3d4e5."
  }

  validation {
    condition     = var.allowed_organization_id == null || var.create_auth == "AWS_IAM"
    error_message = "allowed_organization_id needs create_auth AWS_IAM: who does not sign has no organization."
  }
}

variable "allowed_principals" {
  description = "Other accounts (12 digits), or roles and users in them (ARN), that may make the sender's calls, with an IAM policy of their own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for it in var.allowed_principals : can(regex("^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[^*?]+))$", it))])
    error_message = "allowed_principals are account ids, or ARNs of accounts, roles or users, without wildcards."
  }

  validation {
    condition     = length(var.allowed_principals) == 0 || var.create_auth == "AWS_IAM"
    error_message = "allowed_principals needs create_auth AWS_IAM: who does not sign is nobody."
  }
}

variable "web_acl_arn" {
  description = "Web ACL (AWS WAF, regional) to put in front of the API; null means none, or the one of create_web_acl."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[^/]+/[^/]+$", var.web_acl_arn))
    error_message = "web_acl_arn is the ARN of a regional web ACL of AWS WAF."
  }
}

variable "create_web_acl" {
  description = "Whether to make a web ACL: a rate per address on reveal, no large bodies on the recipient's calls, and those of AWS's common rules that fit."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.create_web_acl && var.web_acl_arn != null)
    error_message = "create_web_acl and web_acl_arn exclude each other: a stage has one web ACL."
  }
}

variable "reveals_per_address" {
  description = "How often one address may call reveal in five minutes, with create_web_acl. Recipients behind one proxy share an address."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = floor(var.reveals_per_address) == var.reveals_per_address && var.reveals_per_address >= 10 && var.reveals_per_address <= 2000000000
    error_message = "reveals_per_address is a whole number from 10 to 2000000000."
  }
}
