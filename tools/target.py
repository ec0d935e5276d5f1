"""A deployed burnbag to look at: on AWS with your own credentials, or on the embedded AWS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from burnbag import Burnbag
from tools import deploy, stack
from tools.caller import root_client
from tools.console import Problem
from tools.demo import sign_in
from tools.stack import LOCAL, Stack


@dataclass(frozen=True)
class Target:
    """A deployment: its Terraform outputs, clients of what is behind it, and a sender's client."""

    outputs: Mapping[str, Any]
    emulated: bool
    client: Callable[..., Any]
    sign_in: Callable[[], Burnbag]

    @property
    def environment(self) -> str:
        """The value of the metrics' dimension, which is part of the audit log group's name."""
        return str(self.outputs["audit_log_group_name"]).split("/")[2]

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the deployment's partition, region and account, which its keys' ARNs have."""
        _, partition, _, region, account, _ = self.outputs["sealing_key_arn"].split(":")
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def find(environment: str) -> Target:
    """The deployment to `environment`; `local` is the stack of `make up`. Raises Problem."""
    if environment != LOCAL:
        return of_deployment(deploy.read_outputs(environment))
    running = stack.find()
    if running is None:
        raise Problem("no stack is running: make up")
    return of_stack(running)


def of_stack(running: Stack) -> Target:
    return Target(running.outputs, True, partial(root_client, running), partial(sign_in, running))


def of_deployment(outputs: Mapping[str, Any]) -> Target:
    """What was deployed to AWS, with credentials as any AWS tool finds them."""
    region = outputs["sealing_key_arn"].split(":")[3]
    session: Any = boto3.Session(region_name=region)

    def open_sender() -> Burnbag:
        return Burnbag(outputs["api_url"], botocore.session.Session(), region=region)

    def client(service: str, **options: Any) -> Any:
        return session.client(service, config=Config(**options))

    return Target(outputs, False, client, open_sender)
