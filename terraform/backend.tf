# Bucket, key and locking come from environments/<environment>.s3.tfbackend.
terraform {
  backend "s3" {}
}
