resource "aws_s3_bucket" "files" {
  bucket        = "${var.prefix}-files-${var.account_id}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_ownership_controls" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Burned means gone: a version would outlive its deletion. Declared, so that a plan shows
# when somebody has turned it on.
resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Disabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.storage.arn
    }
  }

  depends_on = [aws_kms_key_policy.storage]
}

# The backstop: reap deletes an object with its record.
resource "aws_s3_bucket_lifecycle_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    id     = "backstop"
    status = "Enabled"

    filter {}

    expiration {
      days = var.object_lifetime_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "files" {
  dynamic "statement" {
    for_each = var.require_tls ? ["TlsOnly"] : []
    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = [aws_s3_bucket.files.arn, "${aws_s3_bucket.files.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }

  # An upload that names no encryption gets the bucket's: policies are evaluated before that is
  # filled in. To name one is refused whole, because aws:kms alone means another key, that of
  # the account; a key can't be named without its algorithm, a caller's own has its own name.
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
  dynamic "statement" {
    for_each = {
      NamesNoEncryption = "s3:x-amz-server-side-encryption"
      BringsNoKey       = "s3:x-amz-server-side-encryption-customer-algorithm"
    }
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.files.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = statement.value
        values   = ["false"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "files" {
  bucket = aws_s3_bucket.files.id
  policy = data.aws_iam_policy_document.files.json

  depends_on = [aws_s3_bucket_public_access_block.files]
}

# For a page of another origin. A form's POST and a plain GET need no request header of their
# own, so none is allowed.
resource "aws_s3_bucket_cors_configuration" "files" {
  count  = length(var.cors_allowed_origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.files.id

  cors_rule {
    allowed_origins = var.cors_allowed_origins
    allowed_methods = ["GET", "POST"]
  }
}
