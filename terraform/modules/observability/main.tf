resource "aws_cloudwatch_log_group" "audit" {
  name              = "/burnbag/${var.environment}/audit"
  retention_in_days = var.audit_retention_days
  kms_key_id        = var.storage_key_arn
}
