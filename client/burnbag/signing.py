"""Signatures of the sender's calls: SigV4, by botocore, with the credentials AWS users expect."""

import os
import re
import threading
from collections.abc import Callable, Generator
from typing import Any, Final, TypeVar

import httpx

from burnbag.errors import ConfigurationError

T = TypeVar("T")
REGION: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$")


class Signature(httpx.Auth):
    """Signs a request for API Gateway (service `execute-api`)."""

    requires_request_body = True

    def __init__(self, session: Any, region: str | None, host: str) -> None:
        self.session = session or new_session()
        found = (
            region or region_of(host) or configured(lambda: session_region(self.session), "region")
        )
        if not found:
            raise ConfigurationError("no AWS region is set: use AWS_REGION, or a profile's region")
        if not found.isascii() or not found.isprintable():
            raise ConfigurationError("the AWS region is not well-formed")
        self.region = found
        self.lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign what must be signed: the body, the host, and the type of the body.

        Not the token: what is signed is what botocore and API Gateway repeat when they explain.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        kind = request.headers.get("Content-Type")
        headers = {"Content-Type": kind} if kind else {}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        SigV4Auth(self.credentials(), "execute-api", self.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request

    def credentials(self) -> Any:
        """What signs now: roles and SSO sessions renew themselves. Raises ConfigurationError."""
        with self.lock:
            found = configured(lambda: frozen(self.session), "credentials")
        if found is None:
            raise ConfigurationError("no AWS credentials were found")
        return found


def configured(look: Callable[[], T], what: str) -> T:
    """What botocore finds, by whatever way is configured. Raises ConfigurationError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return look()
    except (BotoCoreError, ClientError) as error:
        why = str(error)
    except (OSError, ValueError) as error:
        # A credential_process that is not there, or answers rubbish; which may be a credential.
        why = type(error).__name__
    raise ConfigurationError(f"no AWS {what}: {why}")


def new_session() -> Any:
    import botocore.session

    return botocore.session.Session()


def frozen(session: Any) -> Any:
    found = session.get_credentials()
    return found.get_frozen_credentials() if found else None


def region_of(host: str) -> str | None:
    """The region that an API's own host name tells."""
    match = REGION.search(host)
    return match[1] if match else None


def session_region(session: Any) -> str | None:
    """The region of a boto3 session, which has an attribute, or of a botocore session.

    AWS_REGION is what every other AWS SDK reads, and what botocore does not.
    """
    if hasattr(session, "region_name"):
        found = session.region_name
    else:
        found = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return str(found) if found else None
