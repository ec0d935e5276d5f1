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

run "china" {
  command = plan

  variables {
    region = "cn-north-1"
  }

  assert {
    condition     = output.secrets_table_name == "burnbag-test-secrets"
    error_message = "The module gets the environment, and answers."
  }
}

run "government" {
  command = plan

  variables {
    region      = "us-gov-west-1"
    people_auth = "COGNITO"
  }

  override_data {
    target = module.burnbag.data.aws_partition.current
    values = { partition = "aws-us-gov", dns_suffix = "amazonaws.com" }
  }

  assert {
    condition     = output.sign_in != null
    error_message = "GovCloud has hosted sign-ins."
  }
}

# The tags are refused, and the region is not.
run "sovereign" {
  command = plan

  variables {
    region = "eusc-de-east-1"
    tags   = { "aws:owner" = "x" }
  }

  expect_failures = [var.tags]
}

run "no_region" {
  command = plan

  variables {
    region = "europe"
  }

  expect_failures = [var.region]
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "eu-central-1a"
  }

  expect_failures = [var.region]
}
