"""The signed calls that the documentation shows, run by a shell with the real curl."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from tests.support.documents import DOCUMENTS, blocks
from tests.support.services import ROOT

FORM = b"%PDF-1.7\r\n\x00\xff\r\n--not-the-end\r\n"
SEAL = '"$BURNBAG_URL/v1/secrets"'
ORDER = {"secret": "hunter2", "ttl": "2h"}


@dataclass(frozen=True)
class Call:
    """One signed call, with the commands of its paragraph."""

    document: str
    text: str


def signed_calls() -> list[Call]:
    """Every paragraph of a document's code that seals with --aws-sigv4."""
    return [
        Call(str(document.relative_to(ROOT)), paragraph)
        for document in DOCUMENTS
        for block in blocks(document)
        for paragraph in re.split(r"\n\n", block.text)
        if "--aws-sigv4" in paragraph and SEAL in paragraph
    ]


def signs_all_headers() -> bool:
    """Whether this machine's curl is as new as the documents say that it must be."""
    told = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True)
    ((major, minor),) = re.findall(r"^curl (\d+)\.(\d+)", told.stdout)
    return (int(major), int(minor)) >= (7, 88)


with_curl = pytest.mark.skipif(not signs_all_headers(), reason="needs curl 7.88 or newer")


def run(call: str, api: str, credentials: Credentials, folder: Path) -> tuple[int, str]:
    """The HTTP status and the body that a shell gets, with the files that the documents name."""
    (folder / "report.pdf").write_bytes(FORM)
    (folder / "request.json").write_text(json.dumps(ORDER))
    shell = call.replace("curl -sS", "curl -sS -w '\\n%{http_code}'")
    done = subprocess.run(
        ["sh", "-eu", "-c", shell],
        cwd=folder,
        env=environment(api, credentials),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    body, _, code = done.stdout.rpartition("\n")
    return int(code), body


def environment(api: str, credentials: Credentials) -> Mapping[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "BURNBAG_URL": api,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token or "",
    }
