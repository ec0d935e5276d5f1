# Who may do what: every right of every function, and the policies of all keys. No other
# file gives a function a right.

locals {
  # What each function may do, besides writing its own log. `on` is a name in local.resources,
  # `when` one in local.conditions; what is not `wanted` is left out.
  privileges = {
    create = [
      { sid = "WriteSecrets", on = "secrets", actions = ["dynamodb:PutItem", "dynamodb:DeleteItem"] },
      { sid = "KeepAndUnfreezeSecrets", on = "secrets", actions = ["dynamodb:UpdateItem"], when = "keep_and_unfreeze" },
      { sid = "WriteAndReadReceipts", on = "receipts", actions = ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"] },
      { sid = "ListReceiptsByCreator", on = "by_creator_index", actions = ["dynamodb:Query"] },
      { sid = "PutFiles", on = "files", actions = ["s3:PutObject"] },
      { sid = "ListParts", on = "files", actions = ["s3:ListMultipartUploadParts"] },
      { sid = "CountPeople", on = "people", actions = ["dynamodb:UpdateItem"], wanted = var.people_auth != null },
      { sid = "MakeDataKeys", on = "sealing_key", actions = ["kms:GenerateDataKey"], when = "for_a_secret" },
      { sid = "SignReceipts", on = "receipt_keys", actions = ["kms:GetPublicKey", "kms:Sign"] },
      { sid = "EncryptFiles", on = "storage_key", actions = ["kms:GenerateDataKey"], when = "through_s3" },
      # S3 decrypts parts to make an object of them, for who has them put. It answers no byte of them: that
      # takes s3:GetObject, which this role does not have (docs/adr/0032).
      { sid = "AssembleFiles", on = "storage_key", actions = ["kms:Decrypt"], when = "through_s3" },
      local.use_tables,
    ]
    reveal = [
      { sid = "ReadAndConsumeSecrets", on = "secrets", actions = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"] },
      { sid = "ReadAndUpdateReceipts", on = "receipts", actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"] },
      { sid = "GetFiles", on = "files", actions = ["s3:GetObject"] },
      { sid = "UnwrapDataKeys", on = "sealing_key", actions = ["kms:Decrypt"], when = "for_a_secret" },
      { sid = "DecryptFiles", on = "storage_key", actions = ["kms:Decrypt"], when = "through_s3" },
      local.use_tables,
    ]
    # It serves files of its own package. A visit can't do anything.
    page = []
    reap = [
      { sid = "ReadSecretsStream", on = "secrets_stream", actions = local.read_stream },
      { sid = "UpdateReceipts", on = "receipts", actions = ["dynamodb:PartiQLUpdate"] },
      { sid = "DeleteFiles", on = "files", actions = ["s3:DeleteObject"] },
      local.abort_uploads, local.list_streams, local.send_dead_letters, local.use_queue, local.use_tables,
    ]
    sweep = [
      { sid = "FindOverdueSecrets", on = "overdue_index", actions = ["dynamodb:Query"] },
      { sid = "DeleteSecrets", on = "secrets", actions = ["dynamodb:PartiQLDelete"] },
      { sid = "BeatInSecrets", on = "secrets", actions = ["dynamodb:PutItem", "dynamodb:DeleteItem"], when = "for_the_heartbeat" },
      { sid = "BeatInReceipts", on = "receipts", actions = ["dynamodb:UpdateItem"], when = "for_the_heartbeat" },
      local.use_tables,
    ]
    audit = [
      { sid = "ReadReceiptsStream", on = "receipts_stream", actions = local.read_stream },
      { sid = "WriteAuditLog", on = "audit_log", actions = ["logs:CreateLogStream", "logs:PutLogEvents"] },
      { sid = "PutEvents", on = "event_bus", actions = ["events:PutEvents"], when = "for_own_events", wanted = var.event_bus },
      local.list_streams, local.send_dead_letters, local.use_queue, local.use_tables,
    ]
    # A condition check says whether a record is there. It could be made to return the record
    # too, but that is sealed, and this function can't use the sealing key.
    stray = [
      { sid = "CheckSecrets", on = "secrets", actions = ["dynamodb:ConditionCheckItem"] },
      { sid = "DeleteFiles", on = "files", actions = ["s3:DeleteObject"] },
      local.send_dead_letters, local.use_queue, local.use_tables,
    ]
    # Reads what sweep, reap and stray may learn, and of receipts what it judges by: no label, nobody's
    # name, no token's hash. What it mends, those may mend too.
    reconcile = [
      { sid = "FindAllSecrets", on = "overdue_index", actions = ["dynamodb:Query"] },
      { sid = "CheckSecrets", on = "secrets", actions = ["dynamodb:ConditionCheckItem"] },
      { sid = "DeleteSecrets", on = "secrets", actions = ["dynamodb:PartiQLDelete"] },
      { sid = "JudgeReceipts", on = "receipts", actions = ["dynamodb:GetItem", "dynamodb:Scan"], when = "of_ends_only" },
      { sid = "UpdateReceipts", on = "receipts", actions = ["dynamodb:PartiQLUpdate"] },
      { sid = "ListFiles", on = "bucket", actions = ["s3:ListBucket"], when = "of_files_only" },
      { sid = "DeleteFiles", on = "files", actions = ["s3:DeleteObject"] },
      local.abort_uploads, local.use_tables,
    ]
    # Whoever invokes this names letters, and can't write one: a record of his own, given to reap or audit,
    # would erase what lives, or forge the audit log.
    letters = [
      { sid = "TakeLetters", on = "letters", actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"] },
      { sid = "InvokeTheirFunctions", on = "reapers", actions = ["lambda:InvokeFunction"] },
      { sid = "ReadStreams", on = "streams", actions = ["dynamodb:GetRecords", "dynamodb:GetShardIterator"] },
      { sid = "PutEvents", on = "event_bus", actions = ["events:PutEvents"], when = "for_own_events", wanted = var.event_bus },
      local.use_queue, local.use_tables,
    ]
  }

  # Statements that several functions have.
  read_stream       = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
  list_streams      = { sid = "ListStreams", on = "everything", actions = ["dynamodb:ListStreams"] }
  abort_uploads     = { sid = "AbortUploads", on = "files", actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] }
  send_dead_letters = { sid = "SendDeadLetters", on = "dead_letters", actions = ["sqs:SendMessage"] }

  # What is done with a role outside its function, so that AWS does not name the function: Lambda reads the
  # streams and sends the dead letters, and whoever has a presigned request makes it. (AWS does not say
  # whether that has the function's name.) Everything else a role can do in its function only.
  used_elsewhere = {
    create = ["s3:PutObject"]
    reveal = ["s3:GetObject"]
    page   = []
    reap   = concat(local.read_stream, ["dynamodb:ListStreams", "sqs:SendMessage"])
    sweep  = []
    audit  = concat(local.read_stream, ["dynamodb:ListStreams", "sqs:SendMessage"])
    stray  = ["sqs:SendMessage"]

    reconcile = []
    letters   = []
  }

  # Whoever uses a store needs its key too. DynamoDB decrypts the table's own key. SQS makes a
  # data key for what is sent. S3 makes one for an object that is put, decrypts one for an
  # object that is read or put together of parts, and needs none to delete.
  use_tables = { sid = "UseTables", on = "storage_key", actions = ["kms:Decrypt"], when = "through_dynamodb" }
  use_queue  = { sid = "UseQueue", on = "storage_key", actions = ["kms:Decrypt", "kms:GenerateDataKey"], when = "through_sqs" }

  # ListStreams takes no resource. A log group has two ARNs: its own, and one ending in :* for
  # its streams. A presigned request has the rights of the function that signed it. Nobody but reconcile may
  # list the bucket, so S3 answers 403 for an object that is missing.
  resources = {
    secrets          = [module.storage.secrets_table.arn]
    overdue_index    = ["${module.storage.secrets_table.arn}/index/overdue"]
    secrets_stream   = [module.storage.secrets_table.stream_arn]
    receipts         = [module.storage.receipts_table.arn]
    receipts_stream  = [module.storage.receipts_table.stream_arn]
    by_creator_index = ["${module.storage.receipts_table.arn}/index/by_creator"]
    people           = module.storage.people_table[*].arn
    files            = ["${module.storage.files_bucket.arn}/files/*"]
    streams          = [module.storage.secrets_table.stream_arn, module.storage.receipts_table.stream_arn]
    bucket           = [module.storage.files_bucket.arn]
    dead_letters     = [local.queue_arns.reaper]
    letters          = length(var.notifications) > 0 ? values(local.queue_arns) : [local.queue_arns.reaper]
    reapers          = [for function in ["reap", "audit", "stray"] : "${local.function_arns}${function}"]
    audit_log        = [aws_cloudwatch_log_group.audit.arn, "${aws_cloudwatch_log_group.audit.arn}:*"]
    event_bus        = aws_cloudwatch_event_bus.events[*].arn
    sealing_key      = [module.storage.sealing_key_arn]
    storage_key      = [module.storage.storage_key_arn]
    receipt_keys     = module.storage.receipt_key_arns
    everything       = ["*"]
  }

  # A data key is made and unwrapped only with exactly a secret's encryption context. The
  # storage key is used only through the service that keeps the store.
  conditions = {
    always = []
    for_a_secret = [
      { test = "StringEquals", variable = "kms:EncryptionContext:burnbag:environment", values = [var.environment] },
      { test = "Null", variable = "kms:EncryptionContext:burnbag:id", values = ["false"] },
      { test = "ForAllValues:StringEquals", variable = "kms:EncryptionContextKeys", values = ["burnbag:environment", "burnbag:id"] },
    ]
    # What keeping a file and allowing new guesses change, and the conditions read. So this right
    # gives no view back. What a refused condition returns is not covered: see SECURITY.md.
    keep_and_unfreeze = [
      { test = "ForAllValues:StringEquals", variable = "dynamodb:Attributes", values = [
        "attempts_left", "erase_at", "expires_at", "failed_attempts", "frozen_at", "id", "unfrozen",
      ] },
      { test = "Null", variable = "dynamodb:Attributes", values = ["false"] },
      { test = "StringEqualsIfExists", variable = "dynamodb:ReturnValues", values = ["NONE"] },
    ]
    # Its two records, which have an id that no secret has.
    for_the_heartbeat = [
      { test = "ForAllValues:StringEquals", variable = "dynamodb:LeadingKeys", values = ["heartbeat"] },
      { test = "Null", variable = "dynamodb:LeadingKeys", values = ["false"] },
    ]
    # What reconcile judges by (findings.py).
    of_ends_only = [
      { test = "ForAllValues:StringEquals", variable = "dynamodb:Attributes", values = [
        "created_at", "ended_at", "erase_due", "erased_at", "expires_at", "id", "kind", "state", "submitted_at",
      ] },
      { test = "Null", variable = "dynamodb:Attributes", values = ["false"] },
      { test = "StringEqualsIfExists", variable = "dynamodb:Select", values = ["SPECIFIC_ATTRIBUTES"] },
    ]
    of_files_only    = [{ test = "StringEquals", variable = "s3:prefix", values = ["files/"] }]
    through_dynamodb = local.through["dynamodb"]
    through_s3       = local.through["s3"]
    through_sqs      = local.through["sqs"]
    for_own_topics = [{
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = ["arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.prefix}-*"]
    }]
    for_own_events = [{ test = "StringEquals", variable = "events:source", values = ["burnbag"] }]
    for_own_rules = [
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account_id] },
      { test = "ArnLike", variable = "aws:SourceArn", values = [local.notification_rules] },
    ]
    for_own_log_groups = [{
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["${local.log_groups}/aws/lambda/${local.prefix}-*", "${local.log_groups}/burnbag/${var.environment}/*"]
    }]
  }

  # AWS documents this name for its own partition only, so elsewhere a host of that partition will do
  # too. Nobody but AWS has either.
  through = { for service in ["dynamodb", "s3", "sqs"] : service => [
    {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = distinct([for suffix in ["amazonaws.com", local.dns_suffix] : "${service}.${local.region}.${suffix}"])
    },
  ] }

  # The key policies come from the same map: by key and sid, the functions that have that
  # statement. This is why the map has names instead of ARNs: the stores need the keys'
  # policies, so these can't refer to a store.
  key_uses = { for key in ["sealing_key", "storage_key", "receipt_keys"] : key => {
    for use in flatten([
      for function, statements in local.privileges : [
        for statement in statements : merge(statement, { function = function }) if statement.on == key
      ]
    ]) : use.sid => use...
  } }

  # The statements of each key's policy: the account administers it, the functions use it.
  key_statements = { for key, uses in local.key_uses : key => concat(
    [{ sid = "AdministerTheKey", actions = local.administer_key, principals = [local.account_root] }],
    [for statement in local.other_uses : statement if statement.on == key && lookup(statement, "wanted", true)],
    [for sid, uses in uses : {
      sid        = sid
      actions    = one(distinct(uses[*].actions))
      principals = [for use in uses : local.role_arns[use.function]]
      when       = one(distinct([for use in uses : lookup(use, "when", "always")]))
    }],
  ) }

  # Who uses a key besides the functions.
  #
  # Who creates a table with the storage key (whoever runs Terraform) needs the rights that DynamoDB
  # then uses on their behalf. Who operates the stack reads receipts and dead letters. Both go
  # through the service only, and an IAM policy has to allow them too.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  #
  # CloudWatch Logs uses it for this environment's log groups only.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  other_uses = [
    {
      sid     = "AccountUsesTables", on = "storage_key", principals = [local.account_root], when = "through_dynamodb"
      actions = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    },
    {
      sid     = "AccountUsesQueue", on = "storage_key", principals = [local.account_root], when = "through_sqs"
      actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    },
    {
      sid     = "EncryptLogGroups", on = "storage_key", service = "logs.${local.region}.${local.dns_suffix}", when = "for_own_log_groups"
      actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    },
    # Without this an alarm rings in the console and tells nobody. In a key's policy, SNS supports no source
    # (aws:SourceArn) for what EventBridge sends, so it is the topic that limits both.
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    {
      sid     = "TellOwnTopics", on = "storage_key", service = "cloudwatch.amazonaws.com", when = "for_own_topics", wanted = var.alarms
      actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
    },
    {
      sid     = "TellOwnTopicsOfEvents", on = "storage_key", service = "events.amazonaws.com", when = "for_own_topics", wanted = var.watch_list || length(local.mailed) > 0
      actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
    },
    # What a notification's rule can't deliver, it puts into an encrypted queue. There AWS does know the source.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    {
      sid     = "KeepUndeliveredEvents", on = "storage_key", service = "events.amazonaws.com", when = "for_own_rules", wanted = length(var.notifications) > 0
      actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    },
  ]

  # Everything that manages a key and nothing that uses it. No CreateGrant: a grant is a use
  # that is given away.
  administer_key = [
    "kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey",
    "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants",
    "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant",
    "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
    "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias", "kms:UpdateKeyDescription",
  ]

  # Written out one by one: with a computed index, Terraform would make the keys wait for whole
  # functions, not only for their roles.
  role_arns = {
    create = module.function["create"].role_arn
    reveal = module.function["reveal"].role_arn
    page   = module.function["page"].role_arn
    reap   = module.function["reap"].role_arn
    sweep  = module.function["sweep"].role_arn
    audit  = module.function["audit"].role_arn
    stray  = module.function["stray"].role_arn

    reconcile = module.function["reconcile"].role_arn
    letters   = module.function["letters"].role_arn
  }

  account_root  = "arn:${local.partition}:iam::${local.account_id}:root"
  function_arns = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.prefix}-"
  log_groups    = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:"
  own_logs      = { for function in keys(local.functions) : function => "${local.log_groups}/aws/lambda/${local.prefix}-${function}" }
}

data "aws_iam_policy_document" "role" {
  for_each = local.privileges

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [local.own_logs[each.key], "${local.own_logs[each.key]}:*"]
  }

  dynamic "statement" {
    for_each = [for statement in each.value : statement if lookup(statement, "wanted", true)]
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = local.resources[statement.value.on]

      dynamic "condition" {
        for_each = local.conditions[lookup(statement.value, "when", "always")]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

# Who seals can't open, who opens can't seal, and only create signs: the policies of those keys name
# the roles and leave nothing to IAM, so no administrator's wildcard opens a secret.
data "aws_iam_policy_document" "key" {
  for_each = local.key_statements

  dynamic "statement" {
    for_each = each.value
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = lookup(statement.value, "service", null) == null ? "AWS" : "Service"
        identifiers = lookup(statement.value, "service", null) == null ? statement.value.principals : [statement.value.service]
      }

      dynamic "condition" {
        for_each = local.conditions[lookup(statement.value, "when", "always")]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}
