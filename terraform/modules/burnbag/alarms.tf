# What wakes an operator, for the right reasons and for no other. docs/operations.md says of each alarm what
# it means and what to do.
#
# A 4xx is normal here (gone, wrong passphrase), so nothing looks at its rate.

locals {
  own = { namespace = "burnbag", dimensions = { environment = var.environment } }
  of_function = { for key, function in module.function : key => {
    namespace = "AWS/Lambda", dimensions = { FunctionName = function.invocation.function_name }
  } }
  of_api   = { namespace = "AWS/ApiGateway", dimensions = { ApiName = local.prefix, Stage = local.stage } }
  of_queue = { namespace = "AWS/SQS", dimensions = { QueueName = aws_sqs_queue.dead_letters.name } }
  of_audit = { namespace = "AWS/Logs", dimensions = { LogGroupName = aws_cloudwatch_log_group.audit.name } }

  # One metric each. `of` is where it is from, `missing` what it means that nothing was measured: silence is
  # normal where something is counted, and an alarm where something beats.
  simple_alarms = {
    dead-letters = {
      what = "Something could not be processed and was set aside."
      of   = local.of_queue, metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      op   = ">=", threshold = 1, minutes = 1, missing = "notBreaching"
    }
    reap-late = {
      what = "What is gone is not erased: reap is behind its stream."
      of   = local.of_function["reap"], metric = "IteratorAge", statistic = "Maximum"
      op   = ">", threshold = local.thresholds.stream_lag * 1000, minutes = 3, missing = "notBreaching"
    }
    audit-late = {
      what = "Audit events are late: audit is behind its stream."
      of   = local.of_function["audit"], metric = "IteratorAge", statistic = "Maximum"
      op   = ">", threshold = local.thresholds.stream_lag * 1000, minutes = 3, missing = "notBreaching"
    }
    heartbeat = {
      what = "The heartbeat through sweep, both streams, reap and audit is late or lost: one of them stands still."
      of   = local.own, metric = "AuditBehindSeconds", statistic = "Maximum"
      op   = ">", threshold = local.thresholds.audit_behind, minutes = 5, missing = "breaching"
    }
    no-sweep = {
      what = "The sweep has not run for five minutes: what expires is unreadable, but not erased."
      of   = local.own, metric = "OldestOverdueSeconds", statistic = "SampleCount"
      op   = "<", threshold = 1, minutes = 5, missing = "breaching"
    }
    overdue = {
      what = "Records are overdue that the sweep should have deleted."
      of   = local.own, metric = "OldestOverdueSeconds", statistic = "Maximum"
      op   = ">", threshold = local.thresholds.overdue, minutes = 2, missing = "notBreaching"
    }
    erase-lag = {
      what = "A secret was erased later than is promised."
      of   = local.own, metric = "erase_lag_seconds", statistic = "Maximum"
      op   = ">", threshold = local.thresholds.erase_lag, minutes = 1, missing = "notBreaching"
    }
    unreconciled = {
      what = "Something was left of a secret after its end, or is missing: a stream had forgotten it."
      of   = local.own, metric = "ReconcileFindings", statistic = "Maximum"
      op   = ">=", threshold = 1, minutes = 1, missing = "notBreaching"
    }
    no-reconcile = {
      what = "Nothing was reconciled for two days, so what a stream forgets is not found."
      of   = local.own, metric = "ReconcileFindings", statistic = "SampleCount", period = 86400
      op   = "<", threshold = 1, minutes = 2, missing = "breaching"
    }
    latency = {
      what = "One call in a hundred takes nearly as long as it may."
      of   = local.of_api, metric = "Latency", statistic = "p99", period = 300
      op   = ">", threshold = local.thresholds.latency, minutes = 1, missing = "notBreaching"
    }
    guesses = {
      what = "More wrong passphrases than people mistype."
      of   = local.own, metric = "PassphrasesFailed", statistic = "Sum", period = 300
      op   = ">=", threshold = local.thresholds.guesses, minutes = 1, missing = "notBreaching"
    }
    locks = {
      what = "Several secrets were locked or frozen by five wrong passphrases each."
      of   = local.own, metric = "SecretsLocked", statistic = "Sum", period = 300
      op   = ">=", threshold = local.thresholds.locks, minutes = 1, missing = "notBreaching"
    }
    refusals = {
      what = "Links are tried by others than those whom they name."
      of   = local.own, metric = "RecipientsRefused", statistic = "Sum", period = 300
      op   = ">=", threshold = local.thresholds.refusals, minutes = 1, missing = "notBreaching"
    }
    undelivered = {
      what   = "A notification could not be delivered and was set aside."
      wanted = length(var.notifications) > 0
      of     = { namespace = "AWS/SQS", dimensions = { QueueName = "${local.prefix}-notifications-dead-letters" } }
      metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      op     = ">=", threshold = 1, minutes = 1, missing = "notBreaching"
    }
    kms-refusals = {
      what = "KMS refused create or reveal: secrets can't be sealed, or don't open."
      of   = local.kms_refusals, metric = "KmsRefusals", statistic = "Sum", period = 300
      op   = ">=", threshold = local.thresholds.kms_refusals, minutes = 1, missing = "notBreaching"
    }
    foreign-decrypts = {
      what   = "Somebody else than reveal decrypted with the sealing key, or tried to."
      wanted = var.trail_log_group_name != null
      of     = local.kms_refusals, metric = "ForeignDecrypts", statistic = "Sum", period = 900
      op     = ">=", threshold = 1, minutes = 1, missing = "notBreaching"
    }
  }

  # reconcile runs once a day, so one failure is all of them. Whoever calls letters sees that it fails.
  function_alarms = { for key, of in local.of_function : "${key}-errors" => {
    what = "The function ${key} fails.", section = "function-errors"
    of   = of, metric = "Errors", statistic = "Sum", period = 300
    op   = ">=", threshold = key == "reconcile" ? 1 : local.thresholds.function_errors, minutes = 1, missing = "notBreaching"
  } if key != "letters" }

  # Several metrics, by the names that the expression has for them.
  composed_alarms = {
    throttles = {
      what       = "Lambda throttles burnbag's functions: its quota of concurrent executions is used up."
      expression = "SUM(METRICS())"
      metrics    = { for key, of in local.of_function : key => merge(of, { metric = "Throttles" }) if key != "letters" }
      threshold  = local.thresholds.throttles
    }
    server-errors = {
      what       = "The API fails for more than a few callers."
      expression = "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"
      metrics = {
        errors   = merge(local.of_api, { metric = "5XXError" })
        requests = merge(local.of_api, { metric = "Count" })
      }
      threshold = local.thresholds.server_errors
    }
    metrics-lost = {
      what       = "CloudWatch does not understand metrics in the audit log, so other alarms may be silent."
      expression = "SUM(METRICS())"
      metrics = {
        unparsed  = merge(local.of_audit, { metric = "EMFParsingErrors" })
        malformed = merge(local.of_audit, { metric = "EMFValidationErrors" })
      }
      threshold = 1
    }
  }

  # What breaks a promise. Throttled callers come again, guesses and refusals are what passphrases and names are for, a notification is
  # none, and reconcile only looks whether promises were kept.
  promises = setsubtract(
    concat(keys(merge(local.simple_alarms, local.function_alarms)), keys(local.composed_alarms)),
    concat(["guesses", "locks", "no-reconcile", "refusals", "throttles", "undelivered"], var.trail_log_group_name == null ? ["foreign-decrypts"] : []),
  )

  comparisons = {
    ">"  = "GreaterThanThreshold"
    ">=" = "GreaterThanOrEqualToThreshold"
    "<"  = "LessThanThreshold"
  }
  topics = aws_sns_topic.alarms[*].arn
  # A metric filter can give its metric no dimension of its own, so the namespace has the environment.
  kms_refusals = { namespace = "burnbag/${var.environment}", dimensions = {} }
}

