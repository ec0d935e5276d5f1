"""The sender's side: seal a secret, read its receipt, have it signed, list one's own, revoke it, or
ask somebody for one.

For services under /v1, and for people who send by the page under /people: the same code. And for
operators, who may list and revoke anybody's. Who was asked for a secret answers without an account,
by the capability in the request's link alone.

This service can put a secret and its receipt, and delete a secret. It can't read a sealed
secret, can't unwrap a data key and can't read an object: what it has sealed, it can never open.
"""

import functools
import json
import os
import time
from collections.abc import Callable
from typing import Any

from burnbag_core import aws, http
from burnbag_core.capability import Capability
from burnbag_core.fields import read_time
from burnbag_core.http import ANY_MEDIA_TYPE, current_request
from burnbag_core.people import is_persons, refuse_other_sites
from burnbag_core.records import Caller, Receipt
from chalice.app import Chalice, Response

from chalicelib import asked
from chalicelib.answering import (
    FORM_FIELDS,
    JSON_FIELDS,
    Answer,
    read_form_answer,
    read_json_answer,
)
from chalicelib.form import read_form
from chalicelib.order import (
    FIELDS,
    UPLOAD_FIELDS,
    Order,
    read_file_order,
    read_text_order,
    read_upload_order,
)
from chalicelib.parts import (
    COMPLETE_FIELDS,
    LIST_PARAMETERS,
    PARTS_FIELDS,
    read_after,
    read_composite,
)
from chalicelib.requesting import REQUEST_FIELDS, read_wish
from chalicelib.service import build

JWT = "application/jwt"
KEY_SET = "application/jwk-set+json"

service = build(os.environ, aws.client, lambda: int(time.time()))
sender, signer, people = service.sender, service.signer, service.people
settings = service.settings
app = Chalice(app_name="burnbag-create")
# Nothing here answers bytes, so Chalice need not look each time whether it does.
app.api.binary_types = []
answer_errors = http.answer_errors(app)
View = Callable[..., Response]


def senders_call(method: str, path: str) -> Callable[[View], View]:
    """Register a view for services, and for people where people send."""

    def register(view: View) -> View:
        @answer_errors
        @functools.wraps(view)
        def answer(**parameters: Any) -> Response:
            caller()  # what is for people is for those who signed in
            return view(**parameters)

        for base in ("/v1", *people.bases):
            app.route(base + path, methods=[method], content_types=ANY_MEDIA_TYPE)(answer)
        return view

    return register


@senders_call("POST", "/secrets")
def create() -> Response:
    request = current_request(app)
    if http.media_type(request) == "multipart/form-data":
        form = read_form(http.body(request), request.headers["content-type"])
        return seal(read_file_order(form, settings))
    return seal(read_text_order(http.json_object(request, FIELDS), settings))


@senders_call("POST", "/uploads")
def declare_upload() -> Response:
    fields = http.json_object(current_request(app), UPLOAD_FIELDS)
    return seal(read_upload_order(fields, settings))


@senders_call("POST", "/uploads/{id}/parts")
def presign_parts(id: str) -> Response:
    fields = http.json_object(current_request(app), PARTS_FIELDS)
    return http.respond(service.parts.presign(token_capability(id), fields))


@senders_call("GET", "/uploads/{id}/parts")
def list_parts(id: str) -> Response:
    after = read_after(http.query(current_request(app), LIST_PARAMETERS))
    return http.respond(service.parts.show(token_capability(id), after))


@senders_call("POST", "/uploads/{id}/complete")
def complete_upload(id: str) -> Response:
    fields = http.json_object(current_request(app), COMPLETE_FIELDS)
    service.parts.complete(token_capability(id), read_composite(fields))
    return http.respond_empty()


@senders_call("POST", "/requests")
def ask() -> Response:
    wish = read_wish(http.json_object(current_request(app), REQUEST_FIELDS), settings)
    key, creator = admit_caller()
    return http.respond(service.requester.ask(wish, creator, key), status=201)


@senders_call("GET", "/receipts/{id}")
def show_receipt(id: str) -> Response:
    capability = token_capability(id)
    if http.accepts(current_request(app), JWT):
        return http.make_response(signer.sign_receipt(capability), 200, {"Content-Type": JWT})
    return http.respond(sender.show_receipt(capability))


