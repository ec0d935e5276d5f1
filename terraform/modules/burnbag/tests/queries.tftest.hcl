# The saved queries: one for each of an auditor's questions, and none where nobody wants them.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment    = "test"
  packages_dir   = "tests/packages"
  lambda_runtime = "python3.13"

  deletion_protection = false
}

run "saved" {
  command = plan

  assert {
    condition = toset([for query in aws_cloudwatch_query_definition.audit : query.name]) == toset([
      for question in ["counts", "secret", "creators", "principal", "outside", "guesses", "slow-erasures", "revocations", "label", "files"] :
      "burnbag/test/${question}"
    ])
    error_message = "Each of the ten questions is saved under the environment's name."
  }

  assert {
    condition     = alltrue([for query in aws_cloudwatch_query_definition.audit : query.log_group_names == tolist(["/burnbag/test/audit"])])
    error_message = "Every query asks the audit log and no other."
  }

  assert {
    condition = alltrue([
      for query in aws_cloudwatch_query_definition.audit : can(regex("\\| dedup event_id\n\\| limit|by event_id|by secret_id", query.query_string))
    ])
    error_message = "No query counts or shows an event twice."
  }
}

run "unwanted" {
  command = plan

  variables {
    saved_queries = false
  }

  assert {
    condition     = length(aws_cloudwatch_query_definition.audit) == 0
    error_message = "Without saved_queries there are none."
  }
}
