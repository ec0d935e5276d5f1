"""A deployment on AWS for the end-to-end tests: what `make test-aws` has applied.

It is told by BURNBAG_TEST_DEPLOYMENT, a file with Terraform's outputs. The credentials have names
of their own, so that no other test finds them. What only the embedded AWS can do skips its test.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment, until
from tools.caller import assume_role, remove_role
from tools.stack import Stack

DEPLOYMENT: Final = "BURNBAG_TEST_DEPLOYMENT"
CREDENTIALS: Final = {
    "aws_access_key_id": "BURNBAG_TEST_ACCESS_KEY_ID",
    "aws_secret_access_key": "BURNBAG_TEST_SECRET_ACCESS_KEY",
    "aws_session_token": "BURNBAG_TEST_SESSION_TOKEN",
}
# What IAM has been told is true everywhere after some seconds, seldom more than a minute.
IAM_SECONDS: Final = 120.0


def is_chosen() -> bool:
    return DEPLOYMENT in os.environ


class AwsDeployment(Deployment):
    """Both sides of the API, and your own view of what is behind it."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        told = json.loads(Path(environ[DEPLOYMENT]).read_text())
        outputs, endpoint = told["outputs"], told["endpoint_url"]
        keys: dict[str, Any] = {
            name: environ[variable] or None for name, variable in CREDENTIALS.items()
        }
        region = outputs["sealing_key_arn"].split(":")[3]
        # The embedded AWS can stand in for AWS, with an endpoint.
        self.real = endpoint is None
        self.session_of_tests: Any = boto3.Session(region_name=region, **keys)
        super().__init__(Stack("aws", outputs["api_url"], endpoint, region, 0, outputs))
        until(self.may_call, lambda may: may, IAM_SECONDS)

    def assume_caller(self) -> Credentials:
        found: list[Credentials] = []

        def assume() -> bool:
            try:
                policy = self.stack.outputs["caller_policy_arn"]
                found.append(assume_role(self.make_client, policy))
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
            return bool(found)

        until(assume, lambda done: done, IAM_SECONDS)
        return found[0]

    @property
    def root(self) -> Credentials:
        found: Credentials = self.session_of_tests.get_credentials()
        return found

    def may_call(self) -> bool:
        """Whether the role's new policy has arrived: a call gets past API Gateway."""
        answer = self.sender.call("GET", f"/v1/receipts/{'A' * 22}", token="A" * 43)
        return answer.status_code != 403

    def make_client(self, service: str) -> Any:
        endpoint = self.stack.aws_endpoint_url
        return self.session_of_tests.client(service, endpoint_url=endpoint)

    def close(self) -> None:
        remove_role(self.client, self.outputs["caller_policy_arn"])

    def session(self, function: str, name: str | None = None) -> NoReturn:
        pytest.skip("the functions' roles trust Lambda only: test_on_aws.py asks the simulator")

    def denied(self, function: str, action: str, resource: str = "*") -> NoReturn:
        pytest.skip("IAM takes some seconds to deny something, and as long to allow it again")
