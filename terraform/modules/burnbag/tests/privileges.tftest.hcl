# No part can read alone. This is every right of every function and of all keys: one right more
# or less anywhere fails here.

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

override_resource {
  target = module.storage.aws_kms_key.sealing
  values = { id = "sealing", arn = "sealing-key" }
}

override_resource {
  target = module.storage.aws_kms_key.storage
  values = { id = "storage", arn = "arn:aws:kms:eu-central-1:123456789012:key/storage" }
}

override_resource {
  target = module.storage.aws_kms_key.receipts
  values = { id = "receipts", arn = "receipt-key" }
}

override_resource {
  target = module.storage.aws_dynamodb_table.secrets
  values = { arn = "arn:aws:dynamodb:x:1:table/secrets", stream_arn = "arn:aws:dynamodb:x:1:table/secrets/stream/1" }
}

override_resource {
  target = module.storage.aws_dynamodb_table.receipts
  values = { arn = "arn:aws:dynamodb:x:1:table/receipts", stream_arn = "arn:aws:dynamodb:x:1:table/receipts/stream/1" }
}

override_resource {
  target = module.storage.aws_s3_bucket.files
  values = { arn = "arn:aws:s3:::burnbag-test-files-123456789012" }
}

override_resource {
  target = aws_cloudwatch_log_group.audit
  values = { arn = "audit-log" }
}

