"""What the page's server and whoever checks it have to agree on: its headers.

`web/manifest.json` has them. The policy in it leaves two places open, for what is another in each
stack: where its files lie, and where a company's logo and sign-in are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

POLICY: Final = "Content-Security-Policy"
IMAGES: Final = "{images}"
CONNECTIONS: Final = "{connections}"


def fill_headers(headers: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    """The page's headers in the stack of which `facts`, its config.json, tells.

    Raises KeyError, TypeError or ValueError for facts that a stack never has.
    """
    brand, sign_in = facts["brand"], facts["sign_in"]
    images = [brand["logo_url"]]
    connections = [facts["files_origin"], sign_in and sign_in["token_url"]]
    policy = headers[POLICY]
    policy = policy.replace(IMAGES, "".join(find_origins(images)))
    policy = policy.replace(CONNECTIONS, "".join(find_origins(connections)))
    return {**headers, POLICY: policy}


def find_origins(urls: list[str | None]) -> Iterator[str]:
    """The origin of each URL that is one, with a space before it."""
    for url in filter(None, urls):
        parts = urlsplit(url)
        yield f" {parts.scheme}://{parts.netloc}"
