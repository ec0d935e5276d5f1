"""The recipient's side: look at what a link leads to, reveal it.

There are three entrances to the same code: /v1 for whoever has a link, /signed for who signs the
call with IAM, /people for who has signed in. Who a caller is, the entrance says and nothing else.

This service can unwrap data keys, read objects and consume views. It can't seal: it has no right
to make data keys or to put records or objects. The page that people do this in is served by a
function of its own, page.py, which can do none of it.
"""

import functools
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from burnbag_core import aws, http
from burnbag_core.capability import Capability
from burnbag_core.fields import LONGEST_PASSPHRASE, read_text
from burnbag_core.http import ANY_MEDIA_TYPE, current_request
from burnbag_core.people import BASE as PEOPLE
from burnbag_core.people import is_persons, read_email, refuse_other_sites
from burnbag_core.records import Caller
from chalice.app import Chalice, Response

from chalicelib.answers import respond_revealed
from chalicelib.service import build

ANYBODY: Final = "/v1"
SIGNED: Final = "/signed"

service = build(os.environ, aws.client, lambda: int(time.time()))
recipient, settings = service.recipient, service.settings
app = Chalice(app_name="burnbag-reveal")
# Files are answered as they are, by `respond_bytes`. Chalice's own way would refuse a caller who
# accepts too little after the view has been consumed.
app.api.binary_types = []
answer_errors = http.answer_errors(app)
View = Callable[..., Response]


def recipients_call(method: str, path: str) -> Callable[[View], View]:
    """Register a view at each entrance: for whom it is an argument, before those of the path."""

    def register(view: View) -> View:
        @answer_errors
        @functools.wraps(view)
        def answer(**parameters: Any) -> Response:
            return view(identify(), **parameters)

        entrances = (ANYBODY, SIGNED, PEOPLE) if settings.people_client_id else (ANYBODY, SIGNED)
        for entrance in entrances:
            app.route(entrance + path, methods=[method], content_types=ANY_MEDIA_TYPE)(answer)
        return view

    return register


def identify() -> Caller:
    """Who calls, as API Gateway has verified it at this entrance; nobody where it verifies nothing.

    Raises CrossSite, NotSignedIn, EmailUnverified for a person.
    """
    request = current_request(app)
    found = http.caller(request, settings.record_source_ip)
    if is_persons(request.path):
        refuse_other_sites(request.headers.get("sec-fetch-site"))
        email = read_email(http.claims(request), settings.people_client_id)
        return replace(found, by=email)
    return found if request.path.startswith(f"{SIGNED}/") else replace(found, by=None)


@app.route("/v1/health", methods=["GET", "HEAD"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def health() -> Response:
    answer = http.respond({"status": "ok"})
    if current_request(app).method == "HEAD":
        answer.body = ""
    return answer


@recipients_call("GET", "/secrets/{id}")
def peek(caller: Caller, id: str) -> Response:
    return http.respond(recipient.peek(link_to(id), caller))


@recipients_call("POST", "/secrets/{id}/reveal")
def reveal(viewer: Caller, id: str) -> Response:
    request, link = current_request(app), link_to(id)
    http.refuse_large_body(request)
    key = http.idempotency_key(request)
    revealed = recipient.reveal(link, read_passphrase, viewer, key)
    return respond_revealed(revealed, as_json=http.accepts_json(request))


@recipients_call("POST", "/secrets/{id}/confirm")
def confirm(caller: Caller, id: str) -> Response:
    request, link = current_request(app), link_to(id)
    http.refuse_content(request)
    recipient.confirm(link, http.required_idempotency_key(request), caller)
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
