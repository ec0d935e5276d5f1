# All of this used to be in this folder itself. Without these blocks, an upgrade would delete every
# secret and make an empty stack.

moved {
  from = module.storage
  to   = module.burnbag.module.storage
}

moved {
  from = module.function
  to   = module.burnbag.module.function
}

moved {
  from = module.api
  to   = module.burnbag.module.api
}

moved {
  from = module.observability.aws_cloudwatch_log_group.audit
  to   = aws_cloudwatch_log_group.audit
}

moved {
  from = aws_cloudwatch_log_group.audit
  to   = module.burnbag.aws_cloudwatch_log_group.audit
}

moved {
  from = aws_sqs_queue.dead_letters
  to   = module.burnbag.aws_sqs_queue.dead_letters
}

moved {
  from = aws_lambda_event_source_mapping.stream
  to   = module.burnbag.aws_lambda_event_source_mapping.stream
}

moved {
  from = aws_cloudwatch_event_rule.sweep
  to   = module.burnbag.aws_cloudwatch_event_rule.sweep
}

moved {
  from = aws_cloudwatch_event_target.sweep
  to   = module.burnbag.aws_cloudwatch_event_target.sweep
}

moved {
  from = aws_lambda_permission.sweep
  to   = module.burnbag.aws_lambda_permission.sweep
}

moved {
  from = aws_s3_bucket_notification.uploads
  to   = module.burnbag.aws_s3_bucket_notification.uploads
}

moved {
  from = aws_lambda_permission.stray
  to   = module.burnbag.aws_lambda_permission.stray
}

moved {
  from = aws_lambda_function_event_invoke_config.stray
  to   = module.burnbag.aws_lambda_function_event_invoke_config.stray
}

moved {
  from = aws_iam_policy.caller
  to   = module.burnbag.aws_iam_policy.caller
}

# The role by which API Gateway writes access logs belongs to the account, not to one stack: see
# account/. A stack that had made one forgets it, and leaves it in place.

removed {
  from = module.burnbag.module.api.aws_iam_role.logging

  lifecycle {
    destroy = false
  }
}

removed {
  from = module.burnbag.module.api.aws_iam_role_policy_attachment.logging

  lifecycle {
    destroy = false
  }
}

removed {
  from = module.burnbag.module.api.aws_api_gateway_account.this

  lifecycle {
    destroy = false
  }
}
