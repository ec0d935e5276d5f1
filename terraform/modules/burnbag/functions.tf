# The nine functions, which come from four packages, and their environment variables.

locals {
  # No resource's attribute may stand here: the roles would wait for the stores, and the stores
  # wait for the key policies, which name the roles.
  #
  # Memory decides the share of a processor too. Somebody waits for create, reveal and page, and sweep has a
  # minute. The others wait for AWS most of the time. Of memory reap and stray take some 70 MB with
  # Lambda's own runtime, and audit some 120, if it gets the largest batch that Lambda hands out (6 MB).
  functions = {
    create = {
      description = "burnbag, the sender's side: seal, upload, receipt, revoke; keys"
      package     = "create", handler = "app.app", timeout = 20, memory = var.api_memory_mb
    }
    reveal = {
      description = "burnbag, the recipient's side: peek, reveal, confirm"
      package     = "reveal", handler = "app.app", timeout = 20, memory = var.api_memory_mb
    }
    page = {
      description = "burnbag: serves the page that links lead to, and can do nothing else"
      package     = "page", handler = "page.handler", timeout = 10, memory = 512
    }
    reap = {
      description = "burnbag: when a record is gone, deletes its object and settles its receipt"
      package     = "reaper", handler = "reap.handler", timeout = 60, memory = 192
    }
    sweep = {
      description = "burnbag: every minute, deletes the records that are overdue"
      package     = "reaper", handler = "sweep.handler", timeout = 50, memory = 256
    }
    audit = {
      description = "burnbag: writes audit events when a receipt changes"
      package     = "reaper", handler = "audit.handler", timeout = 60, memory = 192
    }
    stray = {
      description = "burnbag: deletes an object that arrives after its record is gone"
      package     = "reaper", handler = "stray.handler", timeout = 30, memory = 128
    }
    # It reads for most of its time, and with this much memory it has a whole processor for the rest.
    reconcile = {
      description = "burnbag: once a day, finds and mends what a stream has forgotten"
      package     = "reaper", handler = "reconcile.handler", timeout = 900, memory = 1769
    }
    letters = {
      description = "burnbag, for operators: lists dead letters, has them processed again, drops them"
      package     = "reaper", handler = "letters.handler", timeout = 600, memory = 256
    }
  }

  receipt_retention = tostring(var.receipt_retention_days * 86400)

  # The host of API Gateway's own endpoint. With a VPC endpoint in it, it is found from outside the VPC
  # too, and leads there.
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
  api_host = "${join("-", concat([module.api.id], slice(var.vpc_endpoint_ids, 0, min(1, length(var.vpc_endpoint_ids)))))}.execute-api.${local.region}.${local.dns_suffix}"

  # An emulator is reached by its own address only.
  api_url = (
    local.emulated
    ? "${var.emulator_endpoint_url}/_aws/execute-api/${module.api.id}/${local.stage}"
    : var.domain_name != null ? "https://${var.domain_name}" : "https://${local.api_host}/${local.stage}"
  )

  function_environment = {
    create = {
      ENVIRONMENT       = var.environment
      SECRETS_TABLE     = module.storage.secrets_table.name
      RECEIPTS_TABLE    = module.storage.receipts_table.name
      FILES_BUCKET      = module.storage.files_bucket.name
      SEALING_KEY_ARN   = module.storage.sealing_key_arn
      RECEIPT_KEY_ARNS  = join(",", module.storage.receipt_key_arns)
      LINK_BASE_URL     = coalesce(var.link_base_url, local.api_url)
      DEFAULT_TTL       = tostring(var.default_ttl)
      MIN_TTL           = tostring(var.min_ttl)
      MAX_TTL           = tostring(var.max_ttl)
      MAX_VIEWS         = tostring(var.max_views)
      MAX_SECRET_BYTES  = tostring(var.max_secret_bytes)
      MAX_FILE_BYTES    = tostring(var.max_file_bytes)
      MAX_UPLOAD_BYTES  = tostring(var.max_upload_bytes)
      RECEIPT_RETENTION = local.receipt_retention
      RECORD_SOURCE_IP  = tostring(var.record_source_ip)
      PEOPLE_AUTH       = var.people_auth == null ? "" : var.people_auth
      PEOPLE_CLIENT_ID  = try(local.sign_in.client_id, "")
      PEOPLE_TABLE      = try(module.storage.people_table.name, "")
      PEOPLE_PER_HOUR   = tostring(var.people_per_hour)
    }
    reveal = {
      ENVIRONMENT       = var.environment
      SECRETS_TABLE     = module.storage.secrets_table.name
      RECEIPTS_TABLE    = module.storage.receipts_table.name
      FILES_BUCKET      = module.storage.files_bucket.name
      SEALING_KEY_ARN   = module.storage.sealing_key_arn
      RECEIPT_RETENTION = local.receipt_retention
      RECORD_SOURCE_IP  = tostring(var.record_source_ip)
      PEOPLE_CLIENT_ID  = try(local.sign_in.client_id, "")
    }
    page = {
      PAGE             = jsonencode(local.page)
      API_URL          = local.api_url
      CREATE_AUTH      = var.create_auth
      MAX_UPLOAD_BYTES = tostring(var.max_upload_bytes)
    }
    reap = {
      RECEIPTS_TABLE   = module.storage.receipts_table.name
      FILES_BUCKET     = module.storage.files_bucket.name
      DEAD_LETTERS_URL = local.queue_urls.reaper
    }
    sweep = {
      ENVIRONMENT    = var.environment
      SECRETS_TABLE  = module.storage.secrets_table.name
      RECEIPTS_TABLE = module.storage.receipts_table.name
    }
    audit = {
      ENVIRONMENT      = var.environment
      AUDIT_LOG_GROUP  = aws_cloudwatch_log_group.audit.name
      DEAD_LETTERS_URL = local.queue_urls.reaper
      EVENT_BUS        = var.event_bus ? aws_cloudwatch_event_bus.events[0].name : ""
    }
    stray = {
      SECRETS_TABLE = module.storage.secrets_table.name
      FILES_BUCKET  = module.storage.files_bucket.name
    }
    reconcile = {
      ENVIRONMENT    = var.environment
      SECRETS_TABLE  = module.storage.secrets_table.name
      RECEIPTS_TABLE = module.storage.receipts_table.name
      FILES_BUCKET   = module.storage.files_bucket.name
    }
    letters = {
      DEAD_LETTERS_URL         = local.queue_urls.reaper
      NOTIFICATION_LETTERS_URL = length(var.notifications) > 0 ? local.queue_urls.notifications : ""
      EVENT_BUS                = var.event_bus ? aws_cloudwatch_event_bus.events[0].name : ""
      FUNCTION_PREFIX          = local.prefix
    }
  }
}
