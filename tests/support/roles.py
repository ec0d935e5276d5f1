"""Roles of a stack's account, for the time of a test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.credentials import Credentials

from tests.support.deployment import Api, Deployment


@dataclass
class Role:
    """A role, and the API as a session of it calls it."""

    deployment: Deployment
    arn: str

    def credentials(self, session: str = "one") -> Credentials:
        sts = self.deployment.client("sts")
        keys = sts.assume_role(RoleArn=self.arn, RoleSessionName=session)["Credentials"]
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def api(self, session: str = "one") -> Api:
        return Api(self.deployment.stack, self.credentials(session))

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[1]

    def session_arn(self, session: str = "one") -> str:
        """How a session of it is named by AWS: without the role's path."""
        partition, account = self.arn.split(":")[1], self.arn.split(":")[4]
        return f"arn:{partition}:sts::{account}:assumed-role/{self.name}/{session}"


@contextmanager
def role(deployment: Deployment, name: str, output: str, path: str = "/") -> Iterator[Role]:
    """A role that has one of the stack's policies and nothing else."""
    iam, policy = deployment.client("iam"), deployment.outputs[output]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    yield Role(deployment, made["Arn"])
    iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    iam.delete_role(RoleName=name)
