output "audit_log_group" {
  description = "Log group of the audit events: name, arn."
  value = {
    name = aws_cloudwatch_log_group.audit.name
    arn  = aws_cloudwatch_log_group.audit.arn
  }
}
