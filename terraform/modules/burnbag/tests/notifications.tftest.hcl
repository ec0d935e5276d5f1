# The event bus, on which audit alone puts burnbag's events, and who is told of which: filters, messages, and
# who may do what for it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Each run is destroyed at the end.
  deletion_protection = false

  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
  event_bus      = true
}

override_resource {
  target = aws_cloudwatch_event_bus.events
  values = { arn = "arn:aws:events:eu-central-1:123456789012:event-bus/burnbag-test" }
}

override_resource {
  target = aws_cloudwatch_event_rule.notification["opened"]
  values = { arn = "arn:aws:events:eu-central-1:123456789012:rule/burnbag-test/burnbag-test-opened" }
}

override_resource {
  target = aws_cloudwatch_event_rule.notification["mail"]
  values = { arn = "arn:aws:events:eu-central-1:123456789012:rule/burnbag-test/burnbag-test-mail" }
}

override_resource {
  target = aws_cloudwatch_event_api_destination.notification["opened"]
  values = { arn = "arn:aws:events:eu-central-1:123456789012:api-destination/burnbag-test-opened/1" }
}

override_resource {
  target = aws_sns_topic.notification["mail"]
  values = { arn = "arn:aws:sns:eu-central-1:123456789012:burnbag-test-notifications-mail" }
}

