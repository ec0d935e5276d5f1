# Burned means gone: the stream carries keys only, and there is no point-in-time recovery to bring
# back what was deleted.
resource "aws_dynamodb_table" "secrets" {
  name                        = "${var.prefix}-secrets"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  stream_enabled              = true
  stream_view_type            = "KEYS_ONLY"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "expiry_shard"
    type = "S"
  }

  attribute {
    name = "erase_at"
    type = "N"
  }

  # sweep reads this index. It holds keys only, so that there is no second copy of anything sealed.
  global_secondary_index {
    name            = "overdue"
    hash_key        = "expiry_shard"
    range_key       = "erase_at"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "erase_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = false
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.storage.arn
  }

  depends_on = [aws_kms_key_policy.storage]
}

# Burned means gone from every copy, so nobody makes one. These are what AWS takes in a table's policy;
# docs/watching.md has what it does not. Terraform still sees that there is no point-in-time recovery, but it
# could not end one: its rights are refused with everybody's.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
data "aws_iam_policy_document" "secrets" {
  statement {
    sid    = "MakeNoCopies"
    effect = "Deny"
    actions = [
      "dynamodb:CreateBackup", "dynamodb:ExportTableToPointInTime", "dynamodb:RestoreTableToPointInTime",
      "dynamodb:UpdateContinuousBackups", "dynamodb:EnableKinesisStreamingDestination", "dynamodb:UpdateKinesisStreamingDestination",
    ]
    resources = [aws_dynamodb_table.secrets.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_dynamodb_resource_policy" "secrets" {
  resource_arn = aws_dynamodb_table.secrets.arn
  policy       = data.aws_iam_policy_document.secrets.json
}

# The public record of what happened to a secret. audit compares the stream's two images of a
# change, and makes events of the difference.
resource "aws_dynamodb_table" "receipts" {
  name                        = "${var.prefix}-receipts"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "creator"
    type = "S"
  }

  attribute {
    name = "created_at"
    type = "N"
  }

  ttl {
    attribute_name = "purge_at"
    enabled        = true
  }

  # Lists of what somebody created read this index. It holds keys only, which never change: a receipt's later
  # writes cost nothing in it.
  global_secondary_index {
    name            = "by_creator"
    hash_key        = "creator"
    range_key       = "created_at"
    projection_type = "KEYS_ONLY"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.storage.arn
  }

  depends_on = [aws_kms_key_policy.storage]
}

# How much each person has sent in this hour, by a hash of who that is. It is worth nothing after the hour,
# so it is not protected.
resource "aws_dynamodb_table" "people" {
  count        = var.counts_people ? 1 : 0
  name         = "${var.prefix}-people"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  ttl {
    attribute_name = "purge_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = false
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.storage.arn
  }

  depends_on = [aws_kms_key_policy.storage]
}
