output "logging_role_arn" {
  description = "Role by which API Gateway writes its logs, in this account and region."
  value       = aws_iam_role.logging.arn
}
