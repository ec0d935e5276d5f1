# The bucket, the key and the locking come from environments/<environment>.s3.tfbackend.
terraform {
  backend "s3" {}
}
