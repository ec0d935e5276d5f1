output "role_arn" {
  description = "ARN of the execution role."
  value       = aws_iam_role.this.arn
}

output "arn" {
  description = "ARN to invoke: the function's, or its alias's."
  value       = var.snap_start ? aws_lambda_alias.live[0].arn : aws_lambda_function.this.arn
}

output "log_group_name" {
  description = "Log group of the function."
  value       = aws_cloudwatch_log_group.this.name
}

output "invocation" {
  description = "What API Gateway and triggers need: function_name, qualifier (null without an alias), invoke_arn."
  value = {
    function_name = aws_lambda_function.this.function_name
    qualifier     = var.snap_start ? aws_lambda_alias.live[0].name : null
    invoke_arn    = var.snap_start ? aws_lambda_alias.live[0].invoke_arn : aws_lambda_function.this.invoke_arn
  }
}
