# What the examples would make.

mock_provider "aws" {
  source = "./modules/burnbag/tests/mocks"
}

mock_provider "aws" {
  alias  = "second"
  source = "./modules/burnbag/tests/mocks"

  mock_data "aws_region" {
    defaults = {
      name = "eu-west-1"
    }
  }
}

variables {
  packages_dir = "modules/burnbag/tests/packages"
}

run "minimal" {
  command = plan

  module {
    source = "./examples/minimal"
  }
}

run "complete" {
  command = plan

  module {
    source = "./examples/complete"
  }

  variables {
    sign_in_provider_secret = "s3cret"
  }

  assert {
    condition     = output.burnbag.function_names.create == "burnbag-complete-create"
    error_message = "The stack is named after its environment."
  }

  assert {
    condition     = output.burnbag.api_url == "https://secrets.example.com"
    error_message = "The API has a name of its own."
  }

  assert {
    condition = (
      output.burnbag.sign_in.authorize_url == "https://example-secrets.auth.eu-central-1.amazoncognito.com/oauth2/authorize" &&
      output.burnbag.sign_in.redirect_url == "https://secrets.example.com/"
    )
    error_message = "People sign in, at the company's own provider, and come back to the page."
  }
}

run "private" {
  command = plan

  module {
    source = "./examples/private"
  }

  assert {
    condition     = output.api_url == "https://secrets.internal.example.com"
    error_message = "A private API may have a name too."
  }
}

run "several_stacks" {
  command = plan

  module {
    source = "./examples/several-stacks"
  }

  assert {
    condition = { for name, stack in output.stacks : name => stack.files_bucket_name } == {
      dev        = "burnbag-dev-files-123456789012-eu-central-1"
      test       = "burnbag-test-files-123456789012-eu-central-1"
      dev_second = "burnbag-dev-files-123456789012-eu-west-1"
    }
    error_message = "All regions share one set of bucket names, so the name has the region."
  }
}

run "two_services" {
  command = plan

  module {
    source = "./examples/two-services"
  }

  assert {
    condition = (
      aws_iam_role_policy_attachment.orders_sends.role == "orders" &&
      aws_iam_role_policy_attachment.billing_opens.role == "billing"
    )
    error_message = "The one may send, the other may open what is for it."
  }
}

run "organization_policy" {
  command = plan

  module {
    source = "./examples/organization-policy"
  }

  override_data {
    target = data.aws_iam_policy_document.this
    values = { minified_json = "{}" }
  }

  variables {
    targets = ["ou-1234-abcdefgh"]
  }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.this.statement : statement.sid if length(statement.condition) == 0] == ["Copies"]
    error_message = "Nobody is exempt from the refusal of copies."
  }

  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.this.statement :
      statement.effect == "Deny" && anytrue([for condition in statement.condition :
    condition.variable == "aws:PrincipalArn" && join(" ", condition.values) == "arn:aws:iam::*:role/deploy-burnbag"]) if statement.sid != "Copies"])
    error_message = "Only the deploy role is exempt from the other refusals."
  }
}