run "all_ways" {
  command = apply

  variables {
    notifications = {
      opened = {
        events       = ["secret.revealed"]
        creators     = ["arn:aws:sts::123456789012:assumed-role/orders/*", "arn:aws:sts::*:assumed-role/x/*", "arn:aws:iam::123456789012:user/ada"]
        label_prefix = "staging "
        slack        = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/slack/1", channel = "C0123456789" }
      }
      all  = { webhook = { connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/hook/1", url = "https://hooks.example.com/burnbag" }, calls_per_second = 20 }
      mail = { events = ["secret.locked", "secret.frozen"], email = ["a@example.com", "b@example.com"] }
    }
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

  assert {
    condition = { for name, rule in aws_cloudwatch_event_rule.notification : name => jsondecode(rule.event_pattern) } == {
      opened = {
        source      = ["burnbag"]
        detail-type = ["secret.revealed"]
        detail = {
          created_by = [
            "arn:aws:iam::123456789012:user/ada",
            { wildcard = "arn:aws:sts::*:assumed-role/x/*" },
            { prefix = "arn:aws:sts::123456789012:assumed-role/orders/" },
          ]
          label = [{ prefix = "staging " }]
        }
      }
      all  = { source = ["burnbag"] }
      mail = { source = ["burnbag"], detail-type = ["secret.frozen", "secret.locked"] }
    } && alltrue([for rule in aws_cloudwatch_event_rule.notification : rule.event_bus_name == "burnbag-test"])
    error_message = "A filter has what it names, and lets everything else pass."
  }

  # The template with values in it as they are, which is what EventBridge promises at least.
  assert {
    condition = jsondecode(replace(replace(aws_cloudwatch_event_target.notification["opened"].input_transformer[0].input_template,
      "<event>", "secret.revealed"), "<summary>", "burnbag test: “x”＂＜!channel＞＼")) == {
      channel      = "C0123456789"
      text         = "burnbag test: secret.revealed"
      blocks       = [{ type = "section", text = { type = "plain_text", text = "burnbag test: “x”＂＜!channel＞＼", emoji = false } }]
      unfurl_links = false
      unfurl_media = false
    }
    error_message = "Slack gets plain text, which it makes no mentions and links of."
  }

  assert {
    condition = alltrue([for name in ["opened", "mail"] :
      aws_cloudwatch_event_target.notification[name].input_transformer[0].input_paths == tomap({ event = "$.detail.event", summary = "$.detail.summary" })
    ]) && aws_cloudwatch_event_target.notification["mail"].input_transformer[0].input_template == "\"<summary>\""
    error_message = "No message has a field that senders write, but for the summary."
  }

  assert {
    condition     = aws_cloudwatch_event_target.notification["all"].input_path == "$.detail" && length(aws_cloudwatch_event_target.notification["all"].input_transformer) == 0
    error_message = "A webhook gets the event itself."
  }

  assert {
    condition = { for name, it in aws_cloudwatch_event_api_destination.notification : name => "${it.invocation_endpoint} ${it.invocation_rate_limit_per_second}" } == {
      opened = "https://slack.com/api/chat.postMessage 1"
      all    = "https://hooks.example.com/burnbag 20"
    }
    error_message = "Slack and webhooks are called at a limited rate."
  }

  assert {
    condition = alltrue([for it in aws_cloudwatch_event_target.notification :
      it.retry_policy[0].maximum_event_age_in_seconds == 21600 && it.dead_letter_config[0].arn == aws_sqs_queue.notification_dead_letters[0].arn
    ])
    error_message = "Each is tried again for a while, and then kept."
  }

  assert {
    condition = (
      toset(one(data.aws_iam_policy_document.notifications[0].statement).actions) == toset(["events:InvokeApiDestination"]) &&
      toset(one(data.aws_iam_policy_document.notifications[0].statement).resources) == toset(values(aws_cloudwatch_event_api_destination.notification)[*].arn)
    )
    error_message = "EventBridge may call these destinations."
  }

  assert {
    condition = { for it in one(data.aws_iam_policy_document.notifications_trust[0].statement).condition : it.variable => one(it.values) } == {
      "aws:SourceAccount" = "123456789012"
      "aws:SourceArn"     = "arn:aws:events:eu-central-1:123456789012:rule/burnbag-test/burnbag-test-*"
    }
    error_message = "Only for these rules."
  }

  assert {
    condition = { for it in values(aws_sns_topic_subscription.notification) : it.endpoint => it.protocol } == {
      "a@example.com" = "email"
      "b@example.com" = "email"
    } && length(aws_sns_topic.notification["mail"].kms_master_key_id) > 0
    error_message = "Mail goes through an encrypted topic."
  }

  assert {
    condition = toset(one(one(data.aws_iam_policy_document.notification_topic["mail"].statement).condition).values) == toset([
      "arn:aws:events:eu-central-1:123456789012:rule/burnbag-test/burnbag-test-mail"
    ])
    error_message = "Only its rule tells a topic."
  }

  assert {
    condition = (
      length(aws_sqs_queue.notification_dead_letters[0].kms_master_key_id) > 0 &&
      toset(one(one(data.aws_iam_policy_document.notification_dead_letters[0].statement).condition).values) == toset(values(aws_cloudwatch_event_rule.notification)[*].arn)
    )
    error_message = "Only these rules put something into the queue, which is encrypted."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.key["storage_key"].statement : statement.sid => {
      actions   = toset(statement.actions)
      principal = one(one(statement.principals).identifiers)
      condition = { for it in statement.condition : it.variable => one(it.values) }
      } if contains(["KeepUndeliveredEvents", "TellOwnTopicsOfEvents"], statement.sid) } == {
      KeepUndeliveredEvents = {
        actions   = toset(["kms:Decrypt", "kms:GenerateDataKey"])
        principal = "events.amazonaws.com"
        condition = {
          "aws:SourceAccount" = "123456789012"
          "aws:SourceArn"     = "arn:aws:events:eu-central-1:123456789012:rule/burnbag-test/burnbag-test-*"
        }
      }
      TellOwnTopicsOfEvents = {
        actions   = toset(["kms:Decrypt", "kms:GenerateDataKey*"])
        principal = "events.amazonaws.com"
        condition = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:aws:sns:eu-central-1:123456789012:burnbag-test-*" }
      }
    }
    error_message = "EventBridge uses the key for the queue and the topics, and for nothing else."
  }
}

run "a_topic_without_addresses" {
  command = plan

  variables {
    notifications = { mail = { email = [] } }
  }

  assert {
    condition     = length(aws_sns_topic.notification) == 1 && length(aws_sns_topic_subscription.notification) == 0 && length(aws_iam_role.notifications) == 0
    error_message = "Others may subscribe to it."
  }
}
