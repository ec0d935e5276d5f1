# What no policy inside an account can promise: a service control policy, made in the organization's management
# account, for the accounts and units that have stacks. It refuses copies of secrets to everybody, and changes
# of what burnbag's promises rest on to everybody but the deploy role. docs/watching.md has the reasons.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "targets" {
  description = "Ids of the accounts and organizational units that have stacks."
  type        = set(string)
}

variable "deploy_roles" {
  description = "ARNs, or patterns of ARNs, of the roles that run Terraform. Their names may not begin with burnbag-."
  type        = list(string)
  default     = ["arn:aws:iam::*:role/deploy-burnbag"]
}

provider "aws" {
  region = "us-east-1"
}

locals {
  tables  = ["arn:aws:dynamodb:*:*:table/burnbag-*-secrets"]
  buckets = ["arn:aws:s3:::burnbag-*-files-*"]

  # Nobody does this. A stream's view and a replica are changed by UpdateTable, which Terraform needs.
  copies = {
    actions = [
      "dynamodb:CreateBackup", "dynamodb:StartAwsBackupJob", "dynamodb:ExportTableToPointInTime",
      "dynamodb:RestoreTableToPointInTime", "dynamodb:CreateTableReplica",
      "dynamodb:EnableKinesisStreamingDestination", "dynamodb:UpdateKinesisStreamingDestination",
      "s3:PutReplicationConfiguration",
    ]
    resources = concat(local.tables, local.buckets)
  }

  # Only the deploy role does this. (Terraform asks for no continuous backups when it makes a table, with the
  # same call that would ask for them.)
  changes = {
    Stores = {
      actions = [
        "dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
        "dynamodb:UpdateContinuousBackups",
        "s3:PutBucketVersioning", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketNotification",
        "s3:PutLifecycleConfiguration",
      ]
      resources = concat(local.tables, local.buckets)
    }
    Functions = {
      actions = [
        "lambda:AddPermission", "lambda:CreateFunctionUrlConfig", "lambda:PutFunctionConcurrency",
        "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:*CodeSigningConfig",
      ]
      resources = ["arn:aws:lambda:*:*:function:burnbag-*"]
    }
    Roles = {
      actions = [
        "iam:AttachRolePolicy", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:PutRole*", "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
      ]
      resources = ["arn:aws:iam::*:role/burnbag-*"]
    }
    Keys = {
      actions   = ["kms:CreateGrant", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"]
      resources = ["arn:aws:kms:*:*:key/*"]
      # Terraform puts this tag on everything of a stack (terraform/providers.tf).
      tag = "burnbag"
    }
    Logs = {
      actions   = ["logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy", "logs:DisassociateKmsKey"]
      resources = ["arn:aws:logs:*:*:log-group:/burnbag/*", "arn:aws:logs:*:*:log-group:/aws/lambda/burnbag-*"]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Copies"
    effect    = "Deny"
    actions   = local.copies.actions
    resources = local.copies.resources
  }

  dynamic "statement" {
    for_each = local.changes
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = statement.value.actions
      resources = statement.value.resources

      # What an AWS service does for somebody (a grant for a table's key) is that somebody's call in its name.
      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = var.deploy_roles
      }

      condition {
        test     = "Bool"
        variable = "aws:ViaAWSService"
        values   = ["false"]
      }

      dynamic "condition" {
        for_each = lookup(statement.value, "tag", null) == null ? [] : [statement.value.tag]
        content {
          test     = "StringEquals"
          variable = "aws:ResourceTag/Application"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_organizations_policy" "this" {
  name        = "burnbag"
  description = "Refuses copies of burnbag's secrets, and changes of its stacks by others than the deploy role."
  content     = data.aws_iam_policy_document.this.minified_json
}

resource "aws_organizations_policy_attachment" "this" {
  for_each  = var.targets
  policy_id = aws_organizations_policy.this.id
  target_id = each.key
}

output "policy" {
  description = "The policy, as JSON."
  value       = data.aws_iam_policy_document.this.minified_json
}
