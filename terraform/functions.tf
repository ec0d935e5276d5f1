# The six functions of the three packages, and what each is told.

locals {
  # Static on purpose: a value of a resource in here would make the roles wait for
  # the stores, whose key policy names the roles.
  functions = {
    create = {
      description = "burnbag, the sender's side: seal, upload, receipt, revoke"
      package     = "create", handler = "app.app", timeout = 20, memory = var.api_memory_mb
    }
    reveal = {
      description = "burnbag, the recipient's side: peek, reveal, confirm"
      package     = "reveal", handler = "app.app", timeout = 20, memory = var.api_memory_mb
    }
    reap = {
      description = "burnbag: deletes the object and settles the receipt when a record is gone"
      package     = "reaper", handler = "reap.handler", timeout = 60, memory = 256
    }
    sweep = {
      description = "burnbag: deletes what is overdue, each minute"
      package     = "reaper", handler = "sweep.handler", timeout = 50, memory = 256
    }
    audit = {
      description = "burnbag: turns receipt changes into audit events"
      package     = "reaper", handler = "audit.handler", timeout = 60, memory = 256
    }
    stray = {
      description = "burnbag: deletes an upload that arrives after its record's end"
      package     = "reaper", handler = "stray.handler", timeout = 30, memory = 256
    }
  }

  receipt_retention = tostring(var.receipt_retention_days * 86400)

  api_url = (
    local.emulated
    ? "${var.emulator_endpoint_url}/_aws/execute-api/${module.api.id}/${local.stage}"
    : "https://${module.api.id}.execute-api.${var.region}.${data.aws_partition.current.dns_suffix}/${local.stage}"
  )

  function_environment = {
    create = {
      ENVIRONMENT       = var.environment
      SECRETS_TABLE     = module.storage.secrets_table.name
      RECEIPTS_TABLE    = module.storage.receipts_table.name
      FILES_BUCKET      = module.storage.files_bucket.name
      SEALING_KEY_ARN   = module.storage.sealing_key_arn
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
    }
    reveal = {
      ENVIRONMENT       = var.environment
      SECRETS_TABLE     = module.storage.secrets_table.name
      RECEIPTS_TABLE    = module.storage.receipts_table.name
      FILES_BUCKET      = module.storage.files_bucket.name
      SEALING_KEY_ARN   = module.storage.sealing_key_arn
      RECEIPT_RETENTION = local.receipt_retention
      RECORD_SOURCE_IP  = tostring(var.record_source_ip)
    }
    reap = {
      ENVIRONMENT       = var.environment
      RECEIPTS_TABLE    = module.storage.receipts_table.name
      FILES_BUCKET      = module.storage.files_bucket.name
      DEAD_LETTERS_URL  = aws_sqs_queue.dead_letters.url
      RECEIPT_RETENTION = local.receipt_retention
    }
    sweep = {
      ENVIRONMENT   = var.environment
      SECRETS_TABLE = module.storage.secrets_table.name
    }
    audit = {
      ENVIRONMENT      = var.environment
      AUDIT_LOG_GROUP  = module.observability.audit_log_group.name
      DEAD_LETTERS_URL = aws_sqs_queue.dead_letters.url
    }
    stray = {
      ENVIRONMENT   = var.environment
      SECRETS_TABLE = module.storage.secrets_table.name
      FILES_BUCKET  = module.storage.files_bucket.name
    }
  }
}
