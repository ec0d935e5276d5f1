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

resource "aws_kms_alias" "sealing" {
  name          = "alias/${var.prefix}-sealing"
  target_key_id = aws_kms_key.sealing.id
}

resource "aws_kms_alias" "storage" {
  name          = "alias/${var.prefix}-storage"
  target_key_id = aws_kms_key.storage.id
}

resource "aws_kms_key_policy" "sealing" {
  key_id = aws_kms_key.sealing.id
  policy = var.sealing_key_policy
}

resource "aws_kms_key_policy" "storage" {
  key_id = aws_kms_key.storage.id
  policy = var.storage_key_policy
}
