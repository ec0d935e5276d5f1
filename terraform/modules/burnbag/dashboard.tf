# The dashboard. What it shows is one table; below that, the table is put on CloudWatch's grid.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

locals {
  # Where metrics come from. A function or a call is named as in functions.tf and routes.tf.
  dashboard_sources = merge(
    {
      burnbag      = { namespace = "burnbag", dimensions = ["environment", var.environment] }
      api          = { namespace = "AWS/ApiGateway", dimensions = ["ApiName", local.prefix, "Stage", local.stage] }
      dead_letters = { namespace = "AWS/SQS", dimensions = ["QueueName", aws_sqs_queue.dead_letters.name] }
    },
    { for key in keys(local.functions) : key => {
      namespace = "AWS/Lambda", dimensions = ["FunctionName", "${local.prefix}-${key}"]
    } },
    { for call in keys(local.routes) : call => {
      namespace  = "AWS/ApiGateway"
      dimensions = ["ApiName", local.prefix, "Method", split(" ", call)[0], "Resource", split(" ", call)[1], "Stage", local.stage]
    } },
  )

  # Nobody waits for the health check or the API's description, the page's files are few, and lists, revocations of many,
  # uploads in parts and requests rare. Without them, and without what people send by the page, the dashboard has 50 metrics, as many as a
  # free one may have. For the same reason a number of samples stands for a count: each erasure has a lag, and each request a
  # latency, and it is a 4xx error or none (1 or 0).
  undrawn_calls = concat(
    ["GET /v1/health", "HEAD /v1/health", "GET /v1/openapi.json", "HEAD /v1/openapi.json", "GET /v1/receipts"],
    ["POST /v1/uploads/{id}/parts", "GET /v1/uploads/{id}/parts", "POST /v1/uploads/{id}/complete", "POST /v1/requests"],
    [for call in local.anyones_calls : call if call != "GET /v1/keys"],
    keys(local.operators_calls),
  )
  dashboard_calls = [for call in keys(local.routes) : call if strcontains(call, " /v1/") && !contains(local.undrawn_calls, call)]

  # Nor do reconcile and letters run so often that a graph would say anything. Of page an alarm tells.
  dashboard_functions = setsubtract(keys(local.functions), ["letters", "page", "reconcile"])

  # A row of the table is a row of the dashboard. A graph has
  #   normal   what it looks like while all is well, and runbook, the section to read if it doesn't
  #   axis     what it counts, period in seconds, and line, what should not be crossed
  #   metrics  source, name, statistic, label. With a fifth column only that formula is drawn, where m0
  #            is the graph's first metric; null draws nothing. Counts are filled: no event is none.
  # and a table has the query that fills it from the audit log, which only limit may follow after dedup.
  dashboard_table = [
    [
      {
        title   = "Secrets per hour", axis = "per hour", period = 3600
        normal  = "Every secret that is created is revealed, revoked, locked or expires, and is erased once."
        runbook = "keeps-its-promises"
        metrics = [for number, it in [
          ["SecretsCreated", "Sum", "created"],
          ["SecretsRevealed", "Sum", "revealed"],
          ["SecretsExpired", "Sum", "expired"],
          ["SecretsRevoked", "Sum", "revoked"],
          ["SecretsLocked", "Sum", "locked or frozen"],
          ["erase_lag_seconds", "SampleCount", "erased"],
        ] : ["burnbag", it[0], it[1], it[2], "FILL(m${number}, 0) * 3600 / PERIOD(m${number})"]]
      },
      {
        title   = "Living secrets", axis = "secrets", period = 600
        normal  = "Follows your working hours. What only rises is not being erased.",
        runbook = "no-sweep"
        metrics = [
          ["burnbag", "LivingSecrets", "Maximum", "most"],
          ["burnbag", "LivingSecrets", "Average", "average"],
        ]
      },
      {
        title   = "Share that expired unread", axis = "%", most = 100, period = 3600
        normal  = "Steady. A jump means that links don't arrive, or live too short.",
        runbook = "unread"
        metrics = [
          ["burnbag", "SecretsExpiredUnread", "Sum", "of what expired", "100 * m0 / m1"],
          ["burnbag", "SecretsExpired", "Sum", "expired", null],
        ]
      },
    ],
    [
      {
        title   = "From creation to reveal", axis = "seconds", period = 3600
        normal  = "Minutes to hours, well below the time to live.",
        runbook = "unread"
        metrics = [
          ["burnbag", "reveal_delay_seconds", "p50", "p50"],
          ["burnbag", "reveal_delay_seconds", "p90", "p90"],
        ]
      },
      {
        title   = "Wrong passphrases and locks", axis = "number", period = 300
        normal  = "Now and then a wrong one; hardly ever a lock. Many at once are somebody who guesses.",
        runbook = "guesses"
        metrics = [
          ["burnbag", "PassphrasesFailed", "Sum", "wrong passphrases", "FILL(m0, 0)"],
          ["burnbag", "SecretsLocked", "Sum", "locked or frozen", "FILL(m1, 0)"],
        ]
      },
      {
        title   = "Erase lag", axis = "seconds", period = 300
        line    = { label = "promised: 120 s", value = 120 }
        normal  = "A few seconds after a reveal, up to a minute after an expiry; never above 120.",
        runbook = "erase-lag"
        metrics = [
          ["burnbag", "erase_lag_seconds", "p50", "p50"],
          ["burnbag", "erase_lag_seconds", "p99", "p99"],
          ["burnbag", "erase_lag_seconds", "Maximum", "max"],
        ]
      },
    ],
    [
      {
        title   = "Oldest overdue record", axis = "seconds", period = 60
        line    = { label = "promised: 120 s", value = 120 }
        normal  = "Below 60, and a point each minute: without one, sweep does not run.",
        runbook = "overdue"
        metrics = [["burnbag", "OldestOverdueSeconds", "Maximum", "overdue"]]
      },
      {
        title   = "Age of the streams", axis = "seconds", period = 60
        normal  = "A few seconds. The heartbeat goes through both streams each minute, also while nobody uses burnbag.",
        runbook = "reap-late"
        metrics = [
          ["reap", "IteratorAge", "Maximum", "reap", "m0 / 1000"],
          ["audit", "IteratorAge", "Maximum", "audit", "m1 / 1000"],
          ["burnbag", "AuditBehindSeconds", "Maximum", "heartbeat", "m2"],
        ]
      },
      {
        title   = "Dead letters", axis = "messages", period = 60
        normal  = "None. Each is a record that nothing can process, and has two weeks to be looked at.",
        runbook = "dead-letters"
        metrics = [["dead_letters", "ApproximateNumberOfMessagesVisible", "Maximum", "waiting"]]
      },
    ],
    [
      {
        title   = "Requests by call", axis = "per period", period = 300
        normal  = "As many as your services and people make.",
        runbook = "latency"
        metrics = [for number, call in local.dashboard_calls : [call, "Latency", "SampleCount", call, "FILL(m${number}, 0)"]]
      },
      {
        title   = "Answers", axis = "per period", period = 300
        normal  = "No 5xx. A 4xx is normal: gone, or a wrong passphrase.",
        runbook = "server-errors"
        metrics = [
          ["api", "4XXError", "SampleCount", "requests", "FILL(m0, 0)"],
          ["api", "4XXError", "Sum", "4xx", "FILL(m1, 0)"],
          ["api", "5XXError", "Sum", "5xx", "FILL(m2, 0)"],
        ]
      },
    ],
    [
      {
        title   = "Latency, p50", axis = "ms", period = 300
        normal  = "Below 200 ms.",
        runbook = "latency"
        metrics = [for call in local.dashboard_calls : [call, "Latency", "p50", call]]
      },
      {
        title   = "Latency, p99", axis = "ms", period = 300
        normal  = "Up to 3 s after a pause (cold start).",
        runbook = "latency"
        metrics = [for call in local.dashboard_calls : [call, "Latency", "p99", call]]
      },
    ],
    [
      {
        title   = "Errors", axis = "per period", period = 300
        normal  = "None. What a caller does wrong is no error here.",
        runbook = "function-errors"
        metrics = [for key in local.dashboard_functions : [key, "Errors", "Sum", key]]
      },
      {
        title   = "Throttles", axis = "per period", period = 300
        normal  = "None: then the concurrency is enough.",
        runbook = "throttles"
        metrics = [for key in local.dashboard_functions : [key, "Throttles", "Sum", key]]
      },
      {
        title   = "Duration, p99", axis = "ms", period = 300
        normal  = "Far below the timeouts, of which the shortest is 20 s.",
        runbook = "latency"
        metrics = [for key in local.dashboard_functions : [key, "Duration", "p99", key]]
      },
      {
        title   = "Concurrency", axis = "at once", period = 300
        normal  = "A handful; sweep runs alone.",
        runbook = "throttles"
        metrics = [for key in local.dashboard_functions : [key, "ConcurrentExecutions", "Maximum", key]]
      },
    ],
    [
      {
        title   = "The last twenty ends"
        normal  = "Revealed, mostly, and by whom you expect.",
        runbook = "keeps-its-promises"
        query   = "fields time, event, kind, label, lifetime_seconds, source_ip, actor, secret_id | filter event in [\"secret.revealed\", \"secret.revoked\", \"secret.locked\", \"secret.expired\"] and ispresent(lifetime_seconds) | sort time desc | dedup event_id | limit 20"
      },
    ],
    [
      {
        title   = "Top creators"
        normal  = "The services that you know.",
        runbook = "keeps-its-promises"
        query   = "filter event = \"secret.created\" | stats count_distinct(event_id) as secrets by created_by | sort secrets desc | limit 10"
      },
      {
        title   = "Slowest erasures"
        normal  = "Nothing above 120 seconds.",
        runbook = "erase-lag"
        query   = "fields erase_lag_seconds, time, kind, label, secret_id | filter event = \"secret.erased\" | sort erase_lag_seconds desc | dedup event_id | limit 10"
      },
    ],
  ]
}

