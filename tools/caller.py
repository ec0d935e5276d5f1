"""The embedded account: its root, and a role like that of a service which calls burnbag."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from tools.emulator import ROOT_KEY
from tools.stack import Stack

ROLE: Final = "burnbag-local-caller"


def root_client(stack: Stack, service: str, **options: Any) -> Any:
    """A boto3 client of the account's root, whatever AWS the user is logged in to.

    `options` are botocore's (`Config`).
    """
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(proxies={}, **options),
    )


def assume_caller(stack: Stack, session: str = "demo") -> Credentials:
    """Credentials of a role that has the caller policy and nothing else."""
    return assume_role(partial(root_client, stack), stack.outputs["caller_policy_arn"], session)


def assume_role(client: Callable[[str], Any], policy: str, session: str = "demo") -> Credentials:
    """Make the caller's role in the account of that policy unless it is there, and assume it.

    Receipts name the creator by the role and the `session`.
    """
    iam, account = client("iam"), policy.split(":")[4]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    try:
        role = iam.get_role(RoleName=ROLE)["Role"]
    except iam.exceptions.NoSuchEntityException:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)
    keys = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=session)["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def remove_role(client: Callable[[str], Any], policy: str) -> None:
    """Remove the caller's role, or IAM would not delete the policy."""
    iam = client("iam")
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy)
    iam.delete_role(RoleName=ROLE)
