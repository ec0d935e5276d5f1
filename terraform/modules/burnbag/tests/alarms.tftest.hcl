# What rings, whom it tells, and what it costs.

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

run "alarms" {
  command = apply

  variables {
    alarms            = true
    alarm_subscribers = ["ops@example.com", "https://pager.example.com/x", "arn:aws:sqs:eu-central-1:123456789012:pager"]
    alarm_thresholds  = { overdue = 300 }
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.simple)) == toset([
      "dead-letters", "reap-late", "audit-late", "heartbeat", "no-sweep", "overdue", "erase-lag", "latency", "guesses", "locks", "refusals", "kms-refusals",
      "create-errors", "reveal-errors", "page-errors", "reap-errors", "sweep-errors", "audit-errors", "stray-errors", "reconcile-errors", "unreconciled", "no-reconcile",
    ])
    error_message = "Every alarm has a section in docs/operations.md."
  }

  assert {
    condition = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.simple), values(aws_cloudwatch_metric_alarm.composed)) :
      alarm.alarm_actions == toset([aws_sns_topic.alarms[0].arn]) && alarm.ok_actions == toset([aws_sns_topic.alarms[0].arn])
    ])
    error_message = "Every alarm tells that it rings and that it is over."
  }

  assert {
    condition = alltrue([for name, alarm in aws_cloudwatch_metric_alarm.simple :
      alarm.treat_missing_data == (contains(["heartbeat", "no-sweep", "no-reconcile"], name) ? "breaching" : "notBreaching")
    ])
    error_message = "Silence is an alarm where something beats, and normal where something is counted."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.simple["overdue"].threshold == 300 &&
      aws_cloudwatch_metric_alarm.simple["erase-lag"].threshold == 120 &&
      aws_cloudwatch_metric_alarm.simple["reap-late"].threshold == 60000 &&
      aws_cloudwatch_metric_alarm.simple["latency"].extended_statistic == "p99"
    )
    error_message = "A threshold is its default, unless it was given."
  }

  assert {
    condition = alltrue([for name in ["guesses", "locks", "refusals", "throttles", "no-reconcile"] :
      !strcontains(aws_cloudwatch_composite_alarm.promises[0].alarm_rule, "burnbag-test-${name}\"")
    ]) && strcontains(aws_cloudwatch_composite_alarm.promises[0].alarm_rule, "ALARM(\"burnbag-test-erase-lag\")")
    error_message = "The alarm above all others is about promises."
  }

  assert {
    condition     = length(aws_cloudwatch_log_metric_filter.foreign_decrypts) == 0 && !strcontains(aws_cloudwatch_composite_alarm.promises[0].alarm_rule, "foreign-decrypts")
    error_message = "Without a trail's log group nothing looks at it."
  }

  assert {
    condition = length(aws_cloudwatch_metric_alarm.simple) + length(flatten([
      for alarm in aws_cloudwatch_metric_alarm.composed : [for query in alarm.metric_query : query if length(query.metric) > 0]
    ])) == 34
    error_message = "34 metrics, as the description of the variable says."
  }

  assert {
    condition = { for it in values(aws_sns_topic_subscription.alarms) : it.protocol => it.endpoint } == {
      email = "ops@example.com"
      https = "https://pager.example.com/x"
      sqs   = "arn:aws:sqs:eu-central-1:123456789012:pager"
    }
    error_message = "Subscribers are told by the protocol that they are of."
  }

  assert {
    condition     = length(aws_sns_topic.alarms[0].kms_master_key_id) > 0 && output.alarm_topic_arn == aws_sns_topic.alarms[0].arn
    error_message = "The topic is encrypted."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.alarms[0].statement : {
      who   = one(statement.principals).identifiers
      where = toset([for it in statement.condition : it.variable])
    }] == [{ who = toset(["cloudwatch.amazonaws.com"]), where = toset(["aws:SourceAccount", "aws:SourceArn"]) }]
    error_message = "Nobody but this stack's alarms may publish."
  }
}

