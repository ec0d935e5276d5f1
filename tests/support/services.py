"""The services' modules, each service loaded apart: their `app` and `chalicelib` share names."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
SHARED_NAMES = {"app", "page", "chalicelib"} | {
    path.stem for path in (ROOT / "services" / "reaper").glob("*.py")
}

# What the page's config.json tells besides its version.
PAGE: dict[str, Any] = {
    "people_auth": None,
    "sign_in": None,
    "files_origin": "https://files.s3.amazonaws.com",
    "brand": {
        "name": "Example's secrets",
        "accent": "#0b5fff",
        "logo_url": "https://static.example.com/logo.svg",
        "imprint_url": None,
        "help_url": None,
    },
    "limits": {
        "default_ttl": 86400,
        "min_ttl": 60,
        "max_ttl": 2592000,
        "max_views": 100,
        "max_secret_bytes": 262144,
        "max_file_bytes": 4194304,
        "max_upload_bytes": 5368709120,
    },
}
ENVIRON = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "ENVIRONMENT": "test",
    "SECRETS_TABLE": "secrets",
    "RECEIPTS_TABLE": "receipts",
    "FILES_BUCKET": "files",
    "SEALING_KEY_ARN": "alias/sealing",
    "RECEIPT_KEY_ARNS": "alias/receipts-1,alias/receipts-2",
    "LINK_BASE_URL": "https://burnbag.example",
    "DEFAULT_TTL": "86400",
    "MIN_TTL": "60",
    "MAX_TTL": "2592000",
    "MAX_VIEWS": "100",
    "MAX_SECRET_BYTES": "262144",
    "MAX_FILE_BYTES": "4194304",
    "MAX_UPLOAD_BYTES": "5368709120",
    "RECEIPT_RETENTION": "7776000",
    "RECORD_SOURCE_IP": "true",
    "PEOPLE_AUTH": "COGNITO",
    "PEOPLE_CLIENT_ID": "page",
    "PEOPLE_TABLE": "people",
    "PEOPLE_PER_HOUR": "60",
    "PAGE": json.dumps(PAGE),
    "API_URL": "https://api.example.com/live",
    "CREATE_AUTH": "AWS_IAM",
    "DEAD_LETTERS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
    "AUDIT_LOG_GROUP": "/burnbag/test/audit",
    "EVENT_BUS": "",
    "NOTIFICATION_LETTERS_URL": "",
    "FUNCTION_PREFIX": "burnbag-test",
}


class LambdaContext:
    """What a function is told of its call: here only how much time is left."""

    def __init__(self, milliseconds: int = 50_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


# Each service's modules, kept apart: two services' modules of one name are two modules.
loaded: dict[str, dict[str, ModuleType]] = {}


@cache
def load(service: str, module: str) -> ModuleType:
    """A module of a service, imported once, with the environment that its function gets."""
    with alone(service), mock.patch.dict(os.environ, ENVIRON):
        return importlib.import_module(module)


def load_app(service: str, built: object) -> ModuleType:
    """A service's routes, anew, on a service that is `built` already. `load` gets its own."""
    with alone(service):
        kept = sys.modules.pop("app", None)
        composition = importlib.import_module("chalicelib.service")
        with mock.patch.object(composition, "build", lambda *_: built):
            made = importlib.import_module("app")
        del sys.modules["app"]
        if kept:
            sys.modules["app"] = kept
        return made


def load_changed(service: str, module: str, file: str, before: str, after: str) -> ModuleType:
    """A module of a service, in which one of its files has a mistake."""
    get_code = SourceFileLoader.get_code

    def get_changed(loader: SourceFileLoader, name: str) -> CodeType | None:
        path = Path(loader.get_filename(name))
        if path.name != file or "services" not in path.parts:
            return get_code(loader, name)
        source = path.read_text()
        assert source.count(before) == 1, (file, before)
        return compile(source.replace(before, after), path, "exec", dont_inherit=True)

    known = loaded.pop(service, {})
    try:
        with alone(service), mock.patch.object(SourceFileLoader, "get_code", get_changed):
            return importlib.import_module(module)
    finally:
        loaded[service] = known


@contextmanager
def alone(service: str) -> Iterator[None]:
    """Let only this service's modules be found under the names that services share."""
    folder = str(ROOT / "services" / service)
    forget_modules()
    sys.modules.update(loaded.get(service, {}))
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        loaded[service] = forget_modules()


def forget_modules() -> dict[str, ModuleType]:
    names = list(SHARED_NAMES & sys.modules.keys())
    # There are thousands of modules, and this is done for each server of each test.
    if "chalicelib" in names:
        names += [name for name in sys.modules if name.startswith("chalicelib.")]
    return {name: sys.modules.pop(name) for name in names}