@app.route("/v1/keys", methods=["GET"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def show_keys() -> Response:
    # The one answer that may be cached: it is for everybody, and nothing is ever taken out of it.
    headers = {"Content-Type": KEY_SET, "Cache-Control": "public, max-age=3600"}
    return http.make_response(json.dumps(signer.show_keys()), 200, headers)


@senders_call("GET", "/receipts")
def list_receipts() -> Response:
    parameters = http.query(current_request(app), asked.OWN)
    return http.respond(service.listing.show(asked.read_own(parameters, caller().by)))


@senders_call("POST", "/receipts/{id}/unfreeze")
def unfreeze(id: str) -> Response:
    fields = http.json_object(current_request(app), frozenset({"frozen_at"}))
    sender.unfreeze(token_capability(id), read_time(fields, "frozen_at"), caller())
    return http.respond_empty()


@senders_call("DELETE", "/secrets/{id}")
def revoke(id: str) -> Response:
    sender.revoke(token_capability(id), caller())
    return http.respond_empty()


def anyones_call(method: str, path: str) -> Callable[[View], View]:
    """Register a view for who was asked for a secret: whoever has the capability, and nobody by
    name. What API Gateway may say of the caller is read nowhere here.
    """

    def register(view: View) -> View:
        app.route(path, methods=[method], content_types=ANY_MEDIA_TYPE)(answer_errors(view))
        return view

    return register


@anyones_call("GET", "/v1/requests/{id}")
def show_request(id: str) -> Response:
    return http.respond(service.submitter.show(token_capability(id)))


@anyones_call("POST", "/v1/requests/{id}/submit")
def submit(id: str) -> Response:
    request = current_request(app)
    address = http.source_ip(request, settings.record_source_ip)
    submitter = Caller(None, address, http.user_agent(request))
    answered = service.submitter.submit(token_capability(id), read_answer, submitter)
    return http.respond(answered, status=201)


def read_answer(receipt: Receipt) -> Answer:
    """What the request's body answers. Raises BadRequest."""
    request = current_request(app)
    if http.media_type(request) == "multipart/form-data":
        form = read_form(http.body(request), request.headers["content-type"], FORM_FIELDS)
        return read_form_answer(form, receipt, settings)
    return read_json_answer(http.json_object(request, JSON_FIELDS), receipt, settings)


@anyones_call("POST", "/v1/requests/{id}/parts")
def presign_submitters_parts(id: str) -> Response:
    fields = http.json_object(current_request(app), PARTS_FIELDS)
    return http.respond(service.submitters_parts.presign(token_capability(id), fields))


@anyones_call("GET", "/v1/requests/{id}/parts")
def list_submitters_parts(id: str) -> Response:
    after = read_after(http.query(current_request(app), LIST_PARAMETERS))
    return http.respond(service.submitters_parts.show(token_capability(id), after))


@anyones_call("POST", "/v1/requests/{id}/complete")
def complete_submitters_upload(id: str) -> Response:
    fields = http.json_object(current_request(app), COMPLETE_FIELDS)
    service.submitters_parts.complete(token_capability(id), read_composite(fields))
    return http.respond_empty()


# A path of its own, because IAM tells calls apart by method and path, and not by what they ask for.
@app.route("/v1/revocations", methods=["GET"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def list_anybodys() -> Response:
    parameters = http.query(current_request(app), asked.ANYBODYS)
    return http.respond(service.listing.show(asked.read_anybodys(parameters, caller().by)))


@app.route("/v1/revocations", methods=["POST"], content_types=ANY_MEDIA_TYPE)
@answer_errors
def revoke_many() -> Response:
    fields, operator = http.json_object(current_request(app), asked.REVOCATION), caller()
    wanted, dry_run = asked.read_revocation(fields, operator.by)
    return http.respond(service.revoker.revoke(wanted, operator, dry_run))


def seal(order: Order) -> Response:
    """Seal what is ordered; under the same idempotency key, the same secret.

    Raises BadRequest, and TooMany for a person who has sent enough.
    """
    key, creator = admit_caller()
    return http.respond(sender.seal(order, creator, key), status=201)


def admit_caller() -> tuple[str | None, Caller]:
    """Count a call if it is a person's; its idempotency key, and who is calling.

    Raises as `seal`.
    """
    request = current_request(app)
    key, creator = http.create_key(request), caller()
    if is_persons(request.path):
        people.admit(creator, http.source_ip(request, recorded=True))
    return key, creator


def token_capability(secret_id: str) -> Capability:
    """The id in the path, with the token in the header: a receipt's, or a request's. Raises
    NotFound.
    """
    return Capability.parse(secret_id, http.token(current_request(app)))


def caller() -> Caller:
    """Who is calling. Raises CrossSite, NotSignedIn, EmailUnverified for a person."""
    request = current_request(app)
    found = http.caller(request, settings.record_source_ip)
    if not is_persons(request.path):
        return found
    refuse_other_sites(request.headers.get("sec-fetch-site"))
    return people.identify(found, http.claims(request))
