# The event bus: off by default, and audit alone may put burnbag's events on it.

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

override_resource {
  target = aws_cloudwatch_event_bus.events
  values = { arn = "arn:aws:events:eu-central-1:123456789012:event-bus/burnbag-test" }
}

run "no_bus_by_default" {
  command = plan

  assert {
    condition = (
      length(aws_cloudwatch_event_bus.events) == 0 &&
      length(aws_cloudwatch_event_rule.notification) == 0 &&
      length(aws_sqs_queue.notification_dead_letters) == 0 &&
      output.event_bus_name == null && output.notification_dead_letters == null
    )
    error_message = "Without a bus there is nothing that costs."
  }

  assert {
    condition     = local.function_environment["audit"].EVENT_BUS == ""
    error_message = "audit is told that there is no bus."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.role["audit"].statement : statement.sid], "PutEvents")
    error_message = "Without a bus, nobody has a right to one."
  }
}

run "a_bus" {
  command = apply

  variables {
    event_bus = true
  }

  assert {
    condition = (
      aws_cloudwatch_event_bus.events[0].name == "burnbag-test" && output.event_bus_name == "burnbag-test" &&
      local.function_environment["audit"].EVENT_BUS == "burnbag-test"
    )
    error_message = "The bus has the stack's name, and audit knows it."
  }

  assert {
    condition = [for function, document in data.aws_iam_policy_document.role : function
      if contains(flatten([for statement in document.statement : tolist(statement.actions)]), "events:PutEvents")
    ] == ["audit", "letters"]
    error_message = "Only audit puts events, and letters again what could not be delivered."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.role["audit"].statement : {
      actions   = tolist(statement.actions)
      resources = tolist(statement.resources)
      condition = [for it in statement.condition : "${it.test} ${it.variable} ${join(",", it.values)}"]
      } if statement.sid == "PutEvents"] == [{
      actions   = tolist(["events:PutEvents"])
      resources = tolist(["arn:aws:events:eu-central-1:123456789012:event-bus/burnbag-test"])
      condition = ["StringEquals events:source burnbag"]
    }]
    error_message = "audit puts burnbag's events on this bus, and nothing else anywhere."
  }
}
