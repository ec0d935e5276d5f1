# What invokes the functions, how many run at once, how they start, and where the reaper's failures go.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Each run is destroyed at the end.
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

override_resource {
  target = module.storage.aws_dynamodb_table.secrets
  values = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/secrets", stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/secrets/stream/1" }
}

override_resource {
  target = module.storage.aws_dynamodb_table.receipts
  values = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/receipts", stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/receipts/stream/1" }
}

override_resource {
  target = module.storage.aws_s3_bucket.files
  values = { arn = "arn:aws:s3:::files" }
}

override_resource {
  target = module.function["reap"].aws_lambda_function.this
  values = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:reap" }
}

override_resource {
  target = module.function["audit"].aws_lambda_function.this
  values = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:audit" }
}

override_resource {
  target = module.function["stray"].aws_lambda_function.this
  values = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:stray" }
}

override_resource {
  target = module.storage.aws_kms_key.storage
  values = { id = "storage", arn = "arn:aws:kms:eu-central-1:123456789012:key/storage" }
}

run "streams" {
  command = apply

  variables {
    reserved_concurrency = { create = 50 }
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["reap"].event_source_arn == "arn:aws:dynamodb:eu-central-1:123456789012:table/secrets/stream/1" &&
      aws_lambda_event_source_mapping.stream["reap"].function_name == "arn:aws:lambda:eu-central-1:123456789012:function:reap" &&
      aws_lambda_event_source_mapping.stream["audit"].event_source_arn == "arn:aws:dynamodb:eu-central-1:123456789012:table/receipts/stream/1" &&
      aws_lambda_event_source_mapping.stream["audit"].function_name == "arn:aws:lambda:eu-central-1:123456789012:function:audit" &&
      length(aws_lambda_event_source_mapping.stream) == 2
    )
    error_message = "reap reads the secrets' stream and audit the receipts'."
  }

  assert {
    condition = [for filter in one(aws_lambda_event_source_mapping.stream["reap"].filter_criteria).filter :
    jsondecode(filter.pattern)] == [{ eventName = ["REMOVE"] }]
    error_message = "reap sees removals only."
  }

  assert {
    condition = [for filter in one(aws_lambda_event_source_mapping.stream["audit"].filter_criteria).filter :
    jsondecode(filter.pattern)] == [{ eventName = ["INSERT", "MODIFY"] }]
    error_message = "audit sees every change of a receipt, and not its purge."
  }

  # DeleteObjects takes 1,000 keys, PutLogEvents 1 MB.
  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["reap"].batch_size == 1000 &&
      aws_lambda_event_source_mapping.stream["audit"].batch_size == 300
    )
    error_message = "A batch is what one call of the function can pass on."
  }

  # The events of a reveal and of the erasure that follows share a run.
  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["reap"].maximum_batching_window_in_seconds == 0 &&
      aws_lambda_event_source_mapping.stream["audit"].maximum_batching_window_in_seconds == 1
    )
    error_message = "reap erases at once, and audit gathers for a second."
  }

  assert {
    condition = alltrue([for mapping in aws_lambda_event_source_mapping.stream :
      mapping.starting_position == "TRIM_HORIZON" && mapping.bisect_batch_on_function_error &&
      mapping.function_response_types == toset(["ReportBatchItemFailures"]) &&
      mapping.maximum_retry_attempts >= 1 && mapping.maximum_retry_attempts <= 10000 &&
      mapping.maximum_record_age_in_seconds > 0 && mapping.maximum_record_age_in_seconds < 86400
    ])
    error_message = "No change is missed, one bad record does not stop the others, and retries end before the stream drops the record."
  }

  assert {
    condition = alltrue([for mapping in aws_lambda_event_source_mapping.stream :
    one(one(mapping.destination_config).on_failure).destination_arn == aws_sqs_queue.dead_letters.arn])
    error_message = "What can't be processed goes to the dead letters."
  }

  assert {
    condition = (
      aws_sqs_queue.dead_letters.name == "burnbag-test-reaper-dead-letters" &&
      aws_sqs_queue.dead_letters.message_retention_seconds == 1209600 &&
      aws_sqs_queue.dead_letters.kms_master_key_id == "arn:aws:kms:eu-central-1:123456789012:key/storage"
    )
    error_message = "Dead letters are kept for 14 days, encrypted with the storage key."
  }

  assert {
    condition = (
      aws_cloudwatch_event_rule.sweep.schedule_expression == "rate(1 minute)" &&
      aws_lambda_permission.sweep.function_name == "burnbag-test-sweep" &&
      aws_lambda_permission.sweep.source_arn == aws_cloudwatch_event_rule.sweep.arn
    )
    error_message = "sweep runs every minute, and EventBridge may invoke it only by this rule."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.sweep.function_name == "burnbag-test-sweep" &&
      aws_lambda_function_event_invoke_config.sweep.maximum_retry_attempts == 0 &&
      aws_lambda_function_event_invoke_config.sweep.maximum_event_age_in_seconds == 60
    )
    error_message = "A sweep that failed is not tried again: the next one starts within a minute."
  }

  assert {
    condition = (
      aws_cloudwatch_event_rule.reconcile.schedule_expression == "rate(1 day)" &&
      aws_lambda_permission.reconcile.function_name == "burnbag-test-reconcile" &&
      aws_lambda_permission.reconcile.source_arn == aws_cloudwatch_event_rule.reconcile.arn &&
      aws_cloudwatch_event_target.reconcile.arn == module.function["reconcile"].arn
    )
    error_message = "reconcile runs every day, and EventBridge may invoke it only by this rule."
  }

  assert {
    condition = (
      aws_s3_bucket_notification.uploads.bucket == output.files_bucket_name && aws_s3_bucket_notification.uploads.eventbridge != true &&
      length(aws_s3_bucket_notification.uploads.queue) == 0 && length(aws_s3_bucket_notification.uploads.topic) == 0 &&
      [for it in aws_s3_bucket_notification.uploads.lambda_function : "${it.lambda_function_arn} ${join(",", sort(it.events))} ${it.filter_prefix}"] ==
      ["arn:aws:lambda:eu-central-1:123456789012:function:stray s3:ObjectCreated:CompleteMultipartUpload,s3:ObjectCreated:Post,s3:ObjectCreated:Put files/"]
    )
    error_message = "Every object that arrives, by a form or from create, invokes stray, and nobody else is notified."
  }

  assert {
    condition = (
      aws_lambda_permission.stray.function_name == "burnbag-test-stray" && aws_lambda_permission.stray.principal == "s3.amazonaws.com" &&
      aws_lambda_permission.stray.source_arn == "arn:aws:s3:::files" && aws_lambda_permission.stray.source_account == "123456789012"
    )
    error_message = "Only this account's bucket may invoke stray."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.stray.function_name == "burnbag-test-stray" &&
      aws_lambda_function_event_invoke_config.stray.maximum_retry_attempts == 2 &&
      aws_lambda_function_event_invoke_config.stray.maximum_event_age_in_seconds == 21600 &&
      one(one(aws_lambda_function_event_invoke_config.stray.destination_config).on_failure).destination == aws_sqs_queue.dead_letters.arn
    )
    error_message = "An upload that stray can't judge goes to the dead letters after two more attempts."
  }

  assert {
    condition     = local.reserved_concurrency == tomap({ create = 50 })
    error_message = "Without the account's quota, only what is asked for is reserved."
  }
}

