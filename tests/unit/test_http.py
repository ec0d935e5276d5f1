"""HTTP: what is read from a request, and the answers that callers get."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from burnbag_core import http
from burnbag_core.errors import (
    BadRequest,
    Busy,
    Gone,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
    describe,
)
from burnbag_core.records import Caller
from hypothesis import given
from hypothesis import strategies as st

KEY = "k" * 16
NEVER_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass
class FakeRequest:
    """As much of Chalice's request as is read; it knows headers by their names in lower case."""

    headers: dict[str, str] = field(default_factory=dict)
    raw_body: bytes | str | None = b""
    context: dict[str, Any] | None = None
    event: dict[str, Any] = field(default_factory=dict)

    def to_original_event(self) -> dict[str, Any]:
        return self.event


def request(body: bytes | str | None = b"", **headers: str) -> Any:
    return FakeRequest({name.replace("_", "-"): text for name, text in headers.items()}, body)


def test_there_is_no_request_outside_of_one() -> None:
    @dataclass
    class FakeApp:
        current_request: Any

    app: Any = FakeApp(None)
    with pytest.raises(RuntimeError):
        http.current_request(app)
    app.current_request = request()
    assert http.current_request(app) is app.current_request


def test_the_token_is_read_from_its_header() -> None:
    assert http.token(request(x_burnbag_token="t")) == "t"
    assert http.token(request()) is None


def test_an_idempotency_key_is_optional_but_never_malformed() -> None:
    assert http.idempotency_key(request(idempotency_key=KEY)) == KEY
    assert http.idempotency_key(request()) is None
    for malformed in ("", "k"):
        with pytest.raises(BadRequest):
            http.idempotency_key(request(idempotency_key=malformed))


def test_a_key_to_create_with_has_128_random_bits() -> None:
    assert http.create_key(request(idempotency_key="k" * 22)) == "k" * 22
    assert http.create_key(request()) is None
    with pytest.raises(BadRequest):
        http.create_key(request(idempotency_key="k" * 21))


def test_where_an_idempotency_key_is_required_its_absence_is_an_error() -> None:
    assert http.required_idempotency_key(request(idempotency_key=KEY)) == KEY
    with pytest.raises(BadRequest):
        http.required_idempotency_key(request())


@pytest.mark.parametrize("accept", ["application/json", "text/html, Application/JSON;q=0.9"])
def test_a_caller_that_names_json_accepts_it(accept: str) -> None:
    assert http.accepts_json(request(accept=accept))


@pytest.mark.parametrize(
    ("accept", "accepted"),
    [
        ("application/jwt", True),
        ("text/html;q=0.5 , Application/JWT ; q=0.9", True),
        ("application/jwt-vc", False),
        ("*/*;x=application/jwt", False),
    ],
)
def test_a_caller_accepts_the_very_media_types_that_it_names(accept: str, accepted: bool) -> None:
    assert http.accepts(request(accept=accept), "application/jwt") is accepted


def test_a_caller_that_takes_anything_does_not_name_json() -> None:
    assert not http.accepts_json(request(accept="*/*"))
    assert not http.accepts_json(request())


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("application/json", "application/json"),
        (" Application/JSON ; charset=utf-8", "application/json"),
        ('multipart/form-data; boundary="a;b"', "multipart/form-data"),
    ],
)
def test_the_media_type_is_read_without_its_parameters(header: str, media_type: str) -> None:
    assert http.media_type(request(content_type=header)) == media_type


def test_without_a_content_type_there_is_no_media_type() -> None:
    assert http.media_type(request()) == ""


@pytest.mark.parametrize(
    ("raw", "body"), [(b"\xff", b"\xff"), ("é", b"\xc3\xa9"), (None, b""), ("", b"")]
)
def test_the_body_is_bytes_however_chalice_has_it(raw: bytes | str | None, body: bytes) -> None:
    assert http.body(request(raw)) == body


def test_a_body_that_does_not_decode_is_the_callers_fault() -> None:
    class Undecodable(FakeRequest):
        @property
        def raw_body(self) -> bytes:
            raise ValueError("hunter2")

        @raw_body.setter
        def raw_body(self, _: object) -> None:
            pass

    with pytest.raises(BadRequest, match="decoded") as caught:
        http.body(Undecodable())  # type: ignore[arg-type]
    assert caught.value.extensions == {"field": "body"}


LARGEST = 16_384


def sent(length: int, encoded: bool) -> Any:
    """A request whose body has so many bytes, as API Gateway hands it over."""
    body = b"x" * length
    made = request(b"")
    text = base64.b64encode(body).decode() if encoded else body.decode()
    made.event = {"body": text, "isBase64Encoded": encoded}
    return made


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("length", [0, 1, LARGEST - 2, LARGEST - 1, LARGEST])
def test_a_body_of_sixteen_kilobytes_is_read(length: int, encoded: bool) -> None:
    http.refuse_large_body(sent(length, encoded))


