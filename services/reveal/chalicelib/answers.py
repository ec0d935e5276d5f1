"""What a revealed secret looks like to its recipient, as HTTP."""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from burnbag_core import http
from burnbag_core.sealing import Content
from chalice.app import Response

from chalicelib.recipient import Revealed

TEXT: Final = "text/"


def respond_revealed(revealed: Revealed, as_json: bool) -> Response:
    """A file as its bytes, unless JSON is asked for; everything else as JSON."""
    content, facts = revealed.content, revealed.facts
    if content is None:
        return http.respond(facts)
    if content.filename and not as_json:
        return http.respond_bytes(content.data, download_headers(content, facts))
    return http.respond({**facts, **describe_content(content)})


def describe_content(content: Content) -> dict[str, Any]:
    """A text in the field that it was sent in; a file with its name and media type."""
    if content.filename:
        return {
            "filename": content.filename,
            "media_type": content.media_type,
            "secret_base64": base64.b64encode(content.data).decode(),
        }
    if content.media_type.startswith(TEXT):
        return {"secret": content.data.decode()}
    return {"secret_base64": base64.b64encode(content.data).decode()}


def make_disposition(filename: str) -> str:
    """A Content-Disposition that saves under `filename` and does nothing else (RFC 6266).

    The plain form is for old clients and for curl: ASCII, and nothing that ends a quoted string.
    """
    plain = "".join("_" if is_unsafe(character) else character for character in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def is_unsafe(character: str) -> bool:
    return not (character.isascii() and character.isprintable()) or character in '"\\'


def download_headers(content: Content, facts: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a file that is sent as it is; a page in it may run nothing."""
    headers = {
        "Content-Type": content.media_type,
        "Content-Disposition": make_disposition(content.filename),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Burnbag-Views-Left": str(facts["views_left"]),
    }
    until = facts.get("claimed_until")
    return headers if until is None else headers | {"X-Burnbag-Claimed-Until": str(until)}
