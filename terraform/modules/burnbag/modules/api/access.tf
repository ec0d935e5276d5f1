# Who may reach the API: its resource policy. Without any restriction it has none.
#
# What a call needs depends on who makes it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
# Without a signature, or with an id token that API Gateway has checked: an Allow here. Signed in this account: a right of one's own, so none is given
# here, because here it would do alone. Signed in another account: both. A Deny is stronger than all.

locals {
  is_restricted = local.is_private || length(var.access.source_cidrs) > 0 || local.lets_others_sign

  lets_others_sign = var.access.organization_id != null || length(concat(var.access.principals, var.access.recipients)) > 0

  # Not that of any method: it is that of calls that have to be signed, too. So where there is a policy, what is no
  # call at all is refused by it.
  arns_by_authorization = { for call, route in local.routes : route.authorization => local.route_arns[call]... if route.method != "ANY" }

  # Of the signed ones: what senders of other accounts may call, what recipients of others, and what nobody of them.
  arns_by_signer = { for call, route in local.routes : route.others => local.route_arns[call]... if route.authorization == "AWS_IAM" }

  # Whoever comes through a VPC endpoint has an address in that VPC.
  source_address = local.is_private ? "aws:VpcSourceIp" : "aws:SourceIp"

  # Each is a Deny of its own, so a call has to satisfy all of them. A call that has no such key is
  # denied too.
  networks = [for it in [
    { sid = "FromTheseAddressesOnly", test = "NotIpAddress", key = local.source_address, values = var.access.source_cidrs },
    { sid = "ThroughTheseEndpointsOnly", test = "StringNotEquals", key = "aws:SourceVpce", values = var.access.vpc_endpoint_ids },
  ] : it if length(it.values) > 0]

  signers = concat(
    [for id in var.access.organization_id[*] : { sid = "SignedByTheOrganization", who = "senders", principals = ["*"], organizations = [id] }],
    [for it in [var.access.principals] : { sid = "SignedByThesePrincipals", who = "senders", principals = it, organizations = [] } if length(it) > 0],
    [for it in [var.access.recipients] : { sid = "SignedByTheseRecipients", who = "recipients", principals = it, organizations = [] } if length(it) > 0],
  )
}

data "aws_iam_policy_document" "access" {
  count = local.is_restricted ? 1 : 0

  statement {
    sid       = "CallWithoutSignature"
    actions   = ["execute-api:Invoke"]
    resources = concat(local.arns_by_authorization["NONE"], lookup(local.arns_by_authorization, "COGNITO_USER_POOLS", []))

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.signers
    content {
      sid       = statement.value.sid
      actions   = ["execute-api:Invoke"]
      resources = local.arns_by_signer[statement.value.who]

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }

      dynamic "condition" {
        for_each = statement.value.organizations
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalOrgID"
          values   = [condition.value]
        }
      }

      condition {
        test     = "StringNotEquals"
        variable = "aws:PrincipalAccount"
        values   = [var.access.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = local.networks
    content {
      sid       = statement.value.sid
      effect    = "Deny"
      actions   = ["execute-api:Invoke"]
      resources = ["${aws_api_gateway_rest_api.this.execution_arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = statement.value.test
        variable = statement.value.key
        values   = statement.value.values
      }
    }
  }
}

resource "aws_api_gateway_rest_api_policy" "this" {
  count       = local.is_restricted ? 1 : 0
  rest_api_id = aws_api_gateway_rest_api.this.id
  policy      = data.aws_iam_policy_document.access[0].json
}
