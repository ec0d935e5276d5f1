"""What a revealed secret looks like to its recipient."""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from burnbag_core.sealing import Content

TEXT: Final = "text/"


def described(content: Content) -> dict[str, Any]:
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


def disposition(filename: str) -> str:
    """A Content-Disposition that saves under `filename` and does nothing else (RFC 6266).

    The plain form is for old clients and for curl: ASCII, and nothing that ends a quoted string.
    """
    plain = "".join("_" if unsafe(character) else character for character in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def unsafe(character: str) -> bool:
    return not (character.isascii() and character.isprintable()) or character in '"\\'


def download_headers(content: Content, answer: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a file that is sent as it is; a page in it may run nothing."""
    headers = {
        "Content-Type": content.media_type,
        "Content-Disposition": disposition(content.filename),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Burnbag-Views-Left": str(answer["views_left"]),
    }
    until = answer.get("claimed_until")
    return headers if until is None else headers | {"X-Burnbag-Claimed-Until": str(until)}
