output "api_url" {
  description = "Base URL of the API."
  value       = local.api_url
  depends_on  = [module.api]
}

output "page_url" {
  description = "The page: where people open links."
  value       = "${local.api_url}/"
  depends_on  = [module.api]
}

output "secrets_table_name" {
  description = "Table of the sealed secrets."
  value       = module.storage.secrets_table.name
}

output "receipts_table_name" {
  description = "Table of the receipts."
  value       = module.storage.receipts_table.name
}

output "files_bucket_name" {
  description = "Bucket of the sealed files."
  value       = module.storage.files_bucket.name
}

output "audit_log_group_name" {
  description = "Log group of the audit events."
  value       = aws_cloudwatch_log_group.audit.name
}

output "sealing_key_arn" {
  description = "KMS key that wraps the secrets' data keys."
  value       = module.storage.sealing_key_arn
}

output "storage_key_arn" {
  description = "KMS key that encrypts tables, bucket, queue and log groups at rest."
  value       = module.storage.storage_key_arn
}

output "receipt_key_arn" {
  description = "KMS key that signs receipts: the newest."
  value       = reverse(module.storage.receipt_key_arns)[0]
}

output "function_names" {
  description = "Names of the functions: create, reveal, page, reap, sweep, audit, stray, reconcile, letters."
  value       = { for key, function in module.function : key => function.invocation.function_name }
}

output "reaper_dead_letters" {
  description = "URL of the queue with what reap, audit and stray could not process."
  value       = aws_sqs_queue.dead_letters.url
}

output "caller_policy_arn" {
  description = "Policy to attach to the role of a calling service."
  value       = aws_iam_policy.caller.arn
}

output "recipient_policy_arn" {
  description = "Policy to attach to the role of a service that is named as a recipient."
  value       = aws_iam_policy.recipient.arn
}

output "operator_policy_arn" {
  description = "Policy to attach to the role of operators: for make letters, make reconcile, burnbag list --remote --created-by and burnbag revoke --created-by."
  value       = aws_iam_policy.operator.arn
}

output "alarm_topic_arn" {
  description = "Topic that alarms and the watch-list tell; null without alarms."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "event_bus_name" {
  description = "Bus with each audit event; null without event_bus."
  value       = one(aws_cloudwatch_event_bus.events[*].name)
}

output "notification_dead_letters" {
  description = "URL of the queue with what notifications could not deliver; null without any."
  value       = one(aws_sqs_queue.notification_dead_letters[*].url)
}

output "domain_target" {
  description = "Host name that the record of domain_name has to lead to; null without a domain_name, and for a PRIVATE API, where it is that of the VPC endpoint."
  value       = module.api.domain_target
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "user_pool_id" {
  description = "User pool of the people who send by the page; null without people_auth COGNITO."
  value       = one(module.people[*].user_pool_id)
}

output "sign_in" {
  description = "Where those people sign in: authorize_url, token_url, revoke_url, logout_url, client_id, scope, redirect_url; null without people_auth COGNITO."
  value       = local.sign_in
}
