output "role_arn" {
  description = "Execution role."
  value       = aws_iam_role.this.arn
}

output "arn" {
  description = "The function."
  value       = aws_lambda_function.this.arn
}

output "invocation" {
  description = "How the function is named and called: function_name, invoke_arn."
  value = {
    function_name = aws_lambda_function.this.function_name
    invoke_arn    = aws_lambda_function.this.invoke_arn
  }
}
