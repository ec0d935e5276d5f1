# The role by which API Gateway writes access logs. API Gateway keeps one for each account and
# region, so it belongs to no stack: a destroyed stack would take it away from the others.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "logging" {
  name                 = "burnbag-api-gateway-logging-${data.aws_region.current.name}"
  path                 = var.role_path
  description          = "Lets API Gateway write its logs"
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy_attachment" "logging" {
  role       = aws_iam_role.logging.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "this" {
  cloudwatch_role_arn = aws_iam_role.logging.arn

  depends_on = [aws_iam_role_policy_attachment.logging]
}
