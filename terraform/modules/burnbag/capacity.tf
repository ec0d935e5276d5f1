# Variables for what the API and the functions take at once, and how fast they start.

variable "method_throttles" {
  description = "By call, such as \"POST /v1/secrets/{id}/reveal\": requests per second on average (rate) and at once (burst), instead of throttle_rate and throttle_burst."
  type        = map(object({ rate = number, burst = number }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for call in keys(var.method_throttles) : contains(keys(local.routes), call)])
    error_message = "method_throttles are for calls of the API, such as \"POST /v1/secrets/{id}/reveal\"."
  }

  validation {
    condition = alltrue([for limit in values(var.method_throttles) :
      limit.rate > 0 && limit.rate <= 10000 && floor(limit.burst) == limit.burst && limit.burst >= 1 && limit.burst <= 5000
    ])
    error_message = "A rate is above 0 and at most 10000, a burst a whole number from 1 to 5000."
  }
}

variable "account_concurrency" {
  description = "Lambda's quota of concurrent executions for this account and region (aws lambda get-account-settings). Where it leaves room, the reaper's functions get their own; null means that none is reserved for them."
  type        = number
  default     = null

  validation {
    condition     = var.account_concurrency == null || try(floor(var.account_concurrency) == var.account_concurrency && var.account_concurrency >= 1, false)
    error_message = "account_concurrency is a whole number of at least 1."
  }

  # Lambda refuses a reservation that leaves less to the functions without one.
  validation {
    condition     = length(var.reserved_concurrency) == 0 || try(var.account_concurrency - sum(values(var.reserved_concurrency)) >= 100, true)
    error_message = "reserved_concurrency has to leave 100 of account_concurrency unreserved."
  }
}

variable "snap_start_functions" {
  description = "Functions (create, reveal, page, reap, sweep, audit, stray, reconcile, letters) that start from a snapshot: SnapStart, with a published version behind the alias live. Needs Python 3.12 or newer, and costs money."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.snap_start_functions, keys(local.functions))) == 0
    error_message = "snap_start_functions are create, reveal, page, reap, sweep, audit, stray, reconcile or letters."
  }

  validation {
    condition     = length(var.snap_start_functions) == 0 || var.lambda_runtime != "python3.11"
    error_message = "snap_start_functions needs lambda_runtime python3.12 or newer."
  }
}

locals {
  # What the reaper needs at its busiest. A stream is read by one run for each of its shards, which are
  # as many as the table's partitions: four in a new table, more in a large one.
  reaper_concurrency = { reap = 10, sweep = 1, audit = 10, stray = 5 }
  wanted_concurrency = merge(local.reaper_concurrency, var.reserved_concurrency)
  account_has_room   = try(var.account_concurrency - sum(values(local.wanted_concurrency)) >= 100, false)

  reserved_concurrency = local.account_has_room ? local.wanted_concurrency : var.reserved_concurrency
}
