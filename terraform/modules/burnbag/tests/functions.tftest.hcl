# What each function is, and its environment variables.

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

run "environment_variables" {
  command = apply

  variables {
    environment      = "test"
    packages_dir     = "tests/packages"
    lambda_runtime   = "python3.13"
    record_source_ip = false
  }

  assert {
    condition = {
      for function, variables in local.function_environment : function => sort(keys(variables))
      } == {
      create = sort(["ENVIRONMENT", "PEOPLE_AUTH", "PEOPLE_CLIENT_ID", "PEOPLE_TABLE", "PEOPLE_PER_HOUR", "SECRETS_TABLE", "RECEIPTS_TABLE", "SEALING_KEY_ARN", "RECEIPT_KEY_ARNS", "LINK_BASE_URL", "DEFAULT_TTL", "MIN_TTL", "MAX_TTL", "MAX_VIEWS", "MAX_SECRET_BYTES", "MAX_FILE_BYTES", "MAX_UPLOAD_BYTES", "FILES_BUCKET", "RECEIPT_RETENTION", "RECORD_SOURCE_IP"])
      page   = sort(["PAGE", "API_URL", "CREATE_AUTH", "MAX_UPLOAD_BYTES"])
      reveal = sort(["ENVIRONMENT", "PEOPLE_CLIENT_ID", "SECRETS_TABLE", "RECEIPTS_TABLE", "SEALING_KEY_ARN", "FILES_BUCKET", "RECEIPT_RETENTION", "RECORD_SOURCE_IP"])
      reap   = sort(["RECEIPTS_TABLE", "FILES_BUCKET", "DEAD_LETTERS_URL"])
      sweep  = sort(["ENVIRONMENT", "SECRETS_TABLE", "RECEIPTS_TABLE"])
      audit  = sort(["ENVIRONMENT", "AUDIT_LOG_GROUP", "DEAD_LETTERS_URL", "EVENT_BUS"])
      stray  = sort(["SECRETS_TABLE", "FILES_BUCKET"])

      reconcile = sort(["ENVIRONMENT", "SECRETS_TABLE", "RECEIPTS_TABLE", "FILES_BUCKET"])
      letters   = sort(["DEAD_LETTERS_URL", "NOTIFICATION_LETTERS_URL", "EVENT_BUS", "FUNCTION_PREFIX"])
    }
    error_message = "A function gets the environment variables that it needs and no others."
  }

  assert {
    condition = (
      local.function_environment.create.LINK_BASE_URL == "https://api123.execute-api.eu-central-1.amazonaws.com/live" &&
      output.api_url == "https://api123.execute-api.eu-central-1.amazonaws.com/live"
    )
    error_message = "Links lead to the API unless link_base_url says otherwise."
  }

  assert {
    condition = (
      local.function_environment.create.RECEIPT_RETENTION == "7776000" && local.function_environment.create.DEFAULT_TTL == "86400" &&
      local.function_environment.create.MAX_TTL == "2592000" && local.function_environment.create.RECORD_SOURCE_IP == "false"
    )
    error_message = "Durations are whole seconds and switches true or false."
  }

  assert {
    condition     = local.function_environment.create.MAX_FILE_BYTES == "4194304" && local.function_environment.create.MAX_UPLOAD_BYTES == "53687091200"
    error_message = "Sizes are whole bytes: 4 MiB through the API, 50 GiB straight to S3."
  }

  assert {
    condition = alltrue([for function in ["create", "reveal", "reap", "stray", "reconcile"] :
    local.function_environment[function].FILES_BUCKET == output.files_bucket_name])
    error_message = "Every function that uses objects uses the same bucket."
  }

  assert {
    condition     = output.function_names == { for function in ["create", "reveal", "page", "reap", "sweep", "audit", "stray", "reconcile", "letters"] : function => "burnbag-test-${function}" }
    error_message = "The functions are named after the environment."
  }

  assert {
    condition     = alltrue([for function, it in local.functions : it.package == (contains(["create", "reveal", "page"], function) ? function : "reaper")])
    error_message = "Nine functions come from four packages."
  }

  assert {
    condition     = local.functions.stray.handler == "stray.handler" && local.functions.stray.timeout == 30 && local.functions.stray.memory == 128
    error_message = "stray is small and short."
  }

  assert {
    condition     = local.functions.reconcile.timeout == 900 && local.functions.reconcile.memory == 1769 && local.functions.letters.timeout <= 900
    error_message = "reconcile has all the time that Lambda gives, and a whole processor."
  }
}

run "own_domain" {
  command = apply

  variables {
    environment    = "test"
    packages_dir   = "tests/packages"
    lambda_runtime = "python3.13"
    link_base_url  = "https://secrets.example.com"
  }

  assert {
    condition     = local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com"
    error_message = "Links lead to link_base_url."
  }
}

run "emulated" {
  command = apply

  variables {
    environment           = "test"
    packages_dir          = "tests/packages"
    lambda_runtime        = "python3.13"
    emulator_endpoint_url = "http://127.0.0.1:4566"
  }

  assert {
    condition     = output.api_url == "http://127.0.0.1:4566/_aws/execute-api/api123/live"
    error_message = "On an emulator, the API's URL is a path of the emulator's."
  }
}
