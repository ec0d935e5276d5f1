# Variables for telling others what becomes of secrets: the event bus, and notifications on it.

variable "event_bus" {
  description = "Whether each audit event is also put on an EventBridge bus (event_bus_name), for whoever subscribes to it: docs/notifications.md. 1.00 USD per million events."
  type        = bool
  default     = false
  nullable    = false
}

variable "notifications" {
  description = "Who is told of which events on the bus, by a name: either slack, a webhook or email (addresses; an empty set is a topic alone), only for these events, creators (ARNs, in which * is any text, or e-mail addresses of people) and a label that begins with label_prefix. connection_arn is an EventBridge connection, which has the secret. 0.20 USD per million calls, 2.00 per 100,000 mails. See docs/notifications.md."
  type        = map(object({ events = optional(set(string), []), creators = optional(set(string), []), label_prefix = optional(string), slack = optional(object({ connection_arn = string, channel = string, url = optional(string, "https://slack.com/api/chat.postMessage") })), webhook = optional(object({ connection_arn = string, url = string })), email = optional(set(string)), calls_per_second = optional(number, 1) }))
  default     = {}
  nullable    = false

  validation {
    condition     = var.event_bus || length(var.notifications) == 0
    error_message = "notifications are rules on the event bus: turn event_bus on too."
  }

  validation {
    condition     = alltrue([for name in keys(var.notifications) : can(regex("^[a-z][a-z0-9-]{0,19}$", name))])
    error_message = "A notification's name has at most 20 small letters, digits and hyphens, and begins with a letter."
  }

  validation {
    condition     = alltrue([for it in values(var.notifications) : length([for way in [it.slack, it.webhook, it.email] : way if way != null]) == 1])
    error_message = "A notification is told in exactly one way: slack, webhook or email."
  }

  validation {
    condition     = alltrue([for it in values(var.notifications) : length(setsubtract(it.events, local.event_names)) == 0])
    error_message = "Events are secret.created, .requested, .submitted, .revealed, .passphrase_failed, .refused, .locked, .frozen, .unfrozen, .revoked, .expired or .erased."
  }

  validation {
    condition = alltrue(flatten([for it in values(var.notifications) : [
      for creator in it.creators : startswith(creator, "arn:") && !strcontains(creator, "**") || can(regex("^[^@:*A-Z]+@[^@:*A-Z]+$", creator))
    ]]))
    error_message = "A creator is an ARN, in which * stands for any text and ** for none, or an e-mail address in lower case."
  }

  validation {
    condition     = alltrue([for it in values(var.notifications) : it.label_prefix != ""])
    error_message = "label_prefix has at least one character; leave it out for every label."
  }

  validation {
    condition = alltrue(flatten([for it in values(var.notifications) : [for way in [it.slack, it.webhook] :
      can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:connection/[^ ]+$", way.connection_arn)) if way != null
    ]]))
    error_message = "connection_arn is the ARN of an EventBridge connection."
  }

  validation {
    condition = alltrue(flatten([for it in values(var.notifications) : [for way in [it.slack, it.webhook] :
      can(regex("^https://[^ ]+$", way.url)) || (var.emulator_endpoint_url != null && startswith(way.url, "http://127.0.0.1:")) if way != null
    ]]))
    error_message = "A notification's url begins with https://."
  }

  validation {
    condition     = alltrue([for it in values(var.notifications) : it.slack == null || can(regex("^[#A-Za-z0-9._-]{1,80}$", it.slack.channel))])
    error_message = "A Slack channel is its id, such as C0123456789, or #name."
  }

  validation {
    condition     = alltrue(flatten([for it in values(var.notifications) : [for address in coalesce(it.email, []) : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", address))]]))
    error_message = "email has addresses, such as you@example.com."
  }

  validation {
    condition     = alltrue([for it in values(var.notifications) : it.calls_per_second >= 1 && it.calls_per_second <= 300 && floor(it.calls_per_second) == it.calls_per_second])
    error_message = "calls_per_second is a whole number from 1 to 300."
  }
}

locals {
  event_names = [for name in ["created", "requested", "submitted", "revealed", "passphrase_failed", "refused", "locked", "frozen", "unfrozen", "revoked", "expired", "erased"] : "secret.${name}"]
}
