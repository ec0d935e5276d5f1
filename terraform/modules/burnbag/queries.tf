# An auditor's ten questions, saved in CloudWatch Logs Insights: docs/audit.md has them with the
# command that answers the same.
#
# The log gets an event at least once. So a list ends with `dedup event_id`, after which Insights
# allows nothing but `limit`, and a count counts the groups that a first `stats` makes by event_id.
# Events of version 1 have no created_by but in secret.created, where it is the actor. What is to be
# edited before a query runs is in its first line.

locals {
  queries = {
    # Of secret.expired, those with views_used = 0 expired unread.
    counts = <<-EOT
      fields coalesce(max_views - views_left, -1) as views_used
      | filter event in ["secret.created", "secret.revealed", "secret.expired", "secret.revoked", "secret.locked", "secret.frozen", "secret.refused"]
      | stats count(*) as copies by event_id, event, views_used
      | stats count(*) as events by event, views_used
      | sort event asc, views_used asc
    EOT

    secret = <<-EOT
      filter secret_id = "AAAAAAAAAAAAAAAAAAAAAA"
      | fields time, event, actor, source_ip, user_agent, views_left, label, created_by, erase_lag_seconds
      | sort @timestamp asc
      | dedup event_id
      | limit 1000
    EOT

    creators = <<-EOT
      filter event = "secret.created"
      | fields coalesce(created_by, actor, "-") as creator, coalesce(size, 0) as bytes
      | stats max(bytes) as secret_bytes by event_id, creator
      | stats count(*) as secrets, sum(secret_bytes) as total_bytes by creator
      | sort secrets desc
      | limit 100
    EOT

    # What has ended is erased within two minutes: another last_event is that of an open secret.
    principal = <<-EOT
      filter created_by like "assumed-role/orders/"
      | stats earliest(time) as first_time, latest(event) as last_event, latest(views_left) as views, latest(label) as named, max(ttl_seconds) as ttl by secret_id, kind, created_by
      | sort first_time desc
      | limit 1000
    EOT

    # An address of IPv6 is in no network of IPv4: isIpv6InSubnet asks about those.
    outside = <<-EOT
      filter not isIpv4InSubnet(source_ip, "10.0.0.0/8") and not isIpv4InSubnet(source_ip, "192.0.2.0/24")
      | filter ispresent(source_ip) and event = "secret.revealed"
      | fields time, secret_id, source_ip, actor, user_agent, created_by, label
      | sort @timestamp desc
      | dedup event_id
      | limit 1000
    EOT

    guesses = <<-EOT
      filter event = "secret.passphrase_failed"
      | fields coalesce(source_ip, actor, "-") as address
      | stats count(*) as copies by event_id, secret_id, address
      | stats count(*) as failures, count_distinct(secret_id) as secrets by address
      | sort failures desc
      | limit 100
    EOT

    slow-erasures = <<-EOT
      filter event = "secret.erased" and erase_lag_seconds > 120
      | fields time, secret_id, kind, size, erase_lag_seconds, created_by, label
      | sort erase_lag_seconds desc
      | dedup event_id
      | limit 1000
    EOT

    revocations = <<-EOT
      filter event = "secret.revoked"
      | fields time, secret_id, actor, source_ip, created_by, label, lifetime_seconds
      | sort @timestamp desc
      | dedup event_id
      | limit 1000
    EOT

    label = <<-EOT
      filter label = "staging database"
      | filter event = "secret.revealed"
      | fields time, secret_id, actor, source_ip, user_agent, views_left, reveal_delay_seconds, created_by
      | sort @timestamp desc
      | dedup event_id
      | limit 1000
    EOT

    files = <<-EOT
      filter event = "secret.created" and kind in ["file", "upload"]
      | fields coalesce(created_by, actor, "-") as creator, coalesce(size, 0) as bytes
      | stats max(bytes) as file_bytes by event_id, creator, kind
      | stats count(*) as files, sum(file_bytes) as total_bytes, max(file_bytes) as largest by creator, kind
      | sort total_bytes desc
      | limit 100
    EOT
  }
}

resource "aws_cloudwatch_query_definition" "audit" {
  for_each = var.saved_queries ? local.queries : {}

  name            = "burnbag/${var.environment}/${each.key}"
  log_group_names = [aws_cloudwatch_log_group.audit.name]
  query_string    = each.value
}
