"""Where a server may send its client for the bytes: not to the client's own machine.

What listens on the loopback often trusts whoever connects to it, and no firewall is in between. So
only a burnbag that runs there itself may lead there.
"""

import ipaddress
import socket

import httpx

from burnbag.errors import LinkError
from burnbag.links import require_secure


def check_url(url: str, base: str) -> httpx.URL:
    """The URL of a download or an upload that the burnbag at `base` gave. Raises LinkError.

    It is parsed by what will ask for it, so that both mean the same host. A name that only
    resolves to this machine is not looked for: no service here has a certificate for it, and
    without one nothing is sent.
    """
    try:
        found = httpx.URL(url)
        require_secure(str(found))
    except (httpx.InvalidURL, UnicodeError):
        found = httpx.URL()
    if not found.host:
        raise LinkError("the server leads to a URL that is not well-formed")
    if is_loopback(found.raw_host.decode()) and not is_loopback(host_of(base)):
        raise LinkError("the server leads to this very machine")
    return found


def host_of(base: str) -> str:
    return httpx.URL(base).raw_host.decode()


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in a URL, means this machine."""
    host = host.lower().rstrip(".")
    address = parse_address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    # Who connects to "any address" reaches this machine too.
    return address.is_loopback or address.is_unspecified


def parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is; also in forms like 127.1 and 0x7f000001, as resolvers do."""
    try:
        found = ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        try:
            found = ipaddress.ip_address(host)
        except ValueError:
            return None
    return getattr(found, "ipv4_mapped", None) or found
