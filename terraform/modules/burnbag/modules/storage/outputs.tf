output "sealing_key_arn" {
  description = "ARN of the key that wraps data keys."
  value       = aws_kms_key.sealing.arn
}

# Nothing can be encrypted with the key before its policy is there.
output "storage_key_arn" {
  description = "ARN of the key that encrypts at rest."
  value       = aws_kms_key.storage.arn
  depends_on  = [aws_kms_key_policy.storage]
}

output "receipt_key_arns" {
  description = "ARNs of the keys that sign receipts, oldest first; the last one signs."
  value       = [for generation in range(1, var.receipt_key_generation + 1) : aws_kms_key.receipts[tostring(generation)].arn]
}

output "secrets_table" {
  description = "Table of the sealed secrets: name, arn, stream_arn."
  value = {
    name       = aws_dynamodb_table.secrets.name
    arn        = aws_dynamodb_table.secrets.arn
    stream_arn = aws_dynamodb_table.secrets.stream_arn
  }
}

output "receipts_table" {
  description = "Table of the receipts: name, arn, stream_arn."
  value = {
    name       = aws_dynamodb_table.receipts.name
    arn        = aws_dynamodb_table.receipts.arn
    stream_arn = aws_dynamodb_table.receipts.stream_arn
  }
}

output "people_table" {
  description = "Table that counts how much each person sends: name, arn; null if nobody is counted."
  value       = one([for table in aws_dynamodb_table.people : { name = table.name, arn = table.arn }])
}

output "files_bucket" {
  description = "Bucket of the sealed files: name, arn."
  value = {
    name = aws_s3_bucket.files.bucket
    arn  = aws_s3_bucket.files.arn
  }
}
