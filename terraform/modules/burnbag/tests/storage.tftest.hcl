# The stores: what is burned is gone, and everything is encrypted.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "stores" {
  command = apply

  module {
    source = "./modules/storage"
  }

  override_resource {
    target = aws_kms_key.storage
    values = { id = "storage", arn = "arn:aws:kms:eu-central-1:123456789012:key/storage" }
  }

  override_resource {
    target = aws_kms_key.sealing
    values = { id = "sealing", arn = "arn:aws:kms:eu-central-1:123456789012:key/sealing" }
  }

  variables {
    prefix               = "burnbag-test"
    account_id           = "123456789012"
    region               = "eu-central-1"
    sealing_key_policy   = "{\"of\":\"sealing\"}"
    storage_key_policy   = "{\"of\":\"storage\"}"
    receipt_key_policy   = "{\"of\":\"receipts\"}"
    object_lifetime_days = 31
  }

  assert {
    condition     = aws_dynamodb_table.secrets.name == "burnbag-test-secrets" && aws_dynamodb_table.receipts.name == "burnbag-test-receipts"
    error_message = "The tables are named after the environment."
  }

  assert {
    condition     = aws_dynamodb_table.secrets.stream_enabled && aws_dynamodb_table.secrets.stream_view_type == "KEYS_ONLY"
    error_message = "The secrets' stream must carry keys only: an image would keep a burned secret's ciphertext."
  }

  assert {
    condition     = one(aws_dynamodb_table.secrets.point_in_time_recovery).enabled == false
    error_message = "Secrets must have no recovery point: burned means gone."
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.secrets.statement : [
      statement.effect, [for principal in statement.principals : "${principal.type} ${one(principal.identifiers)}"],
      toset(statement.actions), toset(statement.resources),
      ]] == [["Deny", ["* *"], toset([
        "dynamodb:CreateBackup", "dynamodb:ExportTableToPointInTime", "dynamodb:RestoreTableToPointInTime", "dynamodb:UpdateContinuousBackups",
        "dynamodb:EnableKinesisStreamingDestination", "dynamodb:UpdateKinesisStreamingDestination",
    ]), toset([aws_dynamodb_table.secrets.arn])]]
    error_message = "Nobody may copy the secrets: no backup, no export, no recovery point, no Kinesis stream."
  }

  assert {
    condition     = aws_dynamodb_resource_policy.secrets.resource_arn == aws_dynamodb_table.secrets.arn
    error_message = "The secrets' table has that policy."
  }

  assert {
    condition     = aws_dynamodb_table.receipts.stream_enabled && aws_dynamodb_table.receipts.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "Audit events are made from both images of a receipt."
  }

  assert {
    condition     = one(aws_dynamodb_table.receipts.point_in_time_recovery).enabled == true
    error_message = "Receipts are the proof: they need point-in-time recovery."
  }

  assert {
    condition     = one(aws_dynamodb_table.secrets.ttl).enabled && one(aws_dynamodb_table.secrets.ttl).attribute_name == "erase_at"
    error_message = "The secrets' TTL is erase_at."
  }

  assert {
    condition     = one(aws_dynamodb_table.receipts.ttl).enabled && one(aws_dynamodb_table.receipts.ttl).attribute_name == "purge_at"
    error_message = "The receipts' TTL is purge_at."
  }

  assert {
    condition     = aws_dynamodb_table.secrets.hash_key == "id" && aws_dynamodb_table.receipts.hash_key == "id"
    error_message = "Both tables are keyed by id."
  }

  assert {
    condition = [for index in aws_dynamodb_table.secrets.global_secondary_index :
    [index.name, index.hash_key, index.range_key, index.projection_type]] == [["overdue", "expiry_shard", "erase_at", "KEYS_ONLY"]]
    error_message = "The one index is overdue, by expiry_shard and erase_at, with keys only."
  }

  assert {
    condition = [for index in aws_dynamodb_table.receipts.global_secondary_index :
    [index.name, index.hash_key, index.range_key, index.projection_type]] == [["by_creator", "creator", "created_at", "KEYS_ONLY"]]
    error_message = "Receipts have one index, by_creator, by creator and created_at, with keys only: whatever else is in it is written again with each change."
  }

  assert {
    condition = alltrue([for table in [aws_dynamodb_table.secrets, aws_dynamodb_table.receipts] :
    one(table.server_side_encryption).enabled && one(table.server_side_encryption).kms_key_arn == aws_kms_key.storage.arn])
    error_message = "Both tables are encrypted with the storage key, never the sealing key."
  }

  assert {
    condition = alltrue([for table in [aws_dynamodb_table.secrets, aws_dynamodb_table.receipts] :
    table.billing_mode == "PAY_PER_REQUEST" && table.deletion_protection_enabled])
    error_message = "Both tables are on demand, and protected from deletion by default."
  }

  assert {
    condition = [for key in aws_kms_key.receipts : [
      key.customer_master_key_spec, key.key_usage, key.deletion_window_in_days
    ]] == [["ECC_NIST_P256", "SIGN_VERIFY", 30]]
    error_message = "One key on P-256 signs receipts, and a destroyed one can be had back for 30 days."
  }

  assert {
    condition     = alltrue([for policy in aws_kms_key_policy.receipts : jsondecode(policy.policy).of == "receipts"])
    error_message = "The key for receipts has its own policy."
  }

  assert {
    condition     = aws_kms_key.sealing.enable_key_rotation && aws_kms_key.storage.enable_key_rotation
    error_message = "Both keys are rotated."
  }

  assert {
    condition = (
      aws_kms_key_policy.sealing.key_id == "sealing" && jsondecode(aws_kms_key_policy.sealing.policy).of == "sealing" &&
      aws_kms_key_policy.storage.key_id == "storage" && jsondecode(aws_kms_key_policy.storage.policy).of == "storage"
    )
    error_message = "Each key has its own policy."
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.files.versioning_configuration).status == "Disabled"
    error_message = "The bucket must not be versioned: a version outlives its deletion."
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.files.block_public_acls && aws_s3_bucket_public_access_block.files.block_public_policy &&
      aws_s3_bucket_public_access_block.files.ignore_public_acls && aws_s3_bucket_public_access_block.files.restrict_public_buckets &&
      one(aws_s3_bucket_ownership_controls.files.rule).object_ownership == "BucketOwnerEnforced"
    )
    error_message = "The bucket is private, and no ACL can change that."
  }

  assert {
    condition = alltrue([for rule in aws_s3_bucket_server_side_encryption_configuration.files.rule :
      rule.bucket_key_enabled &&
      one(rule.apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" &&
    one(rule.apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.storage.arn])
    error_message = "Objects are encrypted with the storage key, with a bucket key."
  }

  assert {
    condition = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.files.rule :
      rule.status == "Enabled" && one(rule.expiration).days == 31 &&
    one(rule.abort_incomplete_multipart_upload).days_after_initiation == 1])
    error_message = "The lifecycle deletes objects after their longest life and stale uploads after a day."
  }

  assert {
    condition = anytrue([for statement in data.aws_iam_policy_document.files.statement :
      statement.effect == "Deny" && statement.actions == toset(["s3:*"]) &&
      [for condition in statement.condition : "${condition.test} ${condition.variable} ${one(condition.values)}"] == ["Bool aws:SecureTransport false"] &&
    length(statement.resources) == 2])
    error_message = "The bucket refuses plain HTTP."
  }

  assert {
    condition = toset([for statement in data.aws_iam_policy_document.files.statement :
      one([for condition in statement.condition : "${condition.test} ${condition.variable} ${one(condition.values)}"])
      if statement.effect == "Deny" && statement.actions == toset(["s3:PutObject"]) &&
      statement.resources == toset(["${aws_s3_bucket.files.arn}/*"])]) == toset([
      "Null s3:x-amz-server-side-encryption false",
      "Null s3:x-amz-server-side-encryption-customer-algorithm false",
    ])
    error_message = "The bucket refuses an upload that names an encryption, and no other."
  }

  assert {
    condition = alltrue([for statement in data.aws_iam_policy_document.files.statement :
    [for principal in statement.principals : "${principal.type} ${one(principal.identifiers)}"] == ["* *"]])
    error_message = "The bucket's refusals are for everybody."
  }

  assert {
    condition     = length(aws_s3_bucket_cors_configuration.files) == 0
    error_message = "No page of another origin reaches the bucket unless it is asked for."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.files.statement : statement.effect == "Deny"])
    error_message = "The bucket policy grants nothing."
  }
}

