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
  description = "REGIONAL or EDGE."
  type        = string
  nullable    = false
}

variable "routes" {
  description = "By \"METHOD /path\" (a path has at most four segments): the function that answers, and the authorization (AWS_IAM or NONE)."
  type        = map(object({ function = string, authorization = string }))
  nullable    = false

  validation {
    condition     = alltrue([for call in keys(var.routes) : can(regex("^(DELETE|GET|PATCH|POST|PUT) (/[a-z0-9{}_+-]+){1,4}$", call))])
    error_message = "A route is a method and a path of one to four segments."
  }
}

variable "functions" {
  description = "By the name that routes use: the function's name and its invocation ARN."
  type        = map(object({ function_name = string, invoke_arn = string }))
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
  description = "Requests per second that the API accepts on average."
  type        = number
  nullable    = false
}

variable "throttle_burst" {
  description = "Requests that the API accepts at once."
  type        = number
  nullable    = false
}
