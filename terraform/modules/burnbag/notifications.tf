# Who is told of which events, by var.notifications: rules on the event bus, and what they call.

locals {
  # A notification's filter. What it does not name, everybody passes.
  notification_patterns = { for name, it in var.notifications : name => merge(
    { source = ["burnbag"] },
    { for key, names in { detail-type = sort(it.events) } : key => names if length(names) > 0 },
    { for key, filters in { detail = merge(
      { for field, creators in { created_by = [for creator in sort(it.creators) : jsondecode(local.creator_filters[creator])] } : field => creators if length(creators) > 0 },
      { for field, prefix in { label = it.label_prefix } : field => [{ prefix = prefix }] if prefix != null },
    ) } : key => filters if length(filters) > 0 },
  ) }

  # EventBridge refuses rules whose wildcards are too many or too wide, so only what needs one is one.
  creator_filters = { for creator in distinct(flatten([for it in values(var.notifications) : tolist(it.creators)])) : creator => (
    !strcontains(creator, "*") ? jsonencode(creator)
    : endswith(creator, "*") && length(split("*", creator)) == 2 ? jsonencode({ prefix = trimsuffix(creator, "*") })
    : jsonencode({ wildcard = creator })
  ) }

  # EventBridge can't sign a request, and it can't take a secret but from a connection.
  called = { for name, it in var.notifications : name => merge(it.slack != null ? it.slack : { connection_arn = it.webhook.connection_arn, url = it.webhook.url, channel = null }, {
    calls_per_second = it.calls_per_second
  }) if it.email == null }
  mailed = { for name, it in var.notifications : name => it.email if it.email != null }

  # EventBridge puts values into a template as they are, so only what audit and Terraform write stands here, and
  # of what senders write only the summary, which has no character that JSON or Slack takes for its own. As plain
  # text, Slack makes no links and mentions of it; `text` is what a notification on a telephone shows.
  # jsonencode writes < and > as \u003c and \u003e.
  slack_templates = { for name, it in var.notifications : name => replace(replace(jsonencode({
    channel      = it.slack.channel
    text         = "burnbag ${var.environment}: <event>"
    blocks       = [{ type = "section", text = { type = "plain_text", text = "<summary>", emoji = false } }]
    unfurl_links = false
    unfurl_media = false
  }), "\\u003c", "<"), "\\u003e", ">") if it.slack != null }

  notification_rules = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.prefix}/${local.prefix}-*"
  notification_arns  = merge({ for name, it in aws_cloudwatch_event_api_destination.notification : name => it.arn }, { for name, it in aws_sns_topic.notification : name => it.arn })
}

resource "aws_cloudwatch_event_rule" "notification" {
  for_each = var.notifications

  name           = "${local.prefix}-${each.key}"
  description    = "Tells of burnbag's events: ${each.key}."
  event_bus_name = aws_cloudwatch_event_bus.events[0].name
  event_pattern  = jsonencode(local.notification_patterns[each.key])
}

# What can't be delivered for six hours is nothing to be told of any more: it is kept in the queue.
resource "aws_cloudwatch_event_target" "notification" {
  for_each = aws_cloudwatch_event_rule.notification

  rule           = each.value.name
  event_bus_name = each.value.event_bus_name
  arn            = local.notification_arns[each.key]
  role_arn       = contains(keys(local.called), each.key) ? aws_iam_role.notifications[0].arn : null
  # A webhook gets the event itself.
  input_path = var.notifications[each.key].webhook != null ? "$.detail" : null

  dynamic "input_transformer" {
    for_each = var.notifications[each.key].webhook == null ? [1] : []
    content {
      input_paths    = { event = "$.detail.event", summary = "$.detail.summary" }
      input_template = lookup(local.slack_templates, each.key, "\"<summary>\"")
    }
  }

  retry_policy {
    maximum_event_age_in_seconds = 21600
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.notification_dead_letters[0].arn
  }

  depends_on = [aws_sns_topic_policy.notification, aws_sqs_queue_policy.notification_dead_letters, aws_iam_role_policy.notifications]
}

resource "aws_cloudwatch_event_api_destination" "notification" {
  for_each = local.called

  name                             = "${local.prefix}-${each.key}"
  connection_arn                   = each.value.connection_arn
  invocation_endpoint              = each.value.url
  http_method                      = "POST"
  invocation_rate_limit_per_second = each.value.calls_per_second
}

# With this role EventBridge calls these destinations, and nothing else.
data "aws_iam_policy_document" "notifications_trust" {
  count = length(local.called) > 0 ? 1 : 0

  statement {
    sid     = "RulesCall"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.notification_rules]
    }
  }
}

data "aws_iam_policy_document" "notifications" {
  count = length(local.called) > 0 ? 1 : 0

  statement {
    sid       = "CallDestinations"
    actions   = ["events:InvokeApiDestination"]
    resources = values(aws_cloudwatch_event_api_destination.notification)[*].arn
  }
}

resource "aws_iam_role" "notifications" {
  count = length(local.called) > 0 ? 1 : 0

  name                 = "${local.prefix}-notifications-${local.region}"
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.notifications_trust[0].json
}

resource "aws_iam_role_policy" "notifications" {
  count = length(local.called) > 0 ? 1 : 0

  name   = "notifications"
  role   = aws_iam_role.notifications[0].name
  policy = data.aws_iam_policy_document.notifications[0].json
}

resource "aws_sns_topic" "notification" {
  for_each = local.mailed

  name              = "${local.prefix}-notifications-${each.key}"
  kms_master_key_id = module.storage.storage_key_arn
}

data "aws_iam_policy_document" "notification_topic" {
  for_each = aws_sns_topic.notification

  statement {
    sid       = "ItsRuleTells"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.notification[each.key].arn]
    }
  }
}

resource "aws_sns_topic_policy" "notification" {
  for_each = aws_sns_topic.notification

  arn    = each.value.arn
  policy = data.aws_iam_policy_document.notification_topic[each.key].json
}

resource "aws_sns_topic_subscription" "notification" {
  for_each = merge([for name, addresses in local.mailed : { for address in addresses : "${name} ${address}" => {
    topic = aws_sns_topic.notification[name].arn, address = address
  } }]...)

  topic_arn = each.value.topic
  endpoint  = each.value.address
  protocol  = "email"
}

# What could not be delivered, of all notifications. Each letter says which rule it is of, and why.
resource "aws_sqs_queue" "notification_dead_letters" {
  count = length(var.notifications) > 0 ? 1 : 0

  name                              = local.queue_names.notifications
  message_retention_seconds         = 1209600
  kms_master_key_id                 = module.storage.storage_key_arn
  kms_data_key_reuse_period_seconds = 300
}

data "aws_iam_policy_document" "notification_dead_letters" {
  count = length(var.notifications) > 0 ? 1 : 0

  statement {
    sid       = "RulesSetAside"
    actions   = ["sqs:SendMessage"]
    resources = aws_sqs_queue.notification_dead_letters[*].arn

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = values(aws_cloudwatch_event_rule.notification)[*].arn
    }
  }
}

resource "aws_sqs_queue_policy" "notification_dead_letters" {
  count = length(var.notifications) > 0 ? 1 : 0

  queue_url = aws_sqs_queue.notification_dead_letters[0].url
  policy    = data.aws_iam_policy_document.notification_dead_letters[0].json
}
