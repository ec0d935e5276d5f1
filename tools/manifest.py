"""Write web/manifest.json, what the page is made of: `python -m tools.manifest`.

It has the SHA-256 of every file as it is served, the headers that it is served with, and a version
that follows from all of them. The server serves what is in it and nothing else; the client carries
a copy, and so `burnbag verify-page` can tell whether a server serves this page.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tools.checkout import ROOT
from tools.console import Problem, run, say

WEB: Final = ROOT / "web"
MANIFEST: Final = "manifest.json"
# For the server, and for the client.
SERVED, CARRIED = Path("web", MANIFEST), Path("client", "burnbag", "page.json")
PLACES: Final = (SERVED, CARRIED)
INDEX: Final = "index.html"
VERSION: Final = b"{version}"
VERSION_LENGTH: Final = 16
Manifest = dict[str, Any]

# What the page may load and do. Where a stack keeps its files, and where a company's logo and
# sign-in are, is filled in by burnbag_format.page.
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:{images}",
    "connect-src": "'self'{connections}",
    # The worker that saves a file answers in a frame, so that the page stays.
    "frame-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'none'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    # The one thing that takes a URL and runs it: the worker that saves a file as it arrives.
    "trusted-types": "burnbag",
}
# Of what a page could be allowed, this one needs to copy and to share. To share is allowed by
# itself, and browsers that can't do it would complain of the name.
ALLOWED: Final = ("clipboard-write",)
DENIED: Final = """
    accelerometer autoplay camera clipboard-read display-capture encrypted-media
    fullscreen gamepad geolocation gyroscope hid identity-credentials-get idle-detection
    local-fonts magnetometer microphone midi otp-credentials payment picture-in-picture
    publickey-credentials-create publickey-credentials-get screen-wake-lock serial
    storage-access usb window-management xr-spatial-tracking
"""
PERMISSIONS: Final = {**dict.fromkeys(DENIED.split(), "()"), **dict.fromkeys(ALLOWED, "(self)")}
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}={who}" for name, who in sorted(PERMISSIONS.items())),
    "Referrer-Policy": "no-referrer",
    # Two years. A browser ignores it where it came by plain HTTP (RFC 6797, section 8.1).
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def read_files(web: Path = WEB) -> dict[str, bytes]:
    """The page's files by their names, without the manifest itself."""
    return {name: (web / name).read_bytes() for name in find_names(web) if name != MANIFEST}


def find_names(web: Path = WEB) -> list[str]:
    """The names of all files of the page. What a system or an editor leaves there is hidden."""
    names = [path.relative_to(web) for path in web.rglob("*") if path.is_file()]
    return sorted(name.as_posix() for name in names if not name.name.startswith("."))


def make_manifest(files: Mapping[str, bytes]) -> Manifest:
    """What `files` are as they are served."""
    served = insert_version(files)
    facts = {name: {"sha256": hash_of(data), "size": len(data)} for name, data in served.items()}
    return {"version": make_version(files), "headers": HEADERS, "files": facts}


def insert_version(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, in the HTML with their version written in."""
    version = make_version(files).encode()
    return {**files, INDEX: files[INDEX].replace(VERSION, version)}


def make_version(files: Mapping[str, bytes]) -> str:
    """A name for these very files and headers: the beginning of a hash of all of them."""
    lines = [f"{name} {hash_of(data)}\n" for name, data in sorted(files.items())]
    lines += [f"{name}: {value}\n" for name, value in sorted(HEADERS.items())]
    digest = hashlib.sha256("".join(lines).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:VERSION_LENGTH]


def hash_of(data: bytes) -> str:
    """As Subresource Integrity writes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def make_text(root: Path = ROOT) -> str:
    """The manifest of a checkout's page, as it belongs into its two places."""
    return json.dumps(make_manifest(read_files(root / "web")), indent=2) + "\n"


def check(path: Path, root: Path = ROOT) -> None:
    """Raise Problem if what is at this place in a checkout is not the manifest of its page."""
    if not is_current(path, root):
        raise Problem(f"{path} is not what web/ is made of: make manifest")


def is_current(path: Path, root: Path = ROOT) -> bool:
    return (root / path).is_file() and (root / path).read_text() == make_text(root)


def main() -> None:
    for path in PLACES:
        if not is_current(path):
            (ROOT / path).write_text(make_text())
            say(f"- {path}: version {make_version(read_files())}")


if __name__ == "__main__":
    run(main)