def test_a_request_without_a_body_is_read() -> None:
    made: Any = request(b"")
    made.event = {"body": None, "isBase64Encoded": False}
    http.refuse_large_body(made)


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("length", [LARGEST + 1, LARGEST + 2, LARGEST + 3, 4_000_000])
def test_a_larger_body_is_refused_however_it_is_sent(length: int, encoded: bool) -> None:
    with pytest.raises(TooLarge) as caught:
        http.refuse_large_body(sent(length, encoded))
    assert caught.value.extensions == {"field": "body"}


def test_padding_makes_a_body_neither_larger_nor_smaller() -> None:
    made = sent(LARGEST, encoded=True)
    made.event["body"] = made.event["body"].rstrip("=")
    http.refuse_large_body(made)
    made.event["body"] = "=" * 21_850
    with pytest.raises(TooLarge):
        http.refuse_large_body(made)


def test_a_large_body_is_not_even_decoded() -> None:
    class Undecoded(FakeRequest):
        def __getattribute__(self, name: str) -> Any:
            assert name != "raw_body"
            return super().__getattribute__(name)

    with pytest.raises(TooLarge):
        http.refuse_large_body(Undecoded(event={"body": "x" * 30_000}))  # type: ignore[arg-type]


def test_a_request_without_a_body_is_small() -> None:
    http.refuse_large_body(request(None))


def test_a_json_object_is_read_under_its_own_media_type_only() -> None:
    known = frozenset({"views"})
    sent = request(b'{"views": 2}', content_type="application/json; charset=utf-8")
    assert http.json_object(sent, known) == {"views": 2}
    for headers in ({}, {"content_type": "text/plain"}):
        with pytest.raises(UnsupportedMedia) as caught:
            http.json_object(request(b'{"views": 2}', **headers), known)
        assert caught.value.extensions == {"field": "Content-Type"}


JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(None, ""), (b"", ""), (b" \n", "text/plain"), (b"{}", JSON), (b" {}\n", JSON)],
)
def test_a_body_without_content_is_taken(body: bytes | None, media_type: str) -> None:
    http.refuse_content(request(body, content_type=media_type))


@pytest.mark.parametrize(
    ("body", "media_type", "error", "named"),
    [
        (b"{}", "text/plain", UnsupportedMedia, "Content-Type"),
        (b'{"x": 1}', JSON, BadRequest, "body"),
        (b"null", JSON, BadRequest, "body"),
    ],
)
def test_a_body_with_content_is_refused(
    body: bytes, media_type: str, error: type[BadRequest], named: str
) -> None:
    with pytest.raises(error) as caught:
        http.refuse_content(request(body, content_type=media_type))
    assert caught.value.extensions == {"field": named}


@pytest.mark.parametrize("body", [b"", b" \n", None])
def test_nothing_needs_no_media_type(body: bytes | None) -> None:
    assert http.json_object(request(body, content_type="text/plain"), frozenset()) == {}


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(BadRequest, match="Known fields"):
        http.json_object(request(b'{"x": 1}', content_type="application/json"), frozenset())


def test_the_caller_is_who_api_gateway_says() -> None:
    sent = request()
    sent.context = {"identity": {"sourceIp": "192.0.2.7", "userArn": "arn:sender"}}
    assert http.caller_arn(sent) == "arn:sender"
    assert http.source_ip(sent, recorded=True) == "192.0.2.7"


def test_an_address_that_is_not_recorded_is_not_even_read() -> None:
    sent = request()
    sent.context = {"identity": {"sourceIp": "192.0.2.7"}}
    assert http.source_ip(sent, recorded=False) is None


@pytest.mark.parametrize("context", [None, {}, {"identity": None}, {"identity": {}}])
def test_a_caller_that_api_gateway_does_not_know_is_nobody(context: dict[str, Any] | None) -> None:
    sent = request()
    sent.context = context
    assert http.caller_arn(sent) is None
    assert http.source_ip(sent, recorded=True) is None


