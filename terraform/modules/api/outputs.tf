# Of the API alone: functions are told its URL, and its stage waits for the functions.
output "id" {
  description = "The REST API."
  value       = aws_api_gateway_rest_api.this.id
}

output "route_arns" {
  description = "By \"METHOD /path\": the ARN that execute-api:Invoke is granted on."
  value       = local.route_arns
}
