"""Signatures of the sender's calls: SigV4, by botocore, with the credentials AWS users expect."""

import re
from collections.abc import Generator
from typing import Any, Final

import httpx

from burnbag.errors import ConfigurationError

SIGNED: Final = ("content-type", "x-burnbag-token")
REGION: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$")


class Signature(httpx.Auth):
    """Signs a request for API Gateway (service `execute-api`)."""

    requires_request_body = True

    def __init__(self, session: Any, region: str | None, host: str) -> None:
        import botocore.session

        self.session = session or botocore.session.Session()
        found = region or region_of(host) or session_region(self.session)
        if not found:
            raise ConfigurationError("no AWS region is set: use AWS_REGION, or a profile's region")
        self.region = found

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {name: request.headers[name] for name in SIGNED if name in request.headers}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        SigV4Auth(self.credentials(), "execute-api", self.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request

    def credentials(self) -> Any:
        """What signs now: roles and SSO sessions renew themselves. Raises ConfigurationError."""
        from botocore.exceptions import BotoCoreError

        try:
            found = self.session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except BotoCoreError as error:
            raise ConfigurationError(f"no AWS credentials: {error}") from None
        if frozen is None:
            raise ConfigurationError("no AWS credentials were found")
        return frozen


def region_of(host: str) -> str | None:
    """The region that an API's own host name tells."""
    match = REGION.search(host)
    return match[1] if match else None


def session_region(session: Any) -> str | None:
    """The region of a boto3 session, which has an attribute, or of a botocore session."""
    if hasattr(session, "region_name"):
        return str(session.region_name) if session.region_name else None
    found = session.get_config_variable("region")
    return str(found) if found else None
