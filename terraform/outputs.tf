# The module's outputs; modules/burnbag/README.md says what they are.

output "api_url" {
  value = module.burnbag.api_url
}

output "page_url" {
  value = module.burnbag.page_url
}

output "secrets_table_name" {
  value = module.burnbag.secrets_table_name
}

output "receipts_table_name" {
  value = module.burnbag.receipts_table_name
}

output "files_bucket_name" {
  value = module.burnbag.files_bucket_name
}

output "audit_log_group_name" {
  value = module.burnbag.audit_log_group_name
}

output "sealing_key_arn" {
  value = module.burnbag.sealing_key_arn
}

output "storage_key_arn" {
  value = module.burnbag.storage_key_arn
}

output "receipt_key_arn" {
  value = module.burnbag.receipt_key_arn
}

output "function_names" {
  value = module.burnbag.function_names
}

output "reaper_dead_letters" {
  value = module.burnbag.reaper_dead_letters
}

output "caller_policy_arn" {
  value = module.burnbag.caller_policy_arn
}

output "recipient_policy_arn" {
  value = module.burnbag.recipient_policy_arn
}

output "operator_policy_arn" {
  value = module.burnbag.operator_policy_arn
}

output "alarm_topic_arn" {
  value = module.burnbag.alarm_topic_arn
}

output "event_bus_name" {
  value = module.burnbag.event_bus_name
}

output "notification_dead_letters" {
  value = module.burnbag.notification_dead_letters
}

output "domain_target" {
  value = module.burnbag.domain_target
}

output "dashboard_name" {
  value = module.burnbag.dashboard_name
}

output "user_pool_id" {
  value = module.burnbag.user_pool_id
}

output "sign_in" {
  value = module.burnbag.sign_in
}
