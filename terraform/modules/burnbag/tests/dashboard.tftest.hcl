# The dashboard, and that it stays a free one.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"

  deletion_protection = false
}

run "off" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null
    error_message = "There is no dashboard unless it is asked for."
  }
}

run "dashboard" {
  command = plan

  variables {
    dashboard = true
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
}

run "published_runbook" {
  command = plan

  variables {
    dashboard   = true
    runbook_url = "https://wiki.example.com/burnbag"
  }

  assert {
    condition = anytrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets :
      endswith(try(widget.properties.markdown, ""), " [Runbook](https://wiki.example.com/burnbag#dead-letters)")
    ])
    error_message = "The texts link to the runbook's sections."
  }
}

run "bad_runbook" {
  command = plan

  variables {
    runbook_url = "wiki#burnbag"
  }

  expect_failures = [var.runbook_url]
}
