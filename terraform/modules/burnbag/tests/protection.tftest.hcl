# What refuses to be destroyed before anything else. tests/infrastructure shows that it does.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "protected" {
  command = plan

  variables {
    receipt_key_generation = 2
  }

  assert {
    condition     = { for key, protection in terraform_data.protection : key => protection.input } == { "1" = true, "2" = true }
    error_message = "A stack is protected by default, and each of its keys for receipts too."
  }
}

run "unprotected" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = terraform_data.protection["1"].input == false
    error_message = "The protection can be turned off."
  }
}
