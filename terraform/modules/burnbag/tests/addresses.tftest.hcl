# Where the API and the page are, where links lead, and what the functions are told about it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Each run is destroyed at the end.
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "plain" {
  command = apply

  variables {
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

  assert {
    condition     = output.page_url == "https://api123.execute-api.eu-central-1.amazonaws.com/live/" && output.page_url == "${output.api_url}/"
    error_message = "The page is where links lead."
  }

  assert {
    condition = jsondecode(local.function_environment.page.PAGE) == {
      people_auth = null
      sign_in     = null
      brand       = { name = null, accent = null, logo_url = null, imprint_url = null, help_url = null }
      limits = {
        default_ttl    = 86400, min_ttl = 60, max_ttl = 2592000, max_views = 100, max_secret_bytes = 262144
        max_file_bytes = 4194304, max_upload_bytes = 5368709120
      }
      files_origin = "https://burnbag-test-files-123456789012-eu-central-1.s3.eu-central-1.amazonaws.com"
    }
    error_message = "The page is told its stack's limits and where the files are, and looks as burnbag does."
  }

  # A form takes 5 GiB, which is what the page sends by.
  assert {
    condition = (
      local.function_environment.page.API_URL == output.api_url && local.function_environment.page.CREATE_AUTH == "AWS_IAM" &&
      local.function_environment.page.MAX_UPLOAD_BYTES == "53687091200"
    )
    error_message = "The API's description is told where the API is, who may call it, and how much it takes."
  }

  assert {
    condition     = toset(local.page_origins) == toset(["https://api123.execute-api.eu-central-1.amazonaws.com"])
    error_message = "The page's own origin may use the bucket."
  }
}

run "a_name_instead_of_the_default_endpoint" {
  command = apply

  variables {
    domain_name     = "secrets.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
  }

  assert {
    condition = (
      output.api_url == "https://secrets.example.com" && local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com" &&
      output.domain_target == "d-abc123.execute-api.eu-central-1.amazonaws.com"
    )
    error_message = "The API's URL is the name, and links lead there."
  }

  assert {
    condition     = local.page_origins == ["https://secrets.example.com"]
    error_message = "Where the default endpoint is off there is no page, and nothing there may use the bucket."
  }
}

run "a_look_and_a_name_of_ones_own" {
  command = plan

  variables {
    page_name             = "Example & Söhne’s secrets"
    page_accent           = "#0B5fff"
    page_logo_url         = "https://static.example.com:8443/logo.svg?v=2&size=64"
    page_imprint_url      = "https://example.com"
    page_help_url         = "https://wiki.example.com/"
    domain_name           = "secrets.example.com"
    certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    keep_default_endpoint = true
    cors_allowed_origins  = ["https://other.example.com"]
  }

  assert {
    condition = jsondecode(local.function_environment.page.PAGE).brand == {
      name     = "Example & Söhne’s secrets", accent = "#0B5fff", logo_url = "https://static.example.com:8443/logo.svg?v=2&size=64"
      help_url = "https://wiki.example.com/", imprint_url = "https://example.com"
    }
    error_message = "The page looks as it is told to."
  }

  assert {
    condition     = output.page_url == "https://secrets.example.com/"
    error_message = "The page has the name of one's own."
  }

  assert {
    condition     = toset(local.page_origins) == toset(["https://secrets.example.com", "https://api123.execute-api.eu-central-1.amazonaws.com"])
    error_message = "While the default endpoint is kept, the page is there too."
  }
}

run "a_page_elsewhere" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { name = "us-east-1" }
  }

  variables {
    domain_name     = "api.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    link_base_url   = "https://secrets.example.com"
  }

  assert {
    condition     = output.api_url == "https://api.example.com" && local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com"
    error_message = "link_base_url comes first."
  }

  assert {
    condition     = local.files_origin == "https://${output.files_bucket_name}.s3.us-east-1.amazonaws.com"
    error_message = "Links into a bucket in us-east-1 have its region in their host, as elsewhere."
  }
}

run "private" {
  command = plan

  variables {
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]
  }

  assert {
    condition = (
      output.api_url == "https://api123-vpce-0123456789abcdef0.execute-api.eu-central-1.amazonaws.com/live" &&
      local.function_environment.create.LINK_BASE_URL == output.api_url
    )
    error_message = "The URL of a private API goes through its first VPC endpoint."
  }

  assert {
    condition     = local.page_origins == ["https://api123-vpce-0123456789abcdef0.execute-api.eu-central-1.amazonaws.com"]
    error_message = "A private API's page is reached through its VPC endpoint."
  }
}

run "emulated" {
  command = plan

  variables {
    link_base_url         = "https://secrets.example.com"
    emulator_endpoint_url = "http://127.0.0.1:4566"
    require_tls           = false
  }

  assert {
    condition     = output.api_url == "http://127.0.0.1:4566/_aws/execute-api/api123/live"
    error_message = "On an emulator, the API's URL is a path of the emulator's."
  }

  assert {
    condition     = local.function_environment.create.LINK_BASE_URL == "https://secrets.example.com"
    error_message = "Links lead to link_base_url."
  }

  assert {
    condition     = local.page_origins == ["http://127.0.0.1:4566"] && local.files_origin == "http://127.0.0.1:4566"
    error_message = "An emulator has everything at one address."
  }
}