# Each row is eight units high, six for the graphs and two for what is normal; all are 24 wide.
locals {
  dashboard_cells = flatten([for number, row in local.dashboard_table : [for place, it in row : {
    shown = merge(it, { runbook_link = var.runbook_url == null ? "Runbook: ${replace(it.runbook, "-", " ")}" : "[Runbook](${var.runbook_url}#${it.runbook})" })
    place = { x = place * 24 / length(row), width = 24 / length(row), y = 8 * number }
  }]])

  dashboard_graphs = [for cell in local.dashboard_cells : merge(cell.place, {
    type = "metric", height = 6
    properties = merge(
      {
        title  = cell.shown.title, region = local.region, view = "timeSeries", period = cell.shown.period
        yAxis  = { left = merge({ label = cell.shown.axis, showUnits = false, min = 0 }, { for most in try([cell.shown.most], []) : "max" => most }) }
        legend = { position = "bottom" }
        metrics = concat(
          [for number, it in cell.shown.metrics : concat(
            [local.dashboard_sources[it[0]].namespace, it[1]],
            local.dashboard_sources[it[0]].dimensions,
            [{ id = "m${number}", stat = it[2], label = it[3], visible = length(it) == 4 }],
          )],
          [for number, it in cell.shown.metrics : [{ id = "f${number}", expression = it[4], label = it[3] }] if try(it[4] != null, false)],
        )
      },
      { for line in try([cell.shown.line], []) : "annotations" => { horizontal = [merge(line, { color = "#d62728" })] } },
    )
  }) if can(cell.shown.metrics)]

  dashboard_logs = [for cell in local.dashboard_cells : merge(cell.place, {
    type = "log", height = 6
    properties = {
      title = cell.shown.title, region = local.region, view = "table"
      query = "SOURCE '${aws_cloudwatch_log_group.audit.name}' | ${cell.shown.query}"
    }
  }) if can(cell.shown.query)]

  dashboard_texts = [for cell in local.dashboard_cells : merge(cell.place, {
    type       = "text", y = cell.place.y + 6, height = 2
    properties = { markdown = "${cell.shown.normal} ${cell.shown.runbook_link}", background = "transparent" }
  })]
}

# An account's dashboards have no region, so their names do.
resource "aws_cloudwatch_dashboard" "this" {
  count          = var.dashboard ? 1 : 0
  dashboard_name = "${local.prefix}-${local.region}"
  dashboard_body = jsonencode({
    start          = "-P1D"
    periodOverride = "inherit"
    widgets        = concat(local.dashboard_graphs, local.dashboard_logs, local.dashboard_texts)
  })
}
