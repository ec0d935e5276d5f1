# Who may reach the API: the resource policy, and the web ACL.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "burnbag-test"
  environment        = "test"
  stage              = "live"
  endpoint_type      = "REGIONAL"
  storage_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/storage"
  log_retention_days = 30
  record_source_ip   = true
  throttle_rate      = 50
  throttle_burst     = 100
  routes = {
    "POST /v1/secrets"             = { function = "create", authorization = "AWS_IAM" }
    "POST /v1/secrets/{id}/reveal" = { function = "reveal", authorization = "NONE" }
    "POST /v1/revocations"         = { function = "create", authorization = "AWS_IAM", others = "nobody" }
    "GET /signed/secrets/{id}"     = { function = "reveal", authorization = "AWS_IAM", others = "recipients" }
    "ANY /{path+}"                 = { function = "reveal", authorization = "NONE" }
  }
  functions = {
    create = { function_name = "burnbag-test-create", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/create" }
    reveal = { function_name = "burnbag-test-reveal", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/reveal" }
  }
}

run "addresses" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    access           = { account_id = "123456789012", source_cidrs = ["203.0.113.0/24", "2001:db8::/32"], vpc_endpoint_ids = [], organization_id = null, principals = [] }
    web_acl_arn      = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/company/5678"
    method_throttles = { "POST /v1/secrets/{id}/reveal" = { rate = 10, burst = 20 } }
  }

  # No Allow for the sender's calls: it would do alone for every principal of this account. So none for whatever
  # is no call either, of any method: its ARN is theirs too.
  assert {
    condition = [for it in data.aws_iam_policy_document.access[0].statement : join(" ", concat(
      [coalesce(it.effect, "Allow"), it.sid], tolist(it.resources), flatten([for p in it.principals : tolist(p.identifiers)]),
      flatten([for c in it.condition : [c.test, c.variable, c.values]]),
      ))] == [
      "Allow CallWithoutSignature arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets/*/reveal *",
      "Deny FromTheseAddressesOnly arn:aws:execute-api:eu-central-1:123456789012:api123/* * NotIpAddress aws:SourceIp 203.0.113.0/24 2001:db8::/32",
    ]
    error_message = "From other addresses, nothing may be called; what needs no signature has to be allowed."
  }

  assert {
    condition     = [for it in aws_api_gateway_rest_api_policy.this : it.policy] == [data.aws_iam_policy_document.access[0].json]
    error_message = "The API has the policy."
  }

  assert {
    condition = aws_api_gateway_deployment.this.triggers.content != sha256(jsonencode([
      var.routes,
      { for name, function in var.functions : name => function.invoke_arn },
      local.resource_ids,
      local.problem_documents,
      local.problem_headers,
      aws_api_gateway_rest_api.this.binary_media_types,
      "REGIONAL",
    ]))
    error_message = "A resource policy takes effect with a deployment."
  }

  assert {
    condition = length(aws_wafv2_web_acl.this) == 0 && [for it in aws_wafv2_web_acl_association.this : it.web_acl_arn] == [
      "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/company/5678"
    ]
    error_message = "A web ACL that is given is put in front of the stage."
  }

  assert {
    condition = [for it in aws_api_gateway_method_settings.route : [it.method_path, [for setting in it.settings : [
      setting.throttling_rate_limit, setting.throttling_burst_limit, setting.logging_level, setting.data_trace_enabled, setting.metrics_enabled,
    ]]]] == [["~1v1~1secrets~1{id}~1reveal/POST", [[10, 20, "OFF", false, true]]]]
    error_message = "A call has a throttle of its own, and still no execution log."
  }
}

run "other_accounts" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    access = { account_id = "123456789012", source_cidrs = [], vpc_endpoint_ids = [], organization_id = "o-a1b2c3d4e5", principals = ["arn:aws:iam::210987654321:role/orders"] }
  }

  assert {
    condition = [for it in data.aws_iam_policy_document.access[0].statement : join(" ", concat(
      [coalesce(it.effect, "Allow"), it.sid], tolist(it.resources), flatten([for p in it.principals : tolist(p.identifiers)]),
      sort([for c in it.condition : join(" ", concat([c.test, c.variable], c.values))]),
      ))] == [
      "Allow CallWithoutSignature arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets/*/reveal *",
      "Allow SignedByTheOrganization arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets * StringEquals aws:PrincipalOrgID o-a1b2c3d4e5 StringNotEquals aws:PrincipalAccount 123456789012",
      "Allow SignedByThesePrincipals arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets arn:aws:iam::210987654321:role/orders StringNotEquals aws:PrincipalAccount 123456789012",
    ]
    error_message = "Others may make the sender's calls and no operator's, and nobody of this account without a right of his own."
  }
}

