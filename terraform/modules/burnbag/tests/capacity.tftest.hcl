# How a function starts, and what its role may be asked to be.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"

  deletion_protection = false
}

run "default" {
  command = apply

  module {
    source = "./modules/function"
  }

  variables {
    name               = "burnbag-test-sweep"
    role_name          = "burnbag-test-sweep-eu-central-1"
    description        = "a function"
    package            = "tests/packages/reaper.zip"
    package_hash       = "content"
    arn                = "arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep"
    used_elsewhere     = []
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
      length(aws_lambda_function.this.snap_start) == 0 && length(aws_lambda_alias.live) == 0 && !aws_lambda_function.this.publish &&
      output.invocation.qualifier == null && output.arn == aws_lambda_function.this.arn && output.invocation.invoke_arn == aws_lambda_function.this.invoke_arn
    )
    error_message = "A function is invoked by its name, and has no version."
  }

  assert {
    condition = (
      aws_iam_role.this.path == "/" && aws_iam_role.this.permissions_boundary == null && aws_lambda_function.this.code_signing_config_arn == null
    )
    error_message = "No boundary, no path and no code signing, unless they are asked for."
  }

  assert {
    condition     = length(aws_lambda_function.this.tracing_config) == 0
    error_message = "X-Ray is off, and no role may write a trace."
  }
}

run "all" {
  command = apply

  module {
    source = "./modules/function"
  }

  variables {
    name                     = "burnbag-new-sweep"
    role_name                = "burnbag-new-sweep-eu-central-1"
    description              = "a function"
    package                  = "tests/packages/reaper.zip"
    package_hash             = "content"
    arn                      = "arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep"
    used_elsewhere           = []
    handler                  = "sweep.handler"
    runtime                  = "python3.12"
    architecture             = "arm64"
    timeout                  = 50
    memory                   = 256
    environment              = { ENVIRONMENT = "test" }
    policy                   = "{}"
    storage_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    log_retention_days       = 30
    snap_start               = true
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    code_signing_config_arn  = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
  }

  assert {
    condition = (
      [for it in aws_lambda_function.this.snap_start : it.apply_on] == ["PublishedVersions"] && aws_lambda_function.this.publish &&
      aws_lambda_alias.live[0].name == "live" && aws_lambda_alias.live[0].function_version == aws_lambda_function.this.version
    )
    error_message = "A version is published, snapshotted, and led to by an alias."
  }

  assert {
    condition = (
      output.invocation.function_name == "burnbag-new-sweep" && output.invocation.qualifier == "live" &&
      output.invocation.invoke_arn == aws_lambda_alias.live[0].invoke_arn && output.arn == aws_lambda_alias.live[0].arn
    )
    error_message = "Whatever invokes the function gets the alias."
  }

  assert {
    condition = (
      aws_iam_role.this.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" &&
      aws_lambda_function.this.code_signing_config_arn == "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
    )
    error_message = "The role has its boundary, and the function its code signing."
  }
}

# With another path, the role would be replaced, and nobody could make the new one while the old one
# still has its name.
run "a_role_keeps_its_path" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name               = "burnbag-new-sweep"
    role_name          = "burnbag-new-sweep-eu-central-1"
    role_path          = "/services/"
    description        = "a function"
    package            = "tests/packages/reaper.zip"
    package_hash       = "content"
    arn                = "arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-sweep"
    used_elsewhere     = []
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
    condition     = aws_iam_role.this.path == "/"
    error_message = "A role is not replaced for its path."
  }
}