resource "aws_cloudwatch_metric_alarm" "simple" {
  for_each = { for name, alarm in merge(local.simple_alarms, local.function_alarms) : name => alarm if var.alarms && lookup(alarm, "wanted", true) }

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = "${each.value.what} ${coalesce(var.runbook_url, "docs/operations.md")}#${lookup(each.value, "section", each.key)}"
  namespace           = each.value.of.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = lookup(each.value, "period", 60)
  evaluation_periods  = each.value.minutes
  comparison_operator = local.comparisons[each.value.op]
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = local.topics
  ok_actions          = local.topics
}

resource "aws_cloudwatch_metric_alarm" "composed" {
  for_each = { for name, alarm in local.composed_alarms : name => alarm if var.alarms }

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = "${each.value.what} ${coalesce(var.runbook_url, "docs/operations.md")}#${each.key}"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topics
  ok_actions          = local.topics

  metric_query {
    id          = "value"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

# One look for everything. It tells nobody by itself: the alarm below it has done so.
resource "aws_cloudwatch_composite_alarm" "promises" {
  count = var.alarms ? 1 : 0

  alarm_name        = "${local.prefix}-keeps-its-promises"
  alarm_description = "OK while burnbag keeps its promises. In alarm as long as any alarm is that is about one of them. ${coalesce(var.runbook_url, "docs/operations.md")}#keeps-its-promises"
  alarm_rule        = join(" OR ", [for name in sort(tolist(local.promises)) : "ALARM(\"${local.prefix}-${name}\")"])

  depends_on = [aws_cloudwatch_metric_alarm.simple, aws_cloudwatch_metric_alarm.composed]
}

# What create and reveal log when KMS does not do what they ask for: the call, and AWS's code.
resource "aws_cloudwatch_log_metric_filter" "kms_refusals" {
  for_each = var.alarms ? toset(["create", "reveal"]) : []

  name           = "${local.prefix}-${each.key}-kms-refusals"
  log_group_name = module.function[each.key].log_group_name
  pattern        = "?\"AWS failed: GenerateDataKey\" ?\"AWS failed: Decrypt\" ?\"AWS failed: Sign\" ?\"AWS failed: GetPublicKey\""

  metric_transformation {
    name      = "KmsRefusals"
    namespace = local.kms_refusals.namespace
    value     = "1"
    unit      = "Count"
  }
}

# CloudTrail's records of whoever decrypts with the sealing key and is not reveal. A service, or a principal of
# another account, has no ARN there; who was denied names the key in the error alone.
# `burnbag audit --cloudtrail` asks the same, and holds what reveal does against the audit log.
resource "aws_cloudwatch_log_metric_filter" "foreign_decrypts" {
  count = var.alarms && var.trail_log_group_name != null ? 1 : 0

  name           = "${local.prefix}-foreign-decrypts"
  log_group_name = var.trail_log_group_name
  pattern = join(" && ", [
    "{ ($.eventSource = \"kms.amazonaws.com\")",
    "($.eventName = \"Decrypt\" || $.eventName = \"ReEncrypt\")",
    "($.resources[0].ARN = \"${module.storage.sealing_key_arn}\" || $.resources[1].ARN = \"${module.storage.sealing_key_arn}\" || $.errorMessage = \"*${module.storage.sealing_key_arn}*\")",
    "($.userIdentity.arn NOT EXISTS || $.userIdentity.arn != \"arn:${local.partition}:sts::${local.account_id}:assumed-role/${local.prefix}-reveal-${local.region}/*\") }",
  ])

  metric_transformation {
    name      = "ForeignDecrypts"
    namespace = local.kms_refusals.namespace
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_sns_topic" "alarms" {
  count = var.alarms ? 1 : 0

  name              = "${local.prefix}-alarms"
  kms_master_key_id = module.storage.storage_key_arn
}

data "aws_iam_policy_document" "alarms" {
  count = var.alarms ? 1 : 0

  statement {
    sid       = "AlarmsTell"
    actions   = ["sns:Publish"]
    resources = local.topics

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.prefix}-*"]
    }
  }

  dynamic "statement" {
    for_each = var.watch_list ? [1] : []
    content {
      sid       = "TheWatchListTells"
      actions   = ["sns:Publish"]
      resources = local.topics

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = values(aws_cloudwatch_event_rule.watch)[*].arn
      }
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  count = var.alarms ? 1 : 0

  arn    = aws_sns_topic.alarms[0].arn
  policy = data.aws_iam_policy_document.alarms[0].json
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = var.alarm_subscribers

  topic_arn = aws_sns_topic.alarms[0].arn
  endpoint  = each.value
  protocol  = startswith(each.value, "arn:") ? split(":", each.value)[2] : can(regex("^https?://", each.value)) ? split(":", each.value)[0] : "email"
  # Terraform does not wait for mail and pages to confirm.
  endpoint_auto_confirms = false
}