run "addresses_of_a_vpc" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    endpoint_type    = "PRIVATE"
    vpc_endpoint_ids = ["vpce-0123456789abcdef0"]
    access           = { account_id = "123456789012", source_cidrs = ["10.0.0.0/16"], vpc_endpoint_ids = ["vpce-0123456789abcdef0"], organization_id = null, principals = [] }
  }

  assert {
    condition = [for it in data.aws_iam_policy_document.access[0].statement : [for c in it.condition : "${c.test} ${c.variable}"] if it.effect == "Deny"] == [
      ["NotIpAddress aws:VpcSourceIp"], ["StringNotEquals aws:SourceVpce"],
    ]
    error_message = "Through a VPC endpoint, the caller's address is one in the VPC."
  }
}

# Everything that needs no signature stays open, and who may send is no recipient for that.
run "recipients_and_a_web_acl" {
  command = apply

  module {
    source = "./modules/api"
  }

  variables {
    create_web_acl      = true
    reveals_per_address = 30
    access              = { account_id = "123456789012", source_cidrs = [], vpc_endpoint_ids = [], organization_id = null, principals = [], recipients = ["arn:aws:iam::210987654321:root", "arn:aws:iam::310987654321:root"] }
  }

  assert {
    condition = [for it in data.aws_iam_policy_document.access[0].statement : join(" ", concat(
      [coalesce(it.effect, "Allow"), it.sid], tolist(it.resources), flatten([for p in it.principals : tolist(p.identifiers)]),
      sort([for c in it.condition : join(" ", concat([c.test, c.variable], c.values))]),
      ))] == [
      "Allow CallWithoutSignature arn:aws:execute-api:eu-central-1:123456789012:api123/live/POST/v1/secrets/*/reveal *",
      "Allow SignedByTheseRecipients arn:aws:execute-api:eu-central-1:123456789012:api123/live/GET/signed/secrets/* arn:aws:iam::210987654321:root arn:aws:iam::310987654321:root StringNotEquals aws:PrincipalAccount 123456789012",
    ]
    error_message = "Recipients of other accounts may make the recipient's calls, and nobody of this account without a right of his own."
  }

  assert {
    condition = [for it in aws_wafv2_web_acl_association.this : [it.resource_arn, it.web_acl_arn]] == [[
      "arn:aws:apigateway:eu-central-1::/restapis/api123/stages/live",
      "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/burnbag-test/1234",
    ]]
    error_message = "The web ACL is in front of the stage."
  }

  assert {
    condition     = { for rule in aws_wafv2_web_acl.this[0].rule : rule.name => rule.priority } == { reveals-per-address = 1, large-bodies = 2, common = 3 }
    error_message = "The web ACL has these rules."
  }

  assert {
    condition = [for rule in aws_wafv2_web_acl.this[0].rule : [
      for rate in rule.statement[0].rate_based_statement : [rate.limit, rate.evaluation_window_sec, rate.aggregate_key_type]
    ] if rule.name == "reveals-per-address"] == [[[30, 300, "IP"]]]
    error_message = "An address has so many reveals in five minutes."
  }

  # A body that burnbag may get, or a client that names no user agent, is no attack.
  assert {
    condition = toset(flatten([for rule in aws_wafv2_web_acl.this[0].rule : [
      for group in rule.statement[0].managed_rule_group_statement : [
        for override in group.rule_action_override : override.name if length(one(override.action_to_use).count) == 1
      ]
      ]])) == toset([
      "SizeRestrictions_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "NoUserAgent_HEADER",
    ])
    error_message = "AWS's rules about bodies only count: files and texts would not get through."
  }

  assert {
    condition = alltrue([for it in concat(
      tolist(aws_wafv2_web_acl.this[0].visibility_config), flatten([for rule in aws_wafv2_web_acl.this[0].rule : tolist(rule.visibility_config)])
    ) : !it.sampled_requests_enabled])
    error_message = "WAF keeps no samples: they show headers, and so tokens."
  }

  assert {
    condition     = jsondecode(local.too_many) == { type = "urn:burnbag:problem:throttled", title = "Too many requests from this address", status = 429 }
    error_message = "WAF answers as API Gateway does."
  }
}
