# Tells the alarm topic of what could break the separation of rights: the changes of docs/watching.md that a
# rule can match. CloudTrail reports them, so the account needs a trail, and IAM's events arrive in us-east-1
# only (in AWS's own partition).

locals {
  watched_names = [{ wildcard = "*${local.prefix}-*" }]

  # By what is watched: who reports it, the changes, and how they name what they change. Lambda's events carry
  # the version of its interface after the name.
  watched = {
    keys = {
      source = "aws.kms"
      events = ["PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey", "CreateGrant"]
      match  = { resources = { ARN = concat([module.storage.sealing_key_arn, module.storage.storage_key_arn], module.storage.receipt_key_arns) } }
    }
    roles = {
      source = "aws.iam"
      events = ["UpdateAssumeRolePolicy", "PutRolePolicy", "AttachRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"]
      match  = { requestParameters = { roleName = local.watched_names } }
    }
    functions = {
      source = "aws.lambda"
      events = [for name in [
        "UpdateFunctionCode", "UpdateFunctionConfiguration", "PutFunctionCodeSigningConfig", "DeleteFunctionCodeSigningConfig", "AddPermission",
        "CreateFunctionUrlConfig", "PutFunctionConcurrency",
      ] : { prefix = name }]
      match = { requestParameters = { functionName = local.watched_names } }
    }
    streams = {
      source = "aws.lambda"
      events = [for name in ["CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"] : { prefix = name }]
      # Who changes or deletes a mapping names it by its id, and no function.
      match = { "$or" = [
        { requestParameters = { functionName = local.watched_names } },
        { requestParameters = { uUID = values(aws_lambda_event_source_mapping.stream)[*].uuid } },
        { responseElements = { functionArn = local.watched_names } },
      ] }
    }
    tables = {
      source = "aws.dynamodb"
      events = [
        "UpdateTable", "DeleteTable", "UpdateTimeToLive", "PutResourcePolicy", "DeleteResourcePolicy", "CreateBackup", "UpdateContinuousBackups",
        "ExportTableToPointInTime", "RestoreTableToPointInTime", "EnableKinesisStreamingDestination",
      ]
      match = { "$or" = [
        { requestParameters = { tableName = local.watched_names } },
        { requestParameters = { tableArn = local.watched_names } },
        { requestParameters = { resourceArn = local.watched_names } },
        { requestParameters = { sourceTableArn = local.watched_names } },
        { requestParameters = { sourceTableName = local.watched_names } },
      ] }
    }
    bucket = {
      source = "aws.s3"
      events = ["PutBucketVersioning", "PutBucketReplication", "PutBucketNotification", "PutBucketLifecycle", "PutBucketPolicy", "DeleteBucketPolicy"]
      match  = { requestParameters = { bucketName = [module.storage.files_bucket.name] } }
    }
    # Whoever changes users, or who says who they are, can send in somebody else's name, and open what names them.
    sign-in = {
      wanted = var.people_auth == "COGNITO"
      source = "aws.cognito-idp"
      events = [
        "UpdateUserPool", "DeleteUserPool", "AddCustomAttributes", "SetUserPoolMfaConfig", "CreateUserPoolClient", "UpdateUserPoolClient",
        "DeleteUserPoolClient", "CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain", "CreateIdentityProvider",
        "UpdateIdentityProvider", "DeleteIdentityProvider", "AdminCreateUser", "AdminUpdateUserAttributes", "AdminSetUserPassword",
        "AdminLinkProviderForUser", "AdminSetUserMFAPreference", "CreateUserImportJob", "StartUserImportJob",
      ]
      match = { requestParameters = { userPoolId = module.people[*].user_pool_id } }
    }
  }
}

resource "aws_cloudwatch_event_rule" "watch" {
  for_each = { for name, watched in local.watched : name => watched if var.watch_list && lookup(watched, "wanted", true) }

  name        = "${local.prefix}-watch-${each.key}"
  description = "Tells burnbag's operators of changes of its ${each.key}."
  event_pattern = jsonencode({
    source      = [each.value.source]
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = merge({ eventName = each.value.events }, each.value.match)
  })
}

resource "aws_cloudwatch_event_target" "watch" {
  for_each = aws_cloudwatch_event_rule.watch

  rule = each.value.name
  arn  = aws_sns_topic.alarms[0].arn

  input_transformer {
    input_paths = {
      what   = "$.detail.eventName"
      who    = "$.detail.userIdentity.arn"
      where  = "$.detail.sourceIPAddress"
      when   = "$.detail.eventTime"
      error  = "$.detail.errorCode"
      event  = "$.detail.eventID"
      region = "$.region"
    }
    input_template = "\"burnbag ${var.environment}: <what> by <who> from <where> at <when> (<region>, CloudTrail event <event>, error: <error>). This could break the separation of rights: docs/watching.md\""
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
