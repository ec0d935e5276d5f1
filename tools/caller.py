"""A service that calls burnbag: its own role, and REST calls signed with that role (SigV4)."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from urllib3 import encode_multipart_formdata

from tools.emulator import ROOT_KEY
from tools.stack import Stack

ROLE: Final = "burnbag-local-caller"
TIMEOUT: Final = 35


def client(stack: Stack, service: str) -> Any:
    """A boto3 client of the embedded account's root, whatever AWS the user is logged in to."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(proxies={}),
    )


def assume_caller(stack: Stack) -> Credentials:
    """Credentials of a role that has the caller policy and nothing else."""
    iam = client(stack, "iam")
    account = stack.outputs["caller_policy_arn"].split(":")[4]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    try:
        role = iam.get_role(RoleName=ROLE)["Role"]
    except iam.exceptions.NoSuchEntityException:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=stack.outputs["caller_policy_arn"])
    session = client(stack, "sts").assume_role(RoleArn=role["Arn"], RoleSessionName="demo")
    keys = session["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


class Api:
    """burnbag's REST API; calls are signed where there are credentials."""

    def __init__(self, stack: Stack, credentials: Credentials | None = None) -> None:
        self.stack = stack
        self.credentials = credentials
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy, no .netrc: this is the loopback

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        extra: Mapping[str, str] = MappingProxyType({}),
    ) -> requests.Response:
        headers = {**extra} | ({"X-Burnbag-Token": token} if token else {})
        url, data = self.stack.api_url + path, None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        if form is not None:
            data, headers["Content-Type"] = encode_multipart_formdata(form)
        request = AWSRequest(method, url, headers=headers, data=data)
        if self.credentials:
            SigV4Auth(self.credentials, "execute-api", self.stack.region).add_auth(request)
        sent = dict(request.headers.items())
        return self.http.request(method, url, headers=sent, data=data, timeout=TIMEOUT)
