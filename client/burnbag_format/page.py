"""What the page's server and whoever checks it have to agree on: its headers.

`web/manifest.json` has them. The policy in it leaves two places open, for what is another in each
stack: where its files lie, and where a company's logo and sign-in are.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

POLICY: Final = "Content-Security-Policy"
IMAGES: Final = "{images}"
CONNECTIONS: Final = "{connections}"
# A host and perhaps a port. Only what stays on this machine may do without encryption.
ORIGIN: Final = re.compile(r"(https://[a-z0-9.-]+|http://127\.0\.0\.1)(:[0-9]{1,5})?")


def fill_headers(headers: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    """The page's headers in the stack of which `facts`, its config.json, tells.

    Raises KeyError, TypeError, AttributeError or ValueError for facts that no stack has.
    """
    places = {IMAGES: image_origins(facts), CONNECTIONS: connection_origins(facts)}
    policy = headers[POLICY]
    for place, origins in places.items():
        policy = policy.replace(place, "".join(f" {origin}" for origin in origins))
    return {**headers, POLICY: policy}


def image_origins(facts: Mapping[str, Any]) -> list[str]:
    """Where the page may get pictures from, besides its own server."""
    return find_origins(facts["brand"]["logo_url"])


def connection_origins(facts: Mapping[str, Any]) -> list[str]:
    """What else the page may talk to: the bucket, and the sign-in if there is one."""
    sign_in = facts["sign_in"]
    return find_origins(facts["files_origin"], sign_in["token_url"] if sign_in else None)


def find_origins(*urls: str | None) -> list[str]:
    """The origins of the URLs that are there, each once. Raises ValueError for what has none.

    It becomes a part of the policy, so nothing may pass that adds a directive to it.
    """
    parts = [urlsplit(url) for url in urls if url is not None]
    origins = [f"{part.scheme}://{part.netloc}" for part in parts]
    if not all(map(ORIGIN.fullmatch, origins)):
        raise ValueError("this is no origin")
    return list(dict.fromkeys(origins))
