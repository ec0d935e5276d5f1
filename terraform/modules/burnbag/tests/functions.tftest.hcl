# What each function is.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Each run is destroyed at the end.
variables {
  deletion_protection = false
}

run "function" {
  command = apply

  module {
    source = "./modules/function"
  }

  variables {
    name               = "burnbag-test-sweep"
    arn                = "arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep"
    used_elsewhere     = ["sqs:SendMessage"]
    role_name          = "burnbag-test-sweep-eu-central-1"
    description        = "a function"
    package            = "tests/packages/reaper.zip"
    package_hash       = "hash"
    handler            = "sweep.handler"
    runtime            = "python3.12"
    architecture       = "arm64"
    timeout            = 50
    memory             = 256
    environment        = { ENVIRONMENT = "test" }
    policy             = "{}"
    storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    log_retention_days = 30
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.this.name == "/aws/lambda/burnbag-test-sweep" &&
      aws_cloudwatch_log_group.this.retention_in_days == 30 &&
      aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:eu-central-1:123456789012:key/storage"
    )
    error_message = "A function's log is kept for a while, encrypted."
  }

  assert {
    condition = (
      aws_lambda_function.this.runtime == "python3.12" && aws_lambda_function.this.architectures == tolist(["arm64"]) &&
      aws_lambda_function.this.handler == "sweep.handler" && aws_lambda_function.this.timeout == 50 && aws_lambda_function.this.memory_size == 256
    )
    error_message = "The function has the runtime, architecture and sizes that it is given."
  }

  assert {
    condition = [for logging in aws_lambda_function.this.logging_config : [
      logging.log_format, logging.application_log_level, logging.system_log_level
    ]] == [["JSON", "WARN", "WARN"]]
    error_message = "The function logs JSON, and no line for a run that went well."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == "hash"
    error_message = "A changed package is a changed function."
  }

  assert {
    condition     = aws_iam_role_policy.this.policy == "{}" && aws_iam_role_policy.this.role == aws_iam_role.this.name
    error_message = "The role has the policy it is given."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.assume.statement :
      "${one(statement.actions)} ${one(one(statement.principals).identifiers)}"
    ] == ["sts:AssumeRole lambda.amazonaws.com"]
    error_message = "Only Lambda may assume the role."
  }

  assert {
    condition = toset(flatten([for condition in one(data.aws_iam_policy_document.assume.statement).condition : [
      for value in condition.values : "${condition.test} ${condition.variable} ${value}"]])) == toset([
      "ArnLikeIfExists aws:SourceArn arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep",
      "ArnLikeIfExists aws:SourceArn arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep:*",
      "ArnLikeIfExists aws:SourceArn arn:aws:lambda:eu-central-1:123456789012:event-source-mapping:*",
      "StringEqualsIfExists aws:SourceAccount 123456789012",
    ])
    error_message = "Lambda assumes the role for this function and its streams, where it says for what it does so."
  }

  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.elsewhere.statement :
      statement.effect == "Deny" && statement.not_actions == toset(["sqs:SendMessage"]) && statement.resources == toset(["*"]) &&
      toset(flatten([for condition in statement.condition : [
        for value in condition.values : "${condition.test} ${condition.variable} ${value}"]])) == toset([
        "ArnNotLike lambda:SourceFunctionArn arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep",
        "ArnNotLike lambda:SourceFunctionArn arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep:*",
        "BoolIfExists aws:ViaAWSService false",
        "Null kms:EncryptionContext:aws:lambda:FunctionArn true",
    ])])
    error_message = "Outside its function, the role can do nothing but what Lambda does with it."
  }
}

run "a_role_keeps_its_name" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name               = "burnbag-test-sweep"
    arn                = "arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep"
    used_elsewhere     = ["sqs:SendMessage"]
    role_name          = "another"
    description        = "a function"
    package            = "tests/packages/reaper.zip"
    package_hash       = "hash"
    handler            = "sweep.handler"
    runtime            = "python3.12"
    architecture       = "arm64"
    timeout            = 50
    memory             = 256
    environment        = { ENVIRONMENT = "test" }
    policy             = "{}"
    storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    log_retention_days = 30
  }

  assert {
    condition     = aws_iam_role.this.name == "burnbag-test-sweep-eu-central-1"
    error_message = "A role is not replaced for its name: the key policies name it."
  }
}
