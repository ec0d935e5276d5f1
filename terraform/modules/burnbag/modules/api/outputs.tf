# This may not depend on the stage: the functions are told the API's URL, and the stage waits for
# the functions.
output "id" {
  description = "The REST API."
  value       = aws_api_gateway_rest_api.this.id
}

output "route_arns" {
  description = "By \"METHOD /path\": the ARN to allow execute-api:Invoke on."
  value       = local.route_arns
}

output "domain_target" {
  description = "Host name that the record of domain_name has to lead to; null if there is none."
  value       = one([for target in local.domain_targets : target.name])
}