run "snapshots" {
  command = apply

  variables {
    snap_start_functions = ["create", "reveal", "page", "reap", "sweep", "audit", "stray"]
    role_path            = "/services/"

    account_concurrency  = 1000
    reserved_concurrency = { create = 50, reap = 20 }
  }

  assert {
    condition = (
      [for it in aws_lambda_event_source_mapping.stream : it.function_name] == [for it in ["audit", "reap"] : module.function[it].arn] &&
      aws_cloudwatch_event_target.sweep.arn == module.function["sweep"].arn && endswith(module.function["sweep"].arn, ":live") &&
      one(aws_s3_bucket_notification.uploads.lambda_function).lambda_function_arn == module.function["stray"].arn
    )
    error_message = "The streams, the clock and uploads invoke the alias."
  }

  assert {
    condition = [
      aws_lambda_permission.sweep.qualifier, aws_lambda_permission.stray.qualifier,
      aws_lambda_function_event_invoke_config.sweep.qualifier, aws_lambda_function_event_invoke_config.stray.qualifier,
    ] == ["live", "live", "live", "live"]
    error_message = "The permissions are for the alias, and so is what happens after a failure."
  }

  assert {
    condition = (
      local.invocations.create.qualifier == "live" && local.invocations.page.qualifier == "live" &&
      endswith(split("/invocations", local.invocations.reveal.invoke_arn)[0], ":live")
    )
    error_message = "API Gateway invokes the alias."
  }

  assert {
    condition     = local.reserved_concurrency == tomap({ create = 50, reap = 20, sweep = 1, audit = 10, stray = 5 })
    error_message = "The reaper's functions have their own, unless a number is given."
  }
}

run "one_snapshot" {
  command = plan

  variables {
    snap_start_functions = ["reveal"]
    account_concurrency  = 125
  }

  assert {
    condition = (
      local.invocations.reveal.qualifier == "live" && local.invocations.create.qualifier == null &&
      aws_lambda_permission.sweep.qualifier == null && endswith(aws_lambda_event_source_mapping.stream["reap"].function_name, ":reap")
    )
    error_message = "The others are invoked as ever."
  }

  assert {
    condition     = length(local.reserved_concurrency) == 0
    error_message = "A hundred stay unreserved."
  }
}
