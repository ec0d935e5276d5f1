# With deletion_protection, `terraform destroy` destroys nothing: see docs/adr/0017.

# Terraform destroys what depends on other things before those. This depends on everything, so it is the
# first to go, and if it can't go, nothing else does. There is one for each key for receipts, so that a
# lower receipt_key_generation fails here too.
resource "terraform_data" "protection" {
  for_each = toset([for generation in range(1, var.receipt_key_generation + 1) : tostring(generation)])
  input    = var.deletion_protection
  # Another name would replace everything.
  triggers_replace = [var.environment]

  # It knows only what the last apply wrote: turning the protection off takes an apply of its own.
  provisioner "local-exec" {
    when    = destroy
    command = self.output ? "echo deletion_protection is on, so nothing is destroyed: turn it off and apply first && exit 1" : "exit 0"
  }

  depends_on = [
    module.storage,
    module.function,
    module.api,
    module.people,
    aws_cloudwatch_composite_alarm.promises,
    aws_cloudwatch_dashboard.this,
    aws_cloudwatch_event_api_destination.notification,
    aws_cloudwatch_event_bus.events,
    aws_cloudwatch_event_rule.notification,
    aws_cloudwatch_event_rule.reconcile,
    aws_cloudwatch_event_rule.sweep,
    aws_cloudwatch_event_rule.watch,
    aws_cloudwatch_event_target.notification,
    aws_cloudwatch_event_target.reconcile,
    aws_cloudwatch_event_target.sweep,
    aws_cloudwatch_event_target.watch,
    aws_cloudwatch_log_group.audit,
    aws_cloudwatch_log_metric_filter.foreign_decrypts,
    aws_cloudwatch_log_metric_filter.kms_refusals,
    aws_cloudwatch_metric_alarm.composed,
    aws_cloudwatch_metric_alarm.simple,
    aws_cloudwatch_query_definition.audit,
    aws_iam_policy.caller,
    aws_iam_policy.operator,
    aws_iam_policy.recipient,
    aws_iam_role.notifications,
    aws_iam_role_policy.notifications,
    aws_lambda_event_source_mapping.stream,
    aws_lambda_function_event_invoke_config.stray,
    aws_lambda_function_event_invoke_config.sweep,
    aws_lambda_permission.reconcile,
    aws_lambda_permission.stray,
    aws_lambda_permission.sweep,
    aws_s3_bucket_notification.uploads,
    aws_sns_topic.alarms,
    aws_sns_topic.notification,
    aws_sns_topic_policy.alarms,
    aws_sns_topic_policy.notification,
    aws_sns_topic_subscription.alarms,
    aws_sns_topic_subscription.notification,
    aws_sqs_queue.dead_letters,
    aws_sqs_queue.notification_dead_letters,
    aws_sqs_queue_policy.notification_dead_letters,
  ]
}
