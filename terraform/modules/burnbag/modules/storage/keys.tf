resource "aws_kms_key" "sealing" {
  description             = "${var.prefix}: wraps the data key of each secret"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days
}

resource "aws_kms_key" "storage" {
  description             = "${var.prefix}: encrypts tables, bucket, queue and log groups at rest"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days
}

# One for each generation. The newest signs receipts, and the others are kept: what they have
# signed can be checked as long as their public keys can be had. KMS rotates no asymmetric key.
resource "aws_kms_key" "receipts" {
  for_each                 = toset([for generation in range(1, var.receipt_key_generation + 1) : tostring(generation)])
  description              = "${var.prefix}: signs receipts, generation ${each.key}"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = var.key_deletion_window_days
}

resource "aws_kms_alias" "sealing" {
  name          = "alias/${var.prefix}-sealing"
  target_key_id = aws_kms_key.sealing.id
}

resource "aws_kms_alias" "storage" {
  name          = "alias/${var.prefix}-storage"
  target_key_id = aws_kms_key.storage.id
}

resource "aws_kms_alias" "receipts" {
  name          = "alias/${var.prefix}-receipts"
  target_key_id = aws_kms_key.receipts[tostring(var.receipt_key_generation)].id
}

resource "aws_kms_key_policy" "sealing" {
  key_id = aws_kms_key.sealing.id
  policy = var.sealing_key_policy
}

resource "aws_kms_key_policy" "storage" {
  key_id = aws_kms_key.storage.id
  policy = var.storage_key_policy
}

resource "aws_kms_key_policy" "receipts" {
  for_each = aws_kms_key.receipts
  key_id   = each.value.id
  policy   = var.receipt_key_policy
}
