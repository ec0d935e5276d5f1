"""The recipient's side: look at what a link leads to, reveal it.

This service can unwrap data keys, read objects and consume views. It can't seal: it has no right
to make data keys or to put records or objects.
"""

import os
import time

from burnbag_core import aws, settings
from burnbag_core.answers import ANY_MEDIA_TYPE, answer, problems, raw
from burnbag_core.records import View
from burnbag_core.requests import (
    caller_arn,
    current,
    idempotency_key,
    json_object,
    source_ip,
    token,
    wants_json,
)
from chalice.app import Chalice, Response

from chalicelib.attempts import Attempts
from chalicelib.claims import read_idempotency_key
from chalicelib.contents import described, download_headers
from chalicelib.files import Files
from chalicelib.keys import DataKeys
from chalicelib.logic import FIELDS, Recipient, read_passphrase
from chalicelib.opening import Opener
from chalicelib.settings import Settings
from chalicelib.store import Store

config = settings.read(Settings, os.environ)
dynamodb = aws.client("dynamodb")
files = Files(aws.client("s3"), config.files_bucket)
data_keys = DataKeys(aws.client("kms"), config)


def clock() -> int:
    return int(time.time())


opener = Opener(Attempts(dynamodb, config), data_keys, files, clock)
recipient = Recipient(Store(dynamodb, config), opener, files, clock)
app = Chalice(app_name="burnbag-reveal")
# Files are answered with `raw`. Chalice's own way would refuse a caller who accepts too little
# after the view has been consumed.
app.api.binary_types = []


@app.route("/v1/health", methods=["GET"])
@problems
def health() -> Response:
    return answer({"status": "ok"})


@app.route("/v1/secrets/{id}", methods=["GET"])
@problems
def peek(id: str) -> Response:
    return answer(recipient.peek(id, token(current(app))))


@app.route("/v1/secrets/{id}/reveal", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@problems
def reveal(id: str) -> Response:
    request = current(app)
    passphrase = read_passphrase(json_object(request, FIELDS))
    key = read_idempotency_key(idempotency_key(request))
    viewer = View(
        at=clock(),
        by=caller_arn(request),
        ip=source_ip(request, config.record_source_ip),
    )
    content, said = recipient.reveal(id, token(request), passphrase, viewer, key)
    if said["kind"] == "upload":
        return answer(said)
    if said["kind"] == "file" and not wants_json(request):
        return raw(content.data, download_headers(content, said))
    return answer(said | described(content))


@app.route("/v1/secrets/{id}/confirm", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@problems
def confirm(id: str) -> Response:
    request = current(app)
    json_object(request, frozenset())
    key = read_idempotency_key(idempotency_key(request) or "")
    recipient.confirm(id, token(request), key or "")
    return answer(None, status=204)
