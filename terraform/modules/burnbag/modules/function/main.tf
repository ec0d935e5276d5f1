# Lambda takes the role, for this function and for the mappings that read streams for it. AWS does not
# document which of these keys Lambda sends, so they bind only what has them.
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "ArnLikeIfExists"
      variable = "aws:SourceArn"
      values   = [var.arn, "${var.arn}:*", "${split(":function:", var.arn)[0]}:event-source-mapping:*"]
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:SourceAccount"
      values   = [split(":", var.arn)[4]]
    }
  }
}

# Whoever gets the role in another way, or passes it to another function, can use no key and no table with
# it. What a service does for the function comes without the function's ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
data "aws_iam_policy_document" "elsewhere" {
  statement {
    sid         = "NothingElsewhere"
    effect      = "Deny"
    actions     = length(var.used_elsewhere) == 0 ? ["*"] : null
    not_actions = length(var.used_elsewhere) == 0 ? null : var.used_elsewhere
    resources   = ["*"]

    condition {
      test     = "ArnNotLike"
      variable = "lambda:SourceFunctionArn"
      values   = [var.arn, "${var.arn}:*"]
    }

    condition {
      test     = "BoolIfExists"
      variable = "aws:ViaAWSService"
      values   = ["false"]
    }

    # Lambda decrypts a function's environment variables with its role, and without its ARN. No
    # key of a secret or a store opens with this context.
    condition {
      test     = "Null"
      variable = "kms:EncryptionContext:aws:lambda:FunctionArn"
      values   = ["true"]
    }
  }
}

# This role may not refer to a store: the stores' key policies name the role.
resource "aws_iam_role" "this" {
  name                 = var.role_name
  path                 = var.role_path
  description          = "Execution role of ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary_arn

  # A stack keeps the name and the path that it was made with: see docs/adr/0016. The deployment of the
  # API is replaced by making the new one first, and with it all that it depends on: a role with another
  # path could not be made, because its name is taken.
  lifecycle {
    ignore_changes = [name, path]
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "privileges"
  role   = aws_iam_role.this.name
  policy = var.policy
}

resource "aws_iam_role_policy" "elsewhere" {
  name   = "nothing-elsewhere"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.elsewhere.json
}

# Without it, Lambda would make a log group that is not encrypted and is kept for ever.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.storage_key_arn
}

resource "aws_lambda_function" "this" {
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  filename                       = var.package
  source_code_hash               = var.package_hash
  handler                        = var.handler
  runtime                        = var.runtime
  architectures                  = [var.architecture]
  timeout                        = var.timeout
  memory_size                    = var.memory
  reserved_concurrent_executions = var.reserved_concurrency
  code_signing_config_arn        = var.code_signing_config_arn
  publish                        = var.snap_start

  dynamic "snap_start" {
    for_each = var.snap_start ? [true] : []
    content {
      apply_on = "PublishedVersions"
    }
  }

  environment {
    variables = var.environment
  }

  # Without the platform's line at each start and end of a run. A run that fails is told at WARN.
  logging_config {
    log_format            = "JSON"
    application_log_level = "WARN"
    system_log_level      = "WARN"
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this, aws_iam_role_policy.elsewhere]
}

# A snapshot is taken of a published version only, so whatever invokes the function has to name one. The
# alias moves on to each new version.
resource "aws_lambda_alias" "live" {
  count            = var.snap_start ? 1 : 0
  name             = "live"
  description      = "The version that is invoked"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
