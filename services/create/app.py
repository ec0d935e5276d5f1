"""The sender's side: seal a secret, read its receipt, revoke it.

This service can put a secret and its receipt, and delete a secret. It can't read a sealed
secret, can't unwrap a data key and can't read an object: what it has sealed, it can never open.
"""

import os
import time

from burnbag_core import aws, settings
from burnbag_core.answers import ANY_MEDIA_TYPE, answer, problems
from burnbag_core.requests import (
    caller_arn,
    current,
    json_object,
    media_type,
    raw_body,
    source_ip,
    token,
)
from chalice.app import Chalice, Response

from chalicelib.files import Files
from chalicelib.form import read_form
from chalicelib.keys import DataKeys
from chalicelib.logic import Sender
from chalicelib.order import (
    FIELDS,
    UPLOAD_FIELDS,
    read_file_order,
    read_order,
    read_upload_order,
)
from chalicelib.settings import Settings
from chalicelib.store import Store

config = settings.read(Settings, os.environ)
dynamodb = aws.client("dynamodb")
sender = Sender(
    store=Store(dynamodb, config),
    data_keys=DataKeys(aws.client("kms"), config),
    files=Files(aws.client("s3"), config.files_bucket),
    settings=config,
    clock=lambda: int(time.time()),
)
app = Chalice(app_name="burnbag-create")


@app.route("/v1/secrets", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@problems
def create() -> Response:
    request = current(app)
    if media_type(request) == "multipart/form-data":
        form = read_form(raw_body(request), request.headers["content-type"])
        order = read_file_order(form, config)
    else:
        order = read_order(json_object(request, FIELDS), config)
    return answer(sender.seal(order, caller()), status=201)


@app.route("/v1/uploads", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@problems
def upload() -> Response:
    order = read_upload_order(json_object(current(app), UPLOAD_FIELDS), config)
    return answer(sender.seal(order, caller()), status=201)


@app.route("/v1/receipts/{id}", methods=["GET"])
@problems
def receipt(id: str) -> Response:
    return answer(sender.receipt(id, token(current(app))))


@app.route("/v1/secrets/{id}", methods=["DELETE"], content_types=ANY_MEDIA_TYPE)
@problems
def revoke(id: str) -> Response:
    sender.revoke(id, token(current(app)), caller())
    return answer(None, status=204)


def caller() -> str | None:
    """Who is calling: the IAM ARN that signed, else the address where it is recorded."""
    request = current(app)
    return caller_arn(request) or source_ip(request, config.record_source_ip)
