# An ARN has to look like one. Where a test tells two of them apart, it overrides them.

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition  = "aws"
    dns_suffix = "amazonaws.com"
  }
}

mock_data "aws_region" {
  defaults = {
    name = "eu-central-1"
  }
}

mock_data "aws_iam_policy_document" {
  defaults = {
    json = "{}"
  }
}

mock_resource "aws_kms_key" {
  defaults = {
    arn    = "arn:aws:kms:eu-central-1:123456789012:key/any"
    key_id = "any"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/any"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::123456789012:policy/any"
  }
}

mock_resource "aws_dynamodb_table" {
  defaults = {
    arn        = "arn:aws:dynamodb:eu-central-1:123456789012:table/any"
    stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/any/stream/1"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::any"
  }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:eu-central-1:123456789012:dead-letters"
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:any"
  }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn        = "arn:aws:lambda:eu-central-1:123456789012:function:any"
    invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/any/invocations"
  }
}

mock_resource "aws_cloudwatch_event_rule" {
  defaults = {
    arn = "arn:aws:events:eu-central-1:123456789012:rule/any"
  }
}

mock_resource "aws_api_gateway_rest_api" {
  defaults = {
    id            = "api123"
    execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:api123"
  }
}

mock_resource "aws_lambda_alias" {
  defaults = {
    arn        = "arn:aws:lambda:eu-central-1:123456789012:function:any:live"
    invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/any:live/invocations"
  }
}

mock_resource "aws_api_gateway_stage" {
  defaults = {
    arn = "arn:aws:apigateway:eu-central-1::/restapis/api123/stages/live"
  }
}

mock_resource "aws_api_gateway_domain_name" {
  defaults = {
    arn                    = "arn:aws:apigateway:eu-central-1:123456789012:/domainnames/secrets.example.com+abc123"
    domain_name_id         = "abc123"
    regional_domain_name   = "d-abc123.execute-api.eu-central-1.amazonaws.com"
    regional_zone_id       = "Z1U9ULNL0V5AJ3"
    cloudfront_domain_name = "d123.cloudfront.net"
    cloudfront_zone_id     = "Z2FDTNDATAQYW2"
  }
}

mock_resource "aws_wafv2_web_acl" {
  defaults = {
    arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/burnbag-test/1234"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:eu-central-1:123456789012:any"
  }
}

mock_resource "aws_cloudwatch_event_bus" {
  defaults = {
    arn = "arn:aws:events:eu-central-1:123456789012:event-bus/any"
  }
}

mock_resource "aws_cloudwatch_event_api_destination" {
  defaults = {
    arn = "arn:aws:events:eu-central-1:123456789012:api-destination/any/1"
  }
}

mock_resource "aws_cognito_user_pool" {
  defaults = {
    id  = "eu-central-1_Any"
    arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Any"
  }
}
