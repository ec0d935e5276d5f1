# What invokes the reaper's functions: the two streams, the clock, and uploads. letters is invoked by operators.

resource "aws_sqs_queue" "dead_letters" {
  name                              = local.queue_names.reaper
  message_retention_seconds         = 1209600
  kms_master_key_id                 = module.storage.storage_key_arn
  kms_data_key_reuse_period_seconds = 300
}

locals {
  # By their names: the provider waits half a minute for a new queue, and the functions would wait with it.
  # Nothing is sent to one before it is there, because what invokes reap, audit and stray waits for it.
  queue_names = { reaper = "${local.prefix}-reaper-dead-letters", notifications = "${local.prefix}-notifications-dead-letters" }
  queue_arns  = { for key, name in local.queue_names : key => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${name}" }
  queue_host  = local.emulated ? var.emulator_endpoint_url : "https://sqs.${local.region}.${local.dns_suffix}"
  queue_urls  = { for key, name in local.queue_names : key => "${local.queue_host}/${local.account_id}/${name}" }

  streams = {
    # reap needs to know only that a record was removed, and its key. One DeleteObjects takes
    # 1,000 keys. It erases at once: it has settled the receipt of a secret that was revealed while
    # audit still gathers, so one run of audit tells of both.
    reap = { arn = module.storage.secrets_table.stream_arn, events = ["REMOVE"], batch = 1000, window = 0 }
    # audit needs every change of a receipt, but not its removal when its retention ends. It
    # writes them in parts, each of which fits into one PutLogEvents.
    audit = { arn = module.storage.receipts_table.stream_arn, events = ["INSERT", "MODIFY"], batch = 300, window = 1 }
  }
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = local.streams

  event_source_arn = each.value.arn
  # Not the name: the provider takes it for the same as an alias of that name, and would leave the stream
  # with an alias that is gone.
  function_name                      = module.function[each.key].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = each.value.batch
  maximum_batching_window_in_seconds = each.value.window
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_retry_attempts             = var.stream_retry_attempts
  # A stream keeps a record for 24 hours. Give up two hours earlier, while the dead letter still
  # leads to it.
  maximum_record_age_in_seconds = 79200

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = each.value.events })
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead_letters.arn
    }
  }
}

resource "aws_cloudwatch_event_rule" "sweep" {
  name                = "${local.prefix}-sweep"
  description         = "Runs burnbag's sweep."
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule = aws_cloudwatch_event_rule.sweep.name
  arn  = module.function["sweep"].arn

  # No retries: the next run, a minute later, does what this one could not.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

# EventBridge invokes asynchronously, so Lambda would try a failed run twice more by itself, while the
# next ones start.
resource "aws_lambda_function_event_invoke_config" "sweep" {
  function_name                = module.function["sweep"].invocation.function_name
  qualifier                    = module.function["sweep"].invocation.qualifier
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_lambda_permission" "sweep" {
  statement_id  = "EveryMinute"
  action        = "lambda:InvokeFunction"
  function_name = module.function["sweep"].invocation.function_name
  qualifier     = module.function["sweep"].invocation.qualifier
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.sweep.arn
}

# Where it fails, Lambda tries twice more by itself, and what was mended is not found again.
resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "${local.prefix}-reconcile"
  description         = "Runs burnbag's reconcile."
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "reconcile" {
  rule = aws_cloudwatch_event_rule.reconcile.name
  arn  = module.function["reconcile"].arn
}

resource "aws_lambda_permission" "reconcile" {
  statement_id  = "EveryDay"
  action        = "lambda:InvokeFunction"
  function_name = module.function["reconcile"].invocation.function_name
  qualifier     = module.function["reconcile"].invocation.qualifier
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.reconcile.arn
}

# An object may arrive after its record is gone: an upload by a presigned POST, one whose parts are put
# together, or one that create puts and that S3 stores late.
resource "aws_s3_bucket_notification" "uploads" {
  bucket = module.storage.files_bucket.name

  lambda_function {
    id                  = "Uploaded"
    lambda_function_arn = module.function["stray"].arn
    events              = ["s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:CompleteMultipartUpload"]
    filter_prefix       = "files/"
  }

  depends_on = [aws_lambda_permission.stray]
}

# Names the account too: a bucket's ARN does not, and one day somebody else may own a bucket of
# this name.
resource "aws_lambda_permission" "stray" {
  statement_id   = "Uploaded"
  action         = "lambda:InvokeFunction"
  function_name  = module.function["stray"].invocation.function_name
  qualifier      = module.function["stray"].invocation.qualifier
  principal      = "s3.amazonaws.com"
  source_arn     = module.storage.files_bucket.arn
  source_account = local.account_id
}

resource "aws_lambda_function_event_invoke_config" "stray" {
  function_name                = module.function["stray"].invocation.function_name
  qualifier                    = module.function["stray"].invocation.qualifier
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }
}
