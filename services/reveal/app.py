"""The recipient's side: look at what a link leads to, reveal it.

This service can unwrap data keys, read objects and consume views. It can't seal: it has no right
to make data keys or to put records or objects. The page that people do this in is served by a
function of its own, page.py, which can do none of it.
"""

import os
import time

from burnbag_core import aws, http
from burnbag_core.capability import Capability
from burnbag_core.fields import LONGEST_PASSPHRASE, read_text
from burnbag_core.http import ANY_MEDIA_TYPE, current_request
from chalice.app import Chalice, Response

from chalicelib.answers import respond_revealed
from chalicelib.service import build

service = build(os.environ, aws.client, lambda: int(time.time()))
recipient, settings = service.recipient, service.settings
app = Chalice(app_name="burnbag-reveal")
# Files are answered as they are, by `respond_bytes`. Chalice's own way would refuse a caller who
# accepts too little after the view has been consumed.
app.api.binary_types = []
answer_errors = http.answer_errors(app)


@app.route("/v1/health", methods=["GET", "HEAD"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def health() -> Response:
    answer = http.respond({"status": "ok"})
    if current_request(app).method == "HEAD":
        answer.body = ""
    return answer


@app.route("/v1/secrets/{id}", methods=["GET"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def peek(id: str) -> Response:
    return http.respond(recipient.peek(link_to(id)))


@app.route("/v1/secrets/{id}/reveal", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def reveal(id: str) -> Response:
    request, link = current_request(app), link_to(id)
    http.refuse_large_body(request)
    key = http.idempotency_key(request)
    viewer = http.caller(request, settings.record_source_ip)
    revealed = recipient.reveal(link, read_passphrase, viewer, key)
    return respond_revealed(revealed, as_json=http.accepts_json(request))


@app.route("/v1/secrets/{id}/confirm", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def confirm(id: str) -> Response:
    request, link = current_request(app), link_to(id)
    http.refuse_content(request)
    recipient.confirm(link, http.required_idempotency_key(request))
    return http.respond_empty()


def link_to(secret_id: str) -> Capability:
    """The id in the path, with the link's token in the header. Raises NotFound."""
    return Capability.parse(secret_id, http.token(current_request(app)))


def read_passphrase() -> str | None:
    """The passphrase in the body; null is as good as none. Raises BadRequest."""
    fields = http.json_object(current_request(app), frozenset({"passphrase"}))
    if fields.get("passphrase") is None:
        return None
    return read_text(fields, "passphrase", LONGEST_PASSPHRASE)
