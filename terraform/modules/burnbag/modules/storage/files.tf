resource "aws_s3_bucket" "files" {
  bucket        = "${var.prefix}-files-${var.account_id}-${var.region}"
  force_destroy = var.force_destroy

  # A stack keeps the name that it was made with: see docs/adr/0016.
  lifecycle {
    ignore_changes = [bucket]
  }
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

# Burned means gone, and a version would outlive the deletion of its object. Versioning is off by
# default; it stands here so that a plan shows when somebody turned it on.
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

# A backstop only: reap deletes an object when its record goes.
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

  # Refuse every upload that names an encryption: "aws:kms" without a key would mean the account's
  # default key, not ours. The first header stands for KMS keys too, which can't be named without
  # it; the second is for a key that the caller brings. An upload that names none passes, because
  # S3 evaluates policies before it fills in the bucket's own encryption.
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

# For the page, which puts a form and gets ranges of an object, and for pages of other origins. A browser
# asks first where it shows an upload's progress, and again after ten minutes.
resource "aws_s3_bucket_cors_configuration" "files" {
  count  = length(var.cors_allowed_origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.files.id

  cors_rule {
    allowed_origins = var.cors_allowed_origins
    allowed_methods = ["GET", "POST"]
    allowed_headers = ["Range"]
    expose_headers  = ["Content-Range", "ETag"]
    max_age_seconds = 600
  }
}
