# This configuration is the module with a provider. What the module makes is tested in its folder.

mock_provider "aws" {
  source = "./modules/burnbag/tests/mocks"
}

variables {
  environment    = "test"
  region         = "eu-central-1"
  packages_dir   = "modules/burnbag/tests/packages"
  lambda_runtime = "python3.13"
}

run "defaults" {
  command = plan

  assert {
    condition     = output.secrets_table_name == "burnbag-test-secrets"
    error_message = "The module gets the environment, and answers."
  }
}

run "china" {
  command = plan

  variables {
    region = "cn-north-1"
  }
}

run "government" {
  command = plan

  variables {
    region = "us-gov-west-1"
  }
}

run "sovereign" {
  command = plan

  variables {
    region = "eusc-de-east-1"
  }
}

run "bad" {
  command = plan

  variables {
    region = "europe"
    tags   = { "aws:owner" = "x" }
  }

  expect_failures = [var.region, var.tags]
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "eu-central-1a"
  }

  expect_failures = [var.region]
}
