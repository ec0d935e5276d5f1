# Variables for watching: the dashboard, alarms, whom they tell, the watch-list, and saved queries.

variable "dashboard" {
  description = "Whether to make a CloudWatch dashboard of 50 metrics. An account's first three dashboards of up to 50 metrics are free, each further one costs 3 USD a month; while it is open, its tables read the audit log (0.005 USD for each GB)."
  type        = bool
  default     = false
  nullable    = false
}

variable "runbook_url" {
  description = "Address of docs/operations.md as you publish it, such as https://wiki.example.com/burnbag: the dashboard links to its sections. Null means that it only names them."
  type        = string
  default     = null

  validation {
    condition     = var.runbook_url == null || can(regex("^https?://[^#\\s()]+$", var.runbook_url))
    error_message = "runbook_url is a URL without a fragment, such as https://wiki.example.com/burnbag."
  }
}

variable "alarms" {
  description = "Whether alarms watch the stack and tell a topic (alarm_topic_arn). About 4 USD a month: 0.10 for each of 34 metrics that alarms look at, 0.50 for the one alarm above them."
  type        = bool
  default     = false
  nullable    = false
}

variable "watch_list" {
  description = "Whether the alarm topic is also told of changes of keys, roles, functions, tables, streams, the bucket and the sign-in, as CloudTrail reports them (docs/watching.md). Needs alarms, and a trail in the account."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = var.alarms || !var.watch_list
    error_message = "watch_list tells the topic of the alarms: turn alarms on too."
  }
}

variable "trail_log_group_name" {
  description = "Log group that a trail of this account writes to, in this region: one more alarm rings when anybody but reveal decrypts with the sealing key, or tries to (about 0.40 USD a month). Null for none. Needs alarms."
  type        = string
  default     = null

  validation {
    condition     = var.trail_log_group_name == null || can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.trail_log_group_name))
    error_message = "trail_log_group_name is a log group's name, such as aws-cloudtrail-logs: no ARN."
  }

  validation {
    condition     = var.alarms || var.trail_log_group_name == null
    error_message = "trail_log_group_name is for an alarm: turn alarms on too."
  }
}

variable "alarm_subscribers" {
  description = "Whom the alarm topic tells: e-mail addresses, https URLs, and ARNs of SQS queues and Lambda functions. Mail and URLs have to confirm."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([for it in var.alarm_subscribers :
      can(regex("^([^@ ]+@[^@ ]+\\.[^@ ]+|https://[^ ]+|arn:[a-z-]+:(sqs|lambda):[^ ]+)$", it)) || (var.emulator_endpoint_url != null && startswith(it, "http://127.0.0.1:"))
    ])
    error_message = "An alarm subscriber is an e-mail address, a URL with https://, or the ARN of an SQS queue or a Lambda function."
  }

  validation {
    condition     = var.alarms || length(var.alarm_subscribers) == 0
    error_message = "alarm_subscribers are told by alarms: turn alarms on too."
  }
}

variable "alarm_thresholds" {
  description = "From where on an alarm rings, where not by its default (watching.tf): seconds for stream_lag, audit_behind, overdue and erase_lag; milliseconds for latency; in five minutes, function_errors of one function, throttles of all, server_errors in percent of the answers, guesses, locks, refusals and kms_refusals."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.alarm_thresholds), keys(local.default_thresholds))) == 0
    error_message = "alarm_thresholds are audit_behind, erase_lag, function_errors, guesses, kms_refusals, latency, locks, overdue, refusals, server_errors, stream_lag or throttles."
  }

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : threshold > 0])
    error_message = "alarm_thresholds are above 0."
  }
}

locals {
  default_thresholds = {
    # A stream's records wait for a second by design; what is lost after 24 hours is noticed long before.
    stream_lag = 60
    # A heartbeat takes seconds. The promise has two minutes for all of it.
    audit_behind = 120
    # The sweep comes every minute: twice that means that it did not delete.
    overdue = 120
    # What is promised.
    erase_lag = 120
    # One or two are AWS's own, and repeated.
    function_errors = 3
    # Callers are told to come again, and do.
    throttles = 10
    # Of at least 20 requests.
    server_errors = 5
    # Half of what create and reveal have (20 s).
    latency = 10000
    # People mistype. A fifth guess locks, so this is four secrets under attack, or a crowd.
    guesses = 20
    locks   = 3
    # Who opens it in a wrong account tries once more, and is told which one it was. More is no slip.
    refusals = 5
    # None is usual: a right or a key is gone.
    kms_refusals = 1
  }
  thresholds = merge(local.default_thresholds, var.alarm_thresholds)
}

variable "saved_queries" {
  description = "Whether an auditor's ten questions are saved in CloudWatch Logs Insights. A saved query costs nothing; running one costs by the GB that it reads."
  type        = bool
  default     = true
  nullable    = false
}
