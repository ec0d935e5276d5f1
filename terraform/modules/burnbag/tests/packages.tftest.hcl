# The zips and their descriptions.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment         = "test"
  packages_dir        = "tests/built"
  lambda_runtime      = "python3.12"
  lambda_architecture = "x86_64"
}

run "described" {
  command = plan

  assert {
    condition = local.package_hashes == {
      create = "content"
      reveal = "content"
      page   = "content"
      reaper = filebase64sha256("tests/built/reaper.zip")
    }
    error_message = "A package is known by its content, or by its zip if the description is of another one."
  }
}
