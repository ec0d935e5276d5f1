"""The recipient's side: look at what a link leads to, reveal it.

This service can unwrap data keys and consume views. It can't seal: it has no right to make
data keys or to put records.
"""

import os
import time

from burnbag_core import aws, settings
from burnbag_core.answers import ANY_MEDIA_TYPE, answer, problems
from burnbag_core.records import View
from burnbag_core.requests import caller_arn, current, json_object, source_ip, token
from chalice.app import Chalice, Response

from chalicelib.attempts import Attempts
from chalicelib.keys import DataKeys
from chalicelib.logic import FIELDS, Recipient, read_passphrase
from chalicelib.settings import Settings
from chalicelib.store import Store

config = settings.read(Settings, os.environ)
dynamodb = aws.client("dynamodb")
recipient = Recipient(
    store=Store(dynamodb, config),
    attempts=Attempts(dynamodb, config),
    data_keys=DataKeys(aws.client("kms"), config),
    clock=lambda: int(time.time()),
)
app = Chalice(app_name="burnbag-reveal")


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
    viewer = View(
        at=recipient.clock(),
        by=caller_arn(request),
        ip=source_ip(request, config.record_source_ip),
    )
    return answer(recipient.reveal(id, token(current(app)), passphrase, viewer))
