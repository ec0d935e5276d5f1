output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = aws_cognito_user_pool.this.arn
}

output "sign_in" {
  description = "What a page needs to let people sign in: authorize_url, token_url, revoke_url, logout_url, client_id, scope, redirect_url."
  value = {
    authorize_url = "${local.url}/oauth2/authorize"
    token_url     = "${local.url}/oauth2/token"
    revoke_url    = "${local.url}/oauth2/revoke"
    logout_url    = "${local.url}/logout"
    client_id     = aws_cognito_user_pool_client.page.id
    scope         = join(" ", local.scopes)
    redirect_url  = var.page_url
  }
}
