"""Why a server could not be reached, in words for whoever asked it.

The errors of httpx hold the request, and with it tokens. So nothing is taken from them but the host
and what the system or OpenSSL says, and what becomes the `__cause__` of our exceptions is a copy
that holds neither the request nor the frames that had it.
"""

import errno
import re
import socket
import ssl
from typing import Final

import httpcore
import httpx

NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
STATUS: Final = re.compile(r"([1-5]\d\d)\b", re.ASCII)
OWN_AUTHORITY: Final = "; if your network has a certificate authority of its own, set SSL_CERT_FILE"
# OpenSSL's numbers for: signed by itself, by somebody of its own, by somebody unknown.
UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})


class Unreached(httpcore.ConnectError):
    """No address of `host`, a server or a proxy in front of it, took the connection.

    `failure` is that of the last address. It has a place of its own because httpcore raises what it
    gets from None.
    """

    def __init__(self, host: str, port: int, failure: Exception | None) -> None:
        super().__init__()
        self.host = host
        self.port = port
        self.failure = failure


def explain_connection(error: Exception) -> str | None:
    """Why there was no connection; None if there was one."""
    host = host_of(error)
    if isinstance(error, httpx.ProxyError):
        return f"the proxy does not lead to {host}: {explain_proxy(error)}"
    if isinstance(error, httpx.PoolTimeout):
        return f"the connection to {host} could not be made: all are in use; try again later"
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return None
    whom = f"the proxy {proxy}, which leads to {host}," if (proxy := proxy_of(error)) else host
    return f"the connection to {whom} could not be made: {explain_root(find_root(error))}"


def explain_root(root: BaseException) -> str:
    """What the system says of a connection, and what to do."""
    if isinstance(root, socket.gaierror):
        if root.errno == socket.EAI_AGAIN:
            return "its name can't be looked up now; is there a network?"
        return "there is no host of this name; is the URL right?"
    if isinstance(root, ConnectionRefusedError):
        return "it is refused, nothing listens there"
    if isinstance(root, ssl.SSLCertVerificationError):
        return explain_certificate(root)
    if isinstance(root, ssl.SSLError):
        return f"TLS fails ({root.reason or 'no reason is given'}); is the URL right?"
    if isinstance(root, TimeoutError | httpcore.TimeoutException | httpx.TimeoutException):
        return "there is no answer; is the network blocked, or the URL wrong?"
    if isinstance(root, Unreached):
        return "it has no address"
    if isinstance(root, OSError) and root.errno in NO_WAY:
        return f"{root.strerror}; is there a network?"
    return "it broke off at once; try again later"


def explain_certificate(error: ssl.SSLCertVerificationError) -> str:
    """What OpenSSL has against a certificate."""
    why = str(getattr(error, "verify_message", "")).rstrip(".") or "it can't be checked"
    known = getattr(error, "verify_code", 0) not in UNKNOWN_AUTHORITY
    return f"its certificate is not to be trusted: {why}{'' if known else OWN_AUTHORITY}"


def explain_proxy(error: httpx.ProxyError) -> str:
    """What a proxy answered: its status alone, because the words are its own."""
    found = STATUS.match(str(error))
    if found is None:
        return "it does not speak as a proxy should"
    if found[1] == "407":
        return "it asks for a user and a password, which belong into its URL (HTTPS_PROXY)"
    return f"it answers {found[1]}"


def host_of(error: Exception) -> str:
    """The host that was asked, with its port unless that is the usual one."""
    try:
        request = error.request if isinstance(error, httpx.RequestError) else None
    except RuntimeError:
        request = None
    return request.url.netloc.decode() if request else "the server"


def proxy_of(error: Exception) -> str | None:
    """The proxy that could not be reached, if it was not the server itself."""
    asked = error.request.url if isinstance(error, httpx.RequestError) else None
    for cause in chain(error):
        if isinstance(cause, Unreached) and asked is not None:
            is_server = cause.host.strip("[]") == asked.raw_host.decode().strip("[]")
            return None if is_server else f"{cause.host}:{cause.port}"
    return None


def find_root(error: BaseException) -> BaseException:
    """The error of the system that an error comes from; where there is none, the first of all."""
    causes = chain(error)
    return next((cause for cause in reversed(causes) if isinstance(cause, OSError)), causes[-1])


def chain(error: BaseException) -> list[BaseException]:
    """An error and what it comes from."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        own = cause.failure if isinstance(cause, Unreached) else None
        cause = own or cause.__cause__ or cause.__context__
    return found


def is_certificate_error(error: BaseException) -> bool:
    """Whether the server's certificate was refused: waiting does not help."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain(error))


def strip(error: BaseException) -> BaseException:
    """The error that an error comes from, as a copy that holds no more than the system's number and
    words: those of a library may quote a header.
    """
    root = find_root(error)
    try:
        if isinstance(root, OSError) and root.errno is not None:
            return type(root)(root.errno, root.strerror)
        return type(root)("")
    except TypeError:
        return Exception(type(root).__name__)
