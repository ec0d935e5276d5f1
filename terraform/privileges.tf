# Who may do what: every right of every function, and both key policies. Nothing grants
# a right to a function anywhere else.

locals {
  # The whole of what a function may do, besides writing its own log and using the keys.
  privileges = {
    create = [
      { sid = "Seal", actions = ["PutItem", "UpdateItem", "DeleteItem"], resources = [module.storage.secrets_table.arn] },
      { sid = "Receipt", actions = ["PutItem", "GetItem", "UpdateItem"], resources = [module.storage.receipts_table.arn] },
    ]
    reveal = [
      { sid = "Consume", actions = ["GetItem", "UpdateItem", "DeleteItem"], resources = [module.storage.secrets_table.arn] },
      { sid = "Receipt", actions = ["GetItem", "UpdateItem"], resources = [module.storage.receipts_table.arn] },
    ]
    reap = [
      { sid = "ReadStream", actions = local.read_stream, resources = [module.storage.secrets_table.stream_arn] },
      { sid = "Settle", actions = ["UpdateItem"], resources = [module.storage.receipts_table.arn] },
    ]
    sweep = [
      { sid = "Find", actions = ["Query"], resources = ["${module.storage.secrets_table.arn}/index/overdue"] },
      { sid = "Delete", actions = ["DeleteItem"], resources = [module.storage.secrets_table.arn] },
    ]
    audit = [
      { sid = "ReadStream", actions = local.read_stream, resources = [module.storage.receipts_table.stream_arn] },
    ]
    # Whether a record is there, and no GetItem. What a failed check may hand back is sealed,
    # and this role uses no sealing key.
    stray = [
      { sid = "Check", actions = ["ConditionCheckItem"], resources = [module.storage.secrets_table.arn] },
    ]
  }

  # Beyond the tables. ListStreams knows no resource; a log group's ARN stands for the group,
  # the one ending in :* for its streams. Of an object only one thing each; nobody lists the
  # bucket, which is why S3 says 403 where an object is missing. A presigned request is made
  # with the rights of who signed it.
  other_privileges = {
    create = [{ sid = "PutFile", actions = ["s3:PutObject"], resources = [local.files] }]
    reveal = [{ sid = "GetFile", actions = ["s3:GetObject"], resources = [local.files] }]
    reap   = [local.delete_files, local.list_streams, local.send_dead_letters]
    sweep  = []
    stray  = [local.delete_files, local.send_dead_letters]
    audit = [local.list_streams, local.send_dead_letters, {
      sid       = "WriteAudit"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = [module.observability.audit_log_group.arn, "${module.observability.audit_log_group.arn}:*"]
    }]
  }

  files             = "${module.storage.files_bucket.arn}/files/*"
  delete_files      = { sid = "DeleteFile", actions = ["s3:DeleteObject"], resources = [local.files] }
  read_stream       = ["DescribeStream", "GetRecords", "GetShardIterator"]
  list_streams      = { sid = "ListStreams", actions = ["dynamodb:ListStreams"], resources = ["*"] }
  send_dead_letters = { sid = "SendDeadLetters", actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.dead_letters.arn] }

  # The sealing key: who seals cannot open, who opens cannot seal, and nobody else can do either.
  sealing_uses = {
    create = "kms:GenerateDataKey"
    reveal = "kms:Decrypt"
  }

  # The storage key, through the service that keeps the store and never directly. To use a
  # table is to let DynamoDB decrypt its table key; to send to the queue needs a data key. An
  # object put in one piece needs a data key, one that is read its decryption, and one that is
  # deleted neither.
  storage_uses = {
    Tables  = { service = "dynamodb", functions = keys(local.functions), actions = ["kms:Decrypt"] }
    Queue   = { service = "sqs", functions = ["reap", "audit", "stray"], actions = ["kms:Decrypt", "kms:GenerateDataKey"] }
    PutFile = { service = "s3", functions = ["create"], actions = ["kms:GenerateDataKey"] }
    GetFile = { service = "s3", functions = ["reveal"], actions = ["kms:Decrypt"] }
  }

  # Exactly the encryption context of a secret's data key.
  sealing_conditions = [for condition in [
    { test = "StringEquals", variable = "kms:EncryptionContext:burnbag:environment", values = [var.environment] },
    { test = "Null", variable = "kms:EncryptionContext:burnbag:id", values = ["false"] },
    { test = "ForAllValues:StringEquals", variable = "kms:EncryptionContextKeys", values = ["burnbag:environment", "burnbag:id"] },
  ] : condition if var.enforce_kms_conditions]

  via = { for service in ["dynamodb", "s3", "sqs"] : service => [
    for condition in [{ test = "StringEquals", variable = "kms:ViaService", values = ["${service}.${var.region}.amazonaws.com"] }] :
    condition if var.enforce_kms_conditions
  ] }

  # Everything that manages a key, nothing that uses it, and no grants: a grant would hand out its use.
  administer_key = [
    "kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey",
    "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants",
    "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant",
    "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
    "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias", "kms:UpdateKeyDescription",
  ]

  # One by one: an index that is computed would make the keys wait for the whole functions.
  role_arns = {
    create = module.function["create"].role_arn
    reveal = module.function["reveal"].role_arn
    reap   = module.function["reap"].role_arn
    sweep  = module.function["sweep"].role_arn
    audit  = module.function["audit"].role_arn
    stray  = module.function["stray"].role_arn
  }

  account_root = "arn:${local.partition}:iam::${local.account_id}:root"
  log_groups   = "arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:"
  own_logs     = { for function in keys(local.functions) : function => "${local.log_groups}/aws/lambda/${local.prefix}-${function}" }
}

