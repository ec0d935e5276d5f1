"""Signatures of senders and of named recipients: SigV4, by botocore, with the credentials AWS users
expect.
"""

import os
import re
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, Final, TypeVar

import httpx

from burnbag.causes import strip
from burnbag.errors import ConfigurationError

T = TypeVar("T")
NO_CREDENTIALS: Final = (
    "no AWS credentials were found: choose a profile (--profile, AWS_PROFILE), or sign in, for "
    "example by `aws sso login`"
)
REGION: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$")


class Signer(httpx.Auth):
    """Signs requests to API Gateway (service `execute-api`).

    The region is the one given, or that of the host name, or that of the session.
    """

    requires_request_body = True

    def __init__(self, session: Any, region: str | None, host: str) -> None:
        self.session = session
        self.region = (
            region
            or region_of(host)
            or ask_botocore(lambda: session_region(self.session), "region")
            or ""
        )
        if not self.region:
            raise ConfigurationError("no AWS region is set: use AWS_REGION, or a profile's region")
        if not self.region.isascii() or not self.region.isprintable():
            raise ConfigurationError("the AWS region is not well-formed")
        self.lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the body, its type and the host.

        The token is not signed, because botocore logs what it signs, and API Gateway repeats it
        when it explains a wrong signature.
        """
        self.sign(request)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The same in a thread: credentials may come from a file, a program or the network."""
        from burnbag._async.waiting import in_thread

        await request.aread()
        await in_thread(self.sign, request)
        yield request

    def sign(self, request: httpx.Request) -> None:
        """Add the signature's headers."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        kind = request.headers.get("Content-Type")
        headers = {"Content-Type": kind} if kind else {}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        SigV4Auth(self.get_credentials(), "execute-api", self.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))

    def get_credentials(self) -> Any:
        """The credentials as of now: roles and SSO sessions renew theirs.

        Raises ConfigurationError.
        """
        with self.lock:
            found = ask_botocore(lambda: freeze_credentials(self.session), "credentials")
        if found is None:
            raise ConfigurationError(NO_CREDENTIALS)
        return found


def ask_botocore(question: Callable[[], T], what: str) -> T:
    """Ask botocore for something that may be configured anywhere. Raises ConfigurationError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return question()
    except (BotoCoreError, ClientError) as error:
        why, cause = str(error), strip(error)
    except (OSError, ValueError) as error:
        # A credential_process is missing or printed rubbish, and the message may hold what it
        # printed: a credential, perhaps.
        why, cause = type(error).__name__, strip(error)
    raise ConfigurationError(f"no AWS {what}: {why}") from cause


def make_session() -> Any:
    import botocore.session

    return botocore.session.Session()


def freeze_credentials(session: Any) -> Any:
    found = session.get_credentials()
    return found.get_frozen_credentials() if found else None


def region_of(host: str) -> str | None:
    """The region in the host name of an API, if it is there."""
    match = REGION.search(host)
    return match[1] if match else None


def session_region(session: Any) -> str | None:
    """The region of a boto3 session, which has an attribute, or of a botocore session.

    AWS_REGION is what every other AWS SDK reads, but botocore does not.
    """
    if hasattr(session, "region_name"):
        found = session.region_name
    else:
        found = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return str(found) if found else None
