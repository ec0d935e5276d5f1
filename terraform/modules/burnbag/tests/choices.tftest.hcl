# What a stack has by default, what single choices change, and what the limits let pass. Whatever depends on
# none of it is planned with it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"
}

run "nothing_chosen" {
  command = plan

  assert {
    condition = (
      length(aws_sns_topic.alarms) == 0 &&
      length(aws_cloudwatch_metric_alarm.simple) == 0 &&
      length(aws_cloudwatch_metric_alarm.composed) == 0 &&
      length(aws_cloudwatch_composite_alarm.promises) == 0 &&
      length(aws_cloudwatch_log_metric_filter.kms_refusals) == 0 &&
      length(aws_cloudwatch_log_metric_filter.foreign_decrypts) == 0 &&
      length(aws_cloudwatch_event_rule.watch) == 0 &&
      output.alarm_topic_arn == null
    )
    error_message = "Without alarms there is nothing that costs."
  }

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

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null
    error_message = "There is no dashboard unless it is asked for."
  }

  assert {
    condition = toset([for query in aws_cloudwatch_query_definition.audit : query.name]) == toset([
      for question in ["counts", "secret", "creators", "principal", "outside", "guesses", "slow-erasures", "revocations", "label", "files"] :
      "burnbag/test/${question}"
    ])
    error_message = "Each of the ten questions is saved under the environment's name."
  }

  assert {
    condition     = alltrue([for query in aws_cloudwatch_query_definition.audit : query.log_group_names == tolist(["/burnbag/test/audit"])])
    error_message = "Every query asks the audit log and no other."
  }

  assert {
    condition = alltrue([
      for query in aws_cloudwatch_query_definition.audit : can(regex("\\| dedup event_id\n\\| limit|by event_id|by secret_id", query.query_string))
    ])
    error_message = "No query counts or shows an event twice."
  }

  assert {
    condition     = { for key, protection in terraform_data.protection : key => protection.input } == { "1" = true }
    error_message = "A stack is protected by default."
  }

  assert {
    condition     = local.package_hashes.create == filebase64sha256("tests/packages/create.zip")
    error_message = "A zip without a description is known by its bytes."
  }
}

run "chosen" {
  command = plan

  variables {
    dashboard              = true
    saved_queries          = false
    event_bus              = true
    max_ttl                = 86401
    receipt_key_generation = 2

    # A new account may have a quota of ten, and Lambda wants to keep a hundred for functions that have none
    # reserved.
    account_concurrency = 10
  }

  assert {
    condition     = output.dashboard_name == "burnbag-test-eu-central-1"
    error_message = "Dashboards of two regions share an account's names."
  }

  # AWS charges for a dashboard of more than 50 metrics, however few dashboards there are.
  assert {
    condition = length(distinct(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) : join(" ", slice(metric, 0, length(metric) - 1))
        if length(metric) > 1
      ]
    ]))) == 50
    error_message = "The dashboard has 50 metrics, as its switch says."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
      widget.x + widget.width <= 24 && try(widget.properties.region, "eu-central-1") == "eu-central-1"
    ])
    error_message = "Everything is on the grid, and of this region."
  }

  # Beside each graph and each table a text that says what is normal, and where to read on.
  assert {
    condition = (
      sort([
        for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
        "${widget.x} ${widget.y + 6} ${widget.width}" if widget.type != "text"
        ]) == sort([
        for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
        "${widget.x} ${widget.y} ${widget.width}" if widget.type == "text" && strcontains(try(widget.properties.markdown, ""), ". Runbook: ")
      ])
    )
    error_message = "A graph or a table has no text below it."
  }

  assert {
    condition = {
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
      widget.properties.title => one(widget.properties.annotations.horizontal).value
      if can(widget.properties.annotations)
    } == { "Erase lag" = 120, "Oldest overdue record" = 120 }
    error_message = "The promise of 120 seconds is a line on the graphs that could break it."
  }

  assert {
    condition = [
      for metric in one([
        for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.properties.metrics
        if try(widget.properties.title, "") == "Share that expired unread"
      ]) : metric[length(metric) - 1]
      ] == [
      { id = "m0", stat = "Sum", label = "of what expired", visible = false },
      { id = "m1", stat = "Sum", label = "expired", visible = false },
      { id = "f0", label = "of what expired", expression = "100 * m0 / m1" },
    ]
    error_message = "A share is drawn, and not what it is made of."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
      startswith(widget.properties.query, "SOURCE '/burnbag/test/audit' | ") if widget.type == "log"
    ])
    error_message = "The tables read the audit log."
  }

  assert {
    condition     = length(aws_cloudwatch_query_definition.audit) == 0
    error_message = "Without saved_queries there are none."
  }

  assert {
    condition = length([for statement in data.aws_iam_policy_document.key["storage_key"].statement : statement.sid
      if contains(["KeepUndeliveredEvents", "TellOwnTopicsOfEvents"], statement.sid)
    ]) == 0
    error_message = "A bus alone needs no key."
  }

  assert {
    condition     = local.object_lifetime_days == 3
    error_message = "An object's longest life is the longest TTL, in whole days, and one day more."
  }

  assert {
    condition     = length(local.reserved_concurrency) == 0
    error_message = "An account without room reserves nothing."
  }

  assert {
    condition     = { for key, protection in terraform_data.protection : key => protection.input } == { "1" = true, "2" = true }
    error_message = "Each of the keys for receipts is protected too."
  }
}

