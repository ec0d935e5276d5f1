# What invokes the reaper's functions, and where their failures go.

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
}

run "a_failing_sweep" {
  command = apply

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.sweep.function_name == "burnbag-test-sweep" &&
      aws_lambda_function_event_invoke_config.sweep.maximum_retry_attempts == 0 &&
      aws_lambda_function_event_invoke_config.sweep.maximum_event_age_in_seconds == 60
    )
    error_message = "A sweep that failed is not tried again: the next one starts within a minute."
  }
}

run "every_day" {
  command = apply

  assert {
    condition = (
      aws_cloudwatch_event_rule.reconcile.schedule_expression == "rate(1 day)" &&
      aws_lambda_permission.reconcile.function_name == "burnbag-test-reconcile" &&
      aws_lambda_permission.reconcile.source_arn == aws_cloudwatch_event_rule.reconcile.arn &&
      aws_cloudwatch_event_target.reconcile.arn == module.function["reconcile"].arn
    )
    error_message = "reconcile runs every day, and EventBridge may invoke it only by this rule."
  }
}

run "uploads" {
  command = apply

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
}