run "everything_watched" {
  command = apply

  variables {
    alarms               = true
    watch_list           = true
    trail_log_group_name = "aws-cloudtrail-logs"
    people_auth          = "COGNITO"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.simple["foreign-decrypts"].metric_name == aws_cloudwatch_log_metric_filter.foreign_decrypts[0].metric_transformation[0].name &&
      aws_cloudwatch_metric_alarm.simple["foreign-decrypts"].namespace == aws_cloudwatch_log_metric_filter.foreign_decrypts[0].metric_transformation[0].namespace &&
      aws_cloudwatch_metric_alarm.simple["foreign-decrypts"].threshold == 1 &&
      aws_cloudwatch_log_metric_filter.foreign_decrypts[0].log_group_name == "aws-cloudtrail-logs"
    )
    error_message = "One Decrypt by somebody else is enough to ring."
  }

  assert {
    condition = (
      strcontains(aws_cloudwatch_log_metric_filter.foreign_decrypts[0].pattern, "$.resources[0].ARN = \"${output.sealing_key_arn}\"") &&
      strcontains(aws_cloudwatch_log_metric_filter.foreign_decrypts[0].pattern, "!= \"arn:aws:sts::123456789012:assumed-role/burnbag-test-reveal-eu-central-1/*\"") &&
      length(aws_cloudwatch_log_metric_filter.foreign_decrypts[0].pattern) <= 1024
    )
    error_message = "It is about the sealing key, and about anybody but reveal."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_composite_alarm.promises[0].alarm_rule, "ALARM(\"burnbag-test-foreign-decrypts\")")
    error_message = "That only reveal opens is a promise."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_event_rule.watch)) == toset(["keys", "roles", "functions", "streams", "tables", "bucket", "sign-in"])
    error_message = "Keys, roles, functions, streams, tables and the bucket are watched, and the sign-in."
  }

  assert {
    condition     = alltrue([for rule in aws_cloudwatch_event_rule.watch : length(rule.event_pattern) <= 2048])
    error_message = "EventBridge takes patterns of up to 2,048 characters."
  }

  # Of DeleteEventSourceMapping, and of an update that disables one, CloudTrail has `uUID` and no functionName.
  assert {
    condition = contains([
      for way in jsondecode(aws_cloudwatch_event_rule.watch["streams"].event_pattern).detail["$or"] : try(toset(way.requestParameters.uUID), null)
    ], toset(values(aws_lambda_event_source_mapping.stream)[*].uuid))
    error_message = "A mapping that is disabled or deleted is named by its id alone."
  }

  assert {
    condition = alltrue([for name in ["PutFunctionCodeSigningConfig", "DeleteFunctionCodeSigningConfig"] :
      contains(jsondecode(aws_cloudwatch_event_rule.watch["functions"].event_pattern).detail.eventName, { prefix = name })
    ])
    error_message = "Code signing is watched by the names that Lambda has for its calls."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.alarms[0].statement) == 2
    error_message = "The rules may publish to the topic."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.watch["sign-in"].event_pattern) == {
      source      = ["aws.cognito-idp"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventName         = local.watched.sign-in.events
        requestParameters = { userPoolId = [output.user_pool_id] }
      }
    }
    error_message = "It is about this stack's user pool, and about no other."
  }

  assert {
    condition = length(setsubtract([
      "UpdateUserPool", "UpdateUserPoolClient", "CreateIdentityProvider", "UpdateIdentityProvider", "AdminCreateUser", "AdminUpdateUserAttributes",
      "AdminSetUserPassword", "AdminLinkProviderForUser",
    ], jsondecode(aws_cloudwatch_event_rule.watch["sign-in"].event_pattern).detail.eventName)) == 0
    error_message = "Whoever lets somebody send in another's name is seen, by the pool, its client, a provider or a user."
  }

  assert {
    condition     = aws_cloudwatch_event_target.watch["sign-in"].arn == aws_sns_topic.alarms[0].arn
    error_message = "It tells whom the alarms tell."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      one(one(statement.principals).identifiers) => { for condition in statement.condition : condition.variable => tolist(condition.values) }
      if startswith(statement.sid, "TellOwnTopics")
      } == { for service in ["cloudwatch.amazonaws.com", "events.amazonaws.com"] :
      service => { "kms:EncryptionContext:aws:sns:topicArn" = tolist(["arn:aws:sns:eu-central-1:123456789012:burnbag-test-*"]) }
    }
    error_message = "Alarms and rules may encrypt for this environment's topics, and for nothing else."
  }
}