@pytest.mark.parametrize(
    ("sent", "product"),
    [
        ("curl/8.5.0", "curl/8.5.0"),
        ("burnbag", "burnbag"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Mozilla/5.0"),
        ("Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1", "Boto3/1.40.1"),
        ("python-requests/2.32.3\tx", "python-requests/2.32.3"),
        ("", None),
        (" curl/8", None),
        ("a, b", None),
        ('"quoted"', None),
        ("caf\u00e9/1", None),
        ("a/b/c", None),
        ("\x1b[2Jcurl", None),
        ("a" * 41, None),
        ("a/" + "1" * 41, None),
        ("curl/8.5.0\nx", None),
    ],
)
def test_of_the_user_agent_the_first_product_is_kept(sent: str, product: str | None) -> None:
    assert http.user_agent(request(user_agent=sent)) == product
    assert http.user_agent(request()) is None


@given(st.text())
def test_whatever_is_sent_as_user_agent_is_kept_short_and_plain(sent: str) -> None:
    kept = http.user_agent(request(user_agent=sent))
    if kept is not None:
        assert sent.startswith(kept)
        assert len(kept) <= 81
        assert kept.isascii()
        assert kept.isprintable()
        assert not set(kept) & set(' "(),:;<=>?@[]{}\\')


def test_who_calls_is_told_with_address_and_program() -> None:
    sent = request(user_agent="curl/8.5.0 (x)")
    sent.context = {"identity": {"userArn": "arn:sender", "sourceIp": "192.0.2.7"}}
    assert http.caller(sent, records_ip=True) == Caller("arn:sender", "192.0.2.7", "curl/8.5.0")
    assert http.caller(sent, records_ip=False) == Caller("arn:sender", None, "curl/8.5.0")


def test_an_answer_is_json_that_nobody_keeps() -> None:
    answer = http.respond({"id": "i"})
    assert (answer.status_code, json.loads(answer.body)) == (200, {"id": "i"})
    assert answer.headers == {"Content-Type": "application/json", **NEVER_KEPT}
    assert http.respond({}, 201).status_code == 201


def test_an_empty_answer_has_no_body() -> None:
    answer = http.respond_empty()
    assert (answer.status_code, answer.body) == (204, "")
    assert answer.headers == {"Content-Type": "application/json", **NEVER_KEPT}


def test_bytes_pass_through_lambda_in_base64() -> None:
    data = b"\x00\xff"
    sent = http.respond_bytes(data, {"Content-Type": "text/plain"}).to_dict()
    assert (sent["statusCode"], sent["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(sent["body"]) == data
    assert sent["headers"] == {"Content-Type": "text/plain", **NEVER_KEPT}


def test_a_problem_has_its_own_media_type_and_says_when_to_come_again() -> None:
    answer = http.respond_problem(Gone("revealed", 7), "r-1")
    document = Gone("revealed", 7).problem() | {"request_id": "r-1"}
    assert (answer.status_code, json.loads(answer.body)) == (410, document)
    assert answer.headers == {"Content-Type": "application/problem+json", **NEVER_KEPT}
    assert http.respond_problem(Busy(), "r-1").headers["Retry-After"] == "1"


def answer(error: Exception) -> Any:
    """What a caller gets of a view that raises."""

    @http.answer_errors(serving("r-1"))
    def view() -> None:
        raise error

    assert view.__name__ == "view"
    return view()


def serving(request_id: str) -> Any:
    """An app in the middle of a request."""

    @dataclass
    class FakeApp:
        current_request: Any

    return FakeApp(FakeRequest(context={"requestId": request_id}))


def test_a_view_that_succeeds_is_answered_as_it_says_with_the_requests_id() -> None:
    @http.answer_errors(serving("r-1"))
    def view(*args: int, **kwargs: int) -> Any:
        return http.respond({"args": args, "kwargs": kwargs})

    response = view(1, a=2)
    assert json.loads(response.body) == {"args": [1], "kwargs": {"a": 2}}
    assert response.headers["X-Request-Id"] == "r-1"


@pytest.mark.parametrize("error", [Busy(), Unavailable("PutItem AccessDenied"), KeyError()])
def test_every_failure_has_the_requests_id_in_the_document_and_in_a_header(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    response = answer(error)
    assert json.loads(response.body)["request_id"] == response.headers["X-Request-Id"] == "r-1"
    assert all("r-1" in message for message in caplog.messages)


def test_an_error_of_burnbags_own_is_told_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert answer(Busy()).status_code == 429
    assert answer(Unavailable()).status_code == 503
    assert caplog.records == []


def test_why_aws_failed_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    assert "PutItem" not in answer(Unavailable("PutItem AccessDenied")).body
    assert caplog.messages == ["AWS failed: PutItem AccessDenied (request r-1)"]


def test_of_an_unexpected_error_type_and_place_are_logged_but_never_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = answer(KeyError("hunter2"))
    assert (response.status_code, json.loads(response.body)["type"]) == (
        500,
        "urn:burnbag:problem:internal",
    )
    line = answer.__code__.co_firstlineno + 5
    assert caplog.messages == [f"unexpected: KeyError at view:{line} (request r-1)"]
    assert "hunter2" not in response.body


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert describe(ValueError("hunter2")) == "ValueError at nowhere"
