"""The services' modules, each service loaded apart: their `app` and `chalicelib` share names."""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
SHARED_NAMES = {"app", "chalicelib"} | {
    path.stem for path in (ROOT / "services" / "reaper").glob("*.py")
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
    "DEAD_LETTERS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
    "AUDIT_LOG_GROUP": "/burnbag/test/audit",
}


def load(service: str, module: str, environ: Mapping[str, str] = ENVIRON) -> ModuleType:
    """A fresh import of one module of a service, as in a new function instance."""
    with alone(ROOT / "services" / service), mock.patch.dict(os.environ, environ):
        return importlib.import_module(module)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    forget()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in SHARED_NAMES]:
        del sys.modules[name]
