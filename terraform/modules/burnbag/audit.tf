# Where audit writes its events. Operators and auditors read it; no other function does.

resource "aws_cloudwatch_log_group" "audit" {
  name              = "/burnbag/${var.environment}/audit"
  retention_in_days = var.audit_retention_days
  kms_key_id        = module.storage.storage_key_arn
}
