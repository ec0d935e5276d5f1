# A name of one's own.

locals {
  has_domain = var.domain_name != null

  # Where the name has to lead. That of a private API leads to a VPC endpoint, which is not ours.
  domain_targets = [for domain in aws_api_gateway_domain_name.this : (
    var.endpoint_type == "EDGE"
    ? { name = domain.cloudfront_domain_name, zone_id = domain.cloudfront_zone_id }
    : { name = domain.regional_domain_name, zone_id = domain.regional_zone_id }
  ) if !local.is_private]
}

resource "aws_api_gateway_domain_name" "this" {
  count                    = local.has_domain ? 1 : 0
  domain_name              = var.domain_name
  regional_certificate_arn = var.endpoint_type == "REGIONAL" ? var.certificate_arn : null
  certificate_arn          = var.endpoint_type == "REGIONAL" ? null : var.certificate_arn
  # At least TLS 1.2, and 1.3 with whoever can. Of the policies that demand 1.3, this version of the
  # provider knows none.
  security_policy = "TLS_1_2"
  policy          = local.is_private ? data.aws_iam_policy_document.domain[0].json : null

  endpoint_configuration {
    types = [var.endpoint_type]
  }
}

# A private name is called through these VPC endpoints; what may be called, the API's own policy says.
data "aws_iam_policy_document" "domain" {
  count = local.has_domain && local.is_private ? 1 : 0

  statement {
    sid       = "Call"
    actions   = ["execute-api:Invoke"]
    resources = ["execute-api:/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    sid       = "ThroughTheseEndpointsOnly"
    effect    = "Deny"
    actions   = ["execute-api:Invoke"]
    resources = ["execute-api:/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:SourceVpce"
      values   = var.access.vpc_endpoint_ids
    }
  }
}

resource "aws_api_gateway_base_path_mapping" "this" {
  count          = local.has_domain ? 1 : 0
  api_id         = aws_api_gateway_rest_api.this.id
  stage_name     = aws_api_gateway_stage.this.stage_name
  domain_name    = aws_api_gateway_domain_name.this[0].domain_name
  domain_name_id = local.is_private ? aws_api_gateway_domain_name.this[0].domain_name_id : null
}

resource "aws_api_gateway_domain_name_access_association" "this" {
  for_each                       = local.has_domain && local.is_private ? toset(var.vpc_endpoint_ids) : toset([])
  domain_name_arn                = aws_api_gateway_domain_name.this[0].arn
  access_association_source      = each.key
  access_association_source_type = "VPCE"
}

resource "aws_route53_record" "domain" {
  count   = local.has_domain && var.hosted_zone_id != null ? 1 : 0
  zone_id = var.hosted_zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = local.domain_targets[0].name
    zone_id                = local.domain_targets[0].zone_id
    evaluate_target_health = false
  }
}
