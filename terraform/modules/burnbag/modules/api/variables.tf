variable "name" {
  description = "Name of the REST API."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Name of the environment."
  type        = string
  nullable    = false
}

variable "stage" {
  description = "Name of the stage."
  type        = string
  nullable    = false
}

variable "endpoint_type" {
  description = "REGIONAL, EDGE or PRIVATE."
  type        = string
  nullable    = false
}

variable "routes" {
  description = "By \"METHOD /path\" (ANY for every method that the path has no route of its own for; a path has at most four segments, of which the last may be greedy): the function that answers, the authorization (AWS_IAM, NONE or COGNITO_USER_POOLS), and which principals of other accounts may sign it: senders (access.principals and access.organization_id), recipients (access.recipients) or nobody."
  type        = map(object({ function = string, authorization = string, others = optional(string, "senders") }))
  nullable    = false

  validation {
    condition     = alltrue([for call in keys(var.routes) : can(regex("^(ANY|DELETE|GET|HEAD|PATCH|POST|PUT) (/|(/[a-z0-9.{}_+-]+){1,4})$", call))])
    error_message = "A route is a method and a path of at most four segments."
  }

  validation {
    condition     = alltrue([for route in values(var.routes) : contains(["senders", "recipients", "nobody"], route.others)])
    error_message = "A route is signed by others who are senders, recipients or nobody."
  }
}

variable "user_pools" {
  description = "ARNs of the user pools whose id tokens COGNITO_USER_POOLS takes."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "functions" {
  description = "By the name that routes use: the function's name, its qualifier if it has one, and its invocation ARN."
  type        = map(object({ function_name = string, qualifier = optional(string), invoke_arn = string }))
  nullable    = false
}

variable "storage_key_arn" {
  description = "Key that encrypts the access log."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the access log is kept."
  type        = number
  nullable    = false
}

variable "record_source_ip" {
  description = "Whether the access log records source addresses."
  type        = bool
  nullable    = false
}

variable "throttle_rate" {
  description = "Requests per second that each call accepts on average."
  type        = number
  nullable    = false
}

variable "throttle_burst" {
  description = "Requests that each call accepts at once."
  type        = number
  nullable    = false
}

variable "method_throttles" {
  description = "By route: its own rate and burst."
  type        = map(object({ rate = number, burst = number }))
  default     = {}
  nullable    = false
}

variable "domain_name" {
  description = "Name of one's own; null means API Gateway's."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "Certificate for domain_name."
  type        = string
  default     = null
}

variable "hosted_zone_id" {
  description = "Hosted zone in which domain_name gets its record; null means none."
  type        = string
  default     = null
}

variable "keep_default_endpoint" {
  description = "Whether the default endpoint answers beside domain_name."
  type        = bool
  default     = false
  nullable    = false
}

variable "vpc_endpoint_ids" {
  description = "VPC endpoints of a PRIVATE API."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "access" {
  description = "Who may reach the API: from which addresses, through which VPC endpoints, and who besides account_id may sign calls: senders (organization_id, principals) and recipients. Nothing means everybody, through the internet."
  type        = object({ account_id = string, source_cidrs = list(string), vpc_endpoint_ids = list(string), organization_id = string, principals = list(string), recipients = optional(list(string), []) })
  default     = { account_id = "", source_cidrs = [], vpc_endpoint_ids = [], organization_id = null, principals = [] }
  nullable    = false
}

variable "web_acl_arn" {
  description = "Web ACL to put in front of the stage; null means none."
  type        = string
  default     = null
}

variable "create_web_acl" {
  description = "Whether to make a web ACL for the stage."
  type        = bool
  default     = false
  nullable    = false
}

variable "reveals_per_address" {
  description = "How often one address may call reveal in five minutes, with create_web_acl."
  type        = number
  default     = 100
  nullable    = false
}