override_resource {
  target = module.function["create"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/create" }
}

override_resource {
  target = module.function["reveal"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/reveal" }
}

override_resource {
  target = module.function["page"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/page" }
}

override_resource {
  target = module.function["reap"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/reap" }
}

override_resource {
  target = module.function["sweep"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/sweep" }
}

override_resource {
  target = module.function["audit"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/audit" }
}

override_resource {
  target = module.function["stray"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/stray" }
}

override_resource {
  target = module.function["reconcile"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/reconcile" }
}

override_resource {
  target = module.function["letters"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/letters" }
}

run "rights" {
  command = apply

  variables {
    receipt_key_generation = 2
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["create"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-create",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-create:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-create",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-create:*",
      "dynamodb:PutItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:DeleteItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:PutItem arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:GetItem arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:BatchGetItem arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:Query arn:aws:dynamodb:x:1:table/receipts/index/by_creator",
      "dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/receipts",
      "s3:PutObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "kms:GenerateDataKey sealing-key",
      "kms:GetPublicKey receipt-key",
      "kms:Sign receipt-key",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "create seals, revokes and signs receipts; it can't open a secret, nor get or delete an object."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["reveal"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reveal",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reveal:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reveal",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reveal:*",
      "dynamodb:GetItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:DeleteItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:GetItem arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/receipts",
      "s3:GetObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "kms:Decrypt sealing-key",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "reveal opens and consumes; it can't make a secret or a receipt, nor put or delete an object."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["page"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-page",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-page:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-page",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-page:*",
    ])
    error_message = "page writes its log, and can do nothing else."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["reap"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reap",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reap:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reap",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reap:*",
      "dynamodb:DescribeStream arn:aws:dynamodb:x:1:table/secrets/stream/1",
      "dynamodb:GetRecords arn:aws:dynamodb:x:1:table/secrets/stream/1",
      "dynamodb:GetShardIterator arn:aws:dynamodb:x:1:table/secrets/stream/1",
      "dynamodb:ListStreams *",
      "dynamodb:PartiQLUpdate arn:aws:dynamodb:x:1:table/receipts",
      "s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "s3:AbortMultipartUpload arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "sqs:SendMessage arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/storage",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "reap learns which secrets are gone, deletes their objects and settles receipts; it reads no table and no object and uses no sealing key."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["sweep"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-sweep",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-sweep:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-sweep",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-sweep:*",
      "dynamodb:Query arn:aws:dynamodb:x:1:table/secrets/index/overdue",
      "dynamodb:PartiQLDelete arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:PutItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:DeleteItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:UpdateItem arn:aws:dynamodb:x:1:table/receipts",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "sweep finds by the index and deletes; it reads no secret and no receipt and knows no bucket."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.role["sweep"].statement :
      { for condition in statement.condition : condition.variable => condition.values... }["dynamodb:LeadingKeys"] if contains(["BeatInSecrets", "BeatInReceipts"], statement.sid)
    ] == [[tolist(["heartbeat"]), tolist(["false"])], [tolist(["heartbeat"]), tolist(["false"])]]
    error_message = "sweep writes nothing but its heartbeat."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["audit"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-audit",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-audit:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-audit",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-audit:*",
      "dynamodb:DescribeStream arn:aws:dynamodb:x:1:table/receipts/stream/1",
      "dynamodb:GetRecords arn:aws:dynamodb:x:1:table/receipts/stream/1",
      "dynamodb:GetShardIterator arn:aws:dynamodb:x:1:table/receipts/stream/1",
      "dynamodb:ListStreams *",
      "logs:CreateLogStream audit-log",
      "logs:CreateLogStream audit-log:*",
      "logs:PutLogEvents audit-log",
      "logs:PutLogEvents audit-log:*",
      "sqs:SendMessage arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/storage",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "audit reads the receipts' stream and writes the audit log; it knows no bucket."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["stray"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-stray",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-stray:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-stray",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-stray:*",
      "dynamodb:ConditionCheckItem arn:aws:dynamodb:x:1:table/secrets",
      "s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "sqs:SendMessage arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/storage",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "stray learns whether a record is there and deletes objects; it gets neither a record nor an object and uses no sealing key."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["reconcile"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reconcile",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reconcile:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reconcile",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-reconcile:*",
      "dynamodb:Query arn:aws:dynamodb:x:1:table/secrets/index/overdue",
      "dynamodb:ConditionCheckItem arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:PartiQLDelete arn:aws:dynamodb:x:1:table/secrets",
      "dynamodb:GetItem arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:Scan arn:aws:dynamodb:x:1:table/receipts",
      "dynamodb:PartiQLUpdate arn:aws:dynamodb:x:1:table/receipts",
      "s3:ListBucket arn:aws:s3:::burnbag-test-files-123456789012",
      "s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "s3:AbortMultipartUpload arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "reconcile reads ids and times, and mends as sweep and reap do; it reads no sealed byte and no object, and writes no event."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.role["reconcile"].statement :
      toset([for condition in statement.condition : "${condition.test} ${condition.variable} ${join(",", sort(condition.values))}"])
      if contains(["JudgeReceipts", "ListFiles"], statement.sid)] == [
      toset([
        "ForAllValues:StringEquals dynamodb:Attributes created_at,ended_at,erase_due,erased_at,expires_at,id,kind,state,submitted_at",
        "Null dynamodb:Attributes false",
        "StringEqualsIfExists dynamodb:Select SPECIFIC_ATTRIBUTES",
      ]),
      toset(["StringEquals s3:prefix files/"]),
    ]
    error_message = "reconcile reads of a receipt what it judges by: no label, nobody's name or address, no token's hash."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["letters"].statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-letters",
      "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-letters:*",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-letters",
      "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-letters:*",
      "sqs:ReceiveMessage arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "sqs:DeleteMessage arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "sqs:ChangeMessageVisibility arn:aws:sqs:eu-central-1:123456789012:burnbag-test-reaper-dead-letters",
      "lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-reap",
      "lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-audit",
      "lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-stray",
      "dynamodb:GetRecords arn:aws:dynamodb:x:1:table/secrets/stream/1",
      "dynamodb:GetRecords arn:aws:dynamodb:x:1:table/receipts/stream/1",
      "dynamodb:GetShardIterator arn:aws:dynamodb:x:1:table/secrets/stream/1",
      "dynamodb:GetShardIterator arn:aws:dynamodb:x:1:table/receipts/stream/1",
      "kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/storage",
      "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/storage",
    ])
    error_message = "letters takes dead letters to those whose they are; it can write none, and touches no store."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.operator.statement :
      [for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]]])) == toset([
      "lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-letters",
      "lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:burnbag-test-reconcile",
      "execute-api:Invoke ${module.api.route_arns["GET /v1/revocations"]}",
      "execute-api:Invoke ${module.api.route_arns["POST /v1/revocations"]}",
    ])
    error_message = "Operators invoke two functions and two calls of the API, and have no right to a store, a queue or anything else."
  }

  # The objects once more, all roles together: no role can do two things to an object, and none but
  # reconcile can list the bucket.
  assert {
    condition = toset(flatten([for function, document in data.aws_iam_policy_document.role : [for statement in document.statement :
      [for action in statement.actions : [for resource in statement.resources : "${function} ${action} ${resource}"] if length(regexall("^s3:|^[*]", action)) > 0]]])) == toset([
      "create s3:PutObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "create s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reveal s3:GetObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reap s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reap s3:AbortMultipartUpload arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reap s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "stray s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reconcile s3:DeleteObject arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reconcile s3:AbortMultipartUpload arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reconcile s3:ListMultipartUploadParts arn:aws:s3:::burnbag-test-files-123456789012/files/*",
      "reconcile s3:ListBucket arn:aws:s3:::burnbag-test-files-123456789012",
    ])
    error_message = "create puts objects, reveal gets them, reap, stray and reconcile delete them, and that is all."
  }

  assert {
    condition = alltrue(flatten([for document in data.aws_iam_policy_document.role : [for statement in document.statement :
      coalesce(statement.effect, "Allow") == "Allow" && try(length(statement.not_actions), 0) == 0 && try(length(statement.not_resources), 0) == 0
    ]]))
    error_message = "Every right is an Allow that names its actions and resources; no right is what a list leaves out."
  }

  # create updates what keeping a file and unfreezing change: no views, no claims, no sealed bytes.
  assert {
    condition = [for statement in data.aws_iam_policy_document.role["create"].statement :
      toset([for condition in statement.condition : "${condition.test} ${condition.variable} ${join(",", sort(condition.values))}"])
      if contains(statement.actions, "dynamodb:UpdateItem") && contains(statement.resources, "arn:aws:dynamodb:x:1:table/secrets")] == [toset([
        "ForAllValues:StringEquals dynamodb:Attributes attempts_left,erase_at,expires_at,failed_attempts,frozen_at,id,unfrozen",
        "Null dynamodb:Attributes false",
        "StringEqualsIfExists dynamodb:ReturnValues NONE",
    ])]
    error_message = "create updates only the attributes of a secret that it has to, and gets nothing of it back."
  }

  # Sealing key: only with exactly the encryption context of this environment's secrets.
  assert {
    condition = alltrue([for function in ["create", "reveal"] :
      [for statement in data.aws_iam_policy_document.role[function].statement :
        toset([for condition in statement.condition : "${condition.test} ${condition.variable} ${join(",", sort(condition.values))}"])
        if contains(statement.resources, "sealing-key")] == [toset([
          "ForAllValues:StringEquals kms:EncryptionContextKeys burnbag:environment,burnbag:id",
          "Null kms:EncryptionContext:burnbag:id false",
          "StringEquals kms:EncryptionContext:burnbag:environment test",
    ])]])
    error_message = "A role uses the sealing key only with a secret's encryption context."
  }

  assert {
    condition = toset(flatten([for function, document in data.aws_iam_policy_document.role : [for statement in document.statement : [for action in statement.actions :
      join(" ", concat([function, action], flatten([for condition in statement.condition : [condition.test, condition.variable, condition.values]])))
      ] if contains(statement.resources, "arn:aws:kms:eu-central-1:123456789012:key/storage")]])) == toset(concat(
      [for function in ["create", "reveal", "reap", "sweep", "audit", "stray", "reconcile", "letters"] : "${function} kms:Decrypt StringEquals kms:ViaService dynamodb.eu-central-1.amazonaws.com"],
      flatten([for function in ["reap", "audit", "stray", "letters"] : [for action in ["Decrypt", "GenerateDataKey"] : "${function} kms:${action} StringEquals kms:ViaService sqs.eu-central-1.amazonaws.com"]]),
      ["create kms:GenerateDataKey StringEquals kms:ViaService s3.eu-central-1.amazonaws.com", "create kms:Decrypt StringEquals kms:ViaService s3.eu-central-1.amazonaws.com", "reveal kms:Decrypt StringEquals kms:ViaService s3.eu-central-1.amazonaws.com"],
    ))
    error_message = "A role uses the storage key only through the store's service."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.key["sealing_key"].statement :
      [for action in statement.actions : [for principal in statement.principals : [for identifier in principal.identifiers : "${identifier} ${action}"]]]
      if !contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")])) == toset([
      "arn:aws:iam::123456789012:role/create kms:GenerateDataKey",
      "arn:aws:iam::123456789012:role/reveal kms:Decrypt",
    ])
    error_message = "create alone seals, reveal alone opens."
  }

  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.key["sealing_key"].statement :
      [for action in statement.actions :
      !can(regex("^(kms:)?([*]|.*[*].*|Encrypt|Decrypt|ReEncrypt.*|GenerateDataKey.*|CreateGrant|Sign|DeriveSharedSecret|ReplicateKey|GetParametersForImport|ImportKeyMaterial)$", trimprefix(action, "kms:")))]
    if contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")]))
    error_message = "The account administers the sealing key and never uses it."
  }

  # Otherwise nobody could ever manage the key again.
  assert {
    condition = anytrue([for statement in data.aws_iam_policy_document.key["sealing_key"].statement :
      contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root") &&
    length(setsubtract(["kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:GetKeyRotationStatus", "kms:EnableKeyRotation", "kms:ListResourceTags"], statement.actions)) == 0])
    error_message = "The account can still manage the key."
  }

  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.key["sealing_key"].statement :
      toset([for condition in statement.condition : "${condition.test} ${condition.variable} ${join(",", sort(condition.values))}"]) == toset([
        "ForAllValues:StringEquals kms:EncryptionContextKeys burnbag:environment,burnbag:id",
        "Null kms:EncryptionContext:burnbag:id false",
        "StringEquals kms:EncryptionContext:burnbag:environment test",
      ])
    if !contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")])
    error_message = "The key's policy requires the encryption context too."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.key["receipt_keys"].statement :
      [for action in statement.actions : [for principal in statement.principals : [for identifier in principal.identifiers : "${identifier} ${action}"]]]
      if !contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")])) == toset([
      "arn:aws:iam::123456789012:role/create kms:GetPublicKey",
      "arn:aws:iam::123456789012:role/create kms:Sign",
    ])
    error_message = "create alone signs receipts."
  }

  # What an administrator may do with the sealing key has been looked at above.
  assert {
    condition = [for statement in data.aws_iam_policy_document.key["receipt_keys"].statement :
      statement.actions if contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")
    ] == [data.aws_iam_policy_document.key["sealing_key"].statement[0].actions]
    error_message = "The account administers the receipt keys as it does the sealing key: it never uses them."
  }

  assert {
    condition = toset(flatten([for function, document in data.aws_iam_policy_document.role : [for statement in document.statement :
      [for action in statement.actions : "${function} ${action}" if length(regexall("^kms:(Sign|Verify|GetPublicKey|DeriveSharedSecret|[*])|^[*]", action)) > 0]]])) == toset([
      "create kms:GetPublicKey",
      "create kms:Sign",
    ])
    error_message = "No other function has a right to sign, with any key."
  }

  assert {
    condition     = length(module.storage.receipt_key_arns) == 2 && output.receipt_key_arn == module.storage.receipt_key_arns[1]
    error_message = "Every generation has its key, and the output is the newest."
  }

  assert {
    condition     = local.function_environment.create.RECEIPT_KEY_ARNS == join(",", module.storage.receipt_key_arns)
    error_message = "create knows all the keys, the newest last."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      [for action in statement.actions : [for principal in statement.principals : [for identifier in principal.identifiers :
      "${trimprefix(identifier, "arn:aws:iam::123456789012:role/")} ${action} ${one([for condition in statement.condition : one(condition.values)])}"]]]
      if length(regexall(":role/", join(" ", one(statement.principals).identifiers))) > 0])) == toset(concat(
      [for function in ["create", "reveal", "reap", "sweep", "audit", "stray", "reconcile", "letters"] : "${function} kms:Decrypt dynamodb.eu-central-1.amazonaws.com"],
      ["reap kms:Decrypt sqs.eu-central-1.amazonaws.com", "reap kms:GenerateDataKey sqs.eu-central-1.amazonaws.com"],
      ["audit kms:Decrypt sqs.eu-central-1.amazonaws.com", "audit kms:GenerateDataKey sqs.eu-central-1.amazonaws.com"],
      ["stray kms:Decrypt sqs.eu-central-1.amazonaws.com", "stray kms:GenerateDataKey sqs.eu-central-1.amazonaws.com"],
      ["letters kms:Decrypt sqs.eu-central-1.amazonaws.com", "letters kms:GenerateDataKey sqs.eu-central-1.amazonaws.com"],
      ["create kms:GenerateDataKey s3.eu-central-1.amazonaws.com", "create kms:Decrypt s3.eu-central-1.amazonaws.com", "create kms:Decrypt s3.eu-central-1.amazonaws.com", "reveal kms:Decrypt s3.eu-central-1.amazonaws.com"],
    ))
    error_message = "The functions use the storage key through DynamoDB, those with dead letters through SQS, and create and reveal, one way each, through S3."
  }

  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      length(setsubtract(statement.actions, data.aws_iam_policy_document.key["sealing_key"].statement[0].actions)) == 0 || anytrue([
        for condition in statement.condition : condition.test == "StringEquals" && condition.variable == "kms:ViaService"
      ])
    if contains(one(statement.principals).identifiers, "arn:aws:iam::123456789012:root")])
    error_message = "The account uses the storage key only through a service."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      toset(one([for condition in statement.condition : condition.values if condition.test == "ArnLike" && condition.variable == "kms:EncryptionContext:aws:logs:arn"]))
      if one(statement.principals).type == "Service"] == [toset([
        "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/burnbag-test-*",
        "arn:aws:logs:eu-central-1:123456789012:log-group:/burnbag/test/*",
    ])]
    error_message = "CloudWatch Logs uses the storage key for this environment's log groups only."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      tolist(one(statement.principals).identifiers) if one(statement.principals).type == "Service"
    ] == [tolist(["logs.eu-central-1.amazonaws.com"])]
    error_message = "No other service uses the storage key by itself."
  }

  assert {
    condition     = { for key, protection in terraform_data.protection : key => protection.input } == { "1" = false, "2" = false }
    error_message = "The protection can be turned off."
  }
}

# In another partition the services have other names.
run "china" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { name = "cn-north-1" }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.key["storage_key"].statement :
      one(one(statement.principals).identifiers) if one(statement.principals).type == "Service"
    ] == ["logs.cn-north-1.amazonaws.com.cn"]
    error_message = "CloudWatch Logs has the partition's name."
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.role["sweep"].statement : [
      for condition in statement.condition : condition.values if condition.variable == "kms:ViaService"
    ]])) == toset(["dynamodb.cn-north-1.amazonaws.com", "dynamodb.cn-north-1.amazonaws.com.cn"])
    error_message = "A key is used through the service by either of its names."
  }

  assert {
    condition     = local.account_root == "arn:aws-cn:iam::123456789012:root" && startswith(local.own_logs["sweep"], "arn:aws-cn:logs:cn-north-1:")
    error_message = "ARNs have the partition."
  }

  assert {
    condition     = endswith(output.api_url, ".execute-api.cn-north-1.amazonaws.com.cn/live")
    error_message = "The API's URL has the partition's domain."
  }
}