run "emulated_stores" {
  command = plan

  module {
    source = "./modules/storage"
  }

  variables {
    prefix              = "burnbag-test"
    account_id          = "123456789012"
    region              = "eu-central-1"
    sealing_key_policy  = "{}"
    storage_key_policy  = "{}"
    receipt_key_policy  = "{}"
    require_tls         = false
    deletion_protection = false
    force_destroy       = true
  }

  assert {
    condition = toset([for statement in data.aws_iam_policy_document.files.statement : statement.sid]) == toset([
    "NamesNoEncryption", "BringsNoKey"])
    error_message = "Without TLS the bucket refuses what it refuses elsewhere."
  }

  assert {
    condition     = !aws_dynamodb_table.secrets.deletion_protection_enabled && aws_s3_bucket.files.force_destroy
    error_message = "What goes away whole is not protected."
  }

  assert {
    condition     = aws_dynamodb_table.secrets.stream_view_type == "KEYS_ONLY" && one(aws_dynamodb_table.secrets.point_in_time_recovery).enabled == false
    error_message = "An emulated store keeps no more than a real one."
  }
}

run "stores_of_a_page_elsewhere" {
  command = plan

  module {
    source = "./modules/storage"
  }

  variables {
    prefix               = "burnbag-test"
    account_id           = "123456789012"
    region               = "eu-central-1"
    sealing_key_policy   = "{}"
    storage_key_policy   = "{}"
    receipt_key_policy   = "{}"
    cors_allowed_origins = ["https://secrets.example.com", "https://example.org:8443"]
  }

  assert {
    condition = [for rule in one(aws_s3_bucket_cors_configuration.files).cors_rule : join(" ", concat(
      sort(rule.allowed_origins), sort(rule.allowed_methods), tolist(coalesce(rule.allowed_headers, [])), tolist(coalesce(rule.expose_headers, []))
    ))] == ["https://example.org:8443 https://secrets.example.com GET POST Range Content-Range ETag"]
    error_message = "Only the pages asked for may upload and download, whole or in parts."
  }
}

# A new key signs, and what the old ones have signed can still be checked.
run "third_generation_of_receipt_keys" {
  command = apply

  module {
    source = "./modules/storage"
  }

  override_resource {
    target = aws_kms_key.receipts["3"]
    values = { id = "third", arn = "arn:aws:kms:eu-central-1:123456789012:key/third" }
  }

  variables {
    prefix                 = "burnbag-test"
    account_id             = "123456789012"
    region                 = "eu-central-1"
    sealing_key_policy     = "{}"
    storage_key_policy     = "{}"
    receipt_key_policy     = "{\"of\":\"receipts\"}"
    receipt_key_generation = 3
  }

  assert {
    condition     = [for arn in output.receipt_key_arns : basename(arn)] == ["any", "any", "third"]
    error_message = "Every key is there, and the newest is last."
  }

  assert {
    condition     = { for generation, policy in aws_kms_key_policy.receipts : generation => policy.key_id } == { for generation, key in aws_kms_key.receipts : generation => key.id }
    error_message = "Every key has the policy."
  }

  assert {
    condition     = aws_kms_alias.receipts.name == "alias/burnbag-test-receipts" && aws_kms_alias.receipts.target_key_id == "third"
    error_message = "The alias is the newest key's."
  }
}