data "aws_iam_policy_document" "role" {
  for_each = local.functions

  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [local.own_logs[each.key], "${local.own_logs[each.key]}:*"]
  }

  dynamic "statement" {
    for_each = local.privileges[each.key]
    content {
      sid       = statement.value.sid
      actions   = [for action in statement.value.actions : "dynamodb:${action}"]
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = local.other_privileges[each.key]
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = [for function, action in local.sealing_uses : action if function == each.key]
    content {
      sid       = "SealingKey"
      actions   = [statement.value]
      resources = [module.storage.sealing_key_arn]

      dynamic "condition" {
        for_each = local.sealing_conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }

  dynamic "statement" {
    for_each = { for purpose, use in local.storage_uses : purpose => use if contains(use.functions, each.key) }
    content {
      sid       = "StorageKeyFor${statement.key}"
      actions   = statement.value.actions
      resources = [module.storage.storage_key_arn]

      dynamic "condition" {
        for_each = local.via[statement.value.service]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

# A role needs the key policy's word as well as its own: this policy leaves the uses to no
# IAM policy, so that no administrator's wildcard opens a secret.
data "aws_iam_policy_document" "sealing_key" {
  statement {
    sid       = "AdministerNeverUse"
    actions   = local.administer_key
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account_root]
    }
  }

  dynamic "statement" {
    for_each = local.sealing_uses
    content {
      sid       = title(statement.key)
      actions   = [statement.value]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.role_arns[statement.key]]
      }

      dynamic "condition" {
        for_each = local.sealing_conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

data "aws_iam_policy_document" "storage_key" {
  statement {
    sid       = "AdministerNeverUse"
    actions   = local.administer_key
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account_root]
    }
  }

  # Whoever creates a table with this key, Terraform's own principal, has to have what
  # DynamoDB then does with it; whoever operates the stack reads receipts and dead letters.
  # Both only through the service, and only where an IAM policy allows it too.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  dynamic "statement" {
    for_each = {
      dynamodb = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      sqs      = ["kms:Decrypt", "kms:GenerateDataKey"]
    }
    content {
      sid       = "Account${title(statement.key)}"
      actions   = statement.value
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [local.account_root]
      }

      dynamic "condition" {
        for_each = local.via[statement.key]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local.storage_uses
    content {
      sid       = "FunctionsFor${statement.key}"
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [for function in statement.value.functions : local.role_arns[function]]
      }

      dynamic "condition" {
        for_each = local.via[statement.value.service]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }

  # Only for this environment's log groups.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["${local.log_groups}/aws/lambda/${local.prefix}-*", "${local.log_groups}/burnbag/${var.environment}/*"]
    }
  }
}
