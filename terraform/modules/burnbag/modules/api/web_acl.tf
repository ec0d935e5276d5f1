# What AWS WAF refuses before API Gateway counts or bills a call.

locals {
  # AWS's common rules read the first 16 KB of a body as if it were a web form. Here it is a secret or a
  # file: often over 8 KB, and it may well contain a path, a URL, HTML or a metadata address. And a
  # service may call without naming its user agent. These rules only count; the others block.
  # https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
  unfit_rules = [
    "SizeRestrictions_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY",
    "NoUserAgent_HEADER",
  ]

  # As API Gateway's own answer when there are too many calls.
  too_many = jsonencode({ type = "urn:burnbag:problem:throttled", title = "Too many requests from this address", status = 429 })
}

resource "aws_wafv2_web_acl" "this" {
  count       = var.create_web_acl ? 1 : 0
  name        = var.name
  description = "burnbag, environment ${var.environment}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  custom_response_body {
    key          = "too-many"
    content_type = "APPLICATION_JSON"
    content      = local.too_many
  }

  # A path may be written with escapes, and with a slash at its end. No id has a slash in it.
  rule {
    name     = "reveals-per-address"
    priority = 1

    action {
      block {
        custom_response {
          response_code            = 429
          custom_response_body_key = "too-many"

          response_header {
            name  = "Retry-After"
            value = "60"
          }
        }
      }
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
        limit                 = var.reveals_per_address

        scope_down_statement {
          byte_match_statement {
            positional_constraint = "CONTAINS"
            search_string         = "/reveal"

            field_to_match {
              uri_path {}
            }

            text_transformation {
              priority = 0
              type     = "URL_DECODE"
            }
          }
        }
      }
    }

    visibility_config {
      metric_name                = "${var.name}-reveals-per-address"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  # What burnbag itself refuses, only sooner. WAF reads 16 KB of a body, and MATCH is what it does with
  # a longer one.
  rule {
    name     = "large-bodies"
    priority = 2

    action {
      block {}
    }

    statement {
      and_statement {
        statement {
          regex_match_statement {
            regex_string = "/(reveal|confirm)"

            field_to_match {
              uri_path {}
            }

            text_transformation {
              priority = 0
              type     = "URL_DECODE"
            }
          }
        }

        statement {
          size_constraint_statement {
            comparison_operator = "GT"
            size                = 16384

            field_to_match {
              body {
                oversize_handling = "MATCH"
              }
            }

            text_transformation {
              priority = 0
              type     = "NONE"
            }
          }
        }
      }
    }

    visibility_config {
      metric_name                = "${var.name}-large-bodies"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "common"
    priority = 3

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesCommonRuleSet"

        dynamic "rule_action_override" {
          for_each = local.unfit_rules
          content {
            name = rule_action_override.value

            action_to_use {
              count {}
            }
          }
        }
      }
    }

    visibility_config {
      metric_name                = "${var.name}-common"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  # A sample shows headers, and one of them is the capability.
  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.create_web_acl || var.web_acl_arn != null ? 1 : 0
  resource_arn = aws_api_gateway_stage.this.arn
  web_acl_arn  = var.create_web_acl ? aws_wafv2_web_acl.this[0].arn : var.web_acl_arn
}