run "at_the_limits" {
  command = plan

  variables {
    dashboard   = true
    runbook_url = "https://wiki.example.com/burnbag"

    min_ttl              = 1
    default_ttl          = 1
    max_ttl              = 1
    max_views            = 1000
    max_secret_bytes     = 393216
    link_base_url        = "https://example.com/secrets"
    max_file_bytes       = 1
    max_upload_bytes     = 1
    cors_allowed_origins = ["https://secrets.example.com", "https://example.org:8443"]
    reserved_concurrency = { create = 10, reveal = 20, page = 20, stray = 5 }

    receipt_key_generation = 20
    receipt_retention_days = 15

    domain_name             = "secrets.example.com"
    certificate_arn         = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"
    hosted_zone_id          = "Z0123456789ABC"
    keep_default_endpoint   = true
    allowed_source_cidrs    = ["203.0.113.7/32", "2001:db8::/32"]
    allowed_organization_id = "o-a1b2c3d4e5"
    allowed_principals      = ["210987654321", "arn:aws:iam::210987654321:root", "arn:aws:iam::210987654321:role/services/orders"]
    web_acl_arn             = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/company/5678"
    reveals_per_address     = 10
    method_throttles        = { "GET /v1/keys" = { rate = 0.5, burst = 1 } }

    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/company/boundary"
    role_path                = "/services/burnbag/"
    code_signing_config_arn  = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
  }

  assert {
    condition = anytrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
      endswith(try(widget.properties.markdown, ""), " [Runbook](https://wiki.example.com/burnbag#dead-letters)")
    ])
    error_message = "The texts link to the runbook's sections."
  }
}

run "private" {
  command = plan

  variables {
    endpoint_type            = "PRIVATE"
    vpc_endpoint_ids         = ["vpce-0123456789abcdef0"]
    allowed_vpc_endpoint_ids = ["vpce-0123abcd"]
    allowed_source_cidrs     = ["10.0.0.0/8"]
    domain_name              = "secrets.example.com"
    certificate_arn          = "arn:aws:acm:eu-central-1:123456789012:certificate/1234"

    alarms     = true
    watch_list = true
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_event_rule.watch)) == toset(["keys", "roles", "functions", "streams", "tables", "bucket"])
    error_message = "Keys, roles, functions, streams, tables and the bucket are watched, and no sign-in where there is none."
  }
}
