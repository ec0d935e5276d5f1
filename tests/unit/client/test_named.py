"""Secrets for named recipients, with the Python client: one test each with both clients."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import botocore.session
import httpx
import pytest

from burnbag import Burnbag as Synchronous
from burnbag import (
    BurnbagError,
    ConfigurationError,
    Gone,
    Link,
    NotTheRecipient,
    RecipientRequired,
    Refused,
    Unavailable,
    uploads,
)
from burnbag._async import uploads as asynchronous
from burnbag.transport import MOST_REMEMBERED
from tests.support.api import RECIPIENT
from tests.support.server import Served
from tests.unit.client.conftest import PIECE, make_noise

BILLING: Final = "arn:aws:iam::123456789012:role/billing"
SHIPPING: Final = "arn:aws:iam::123456789012:role/shipping"
THIEF: Final = "arn:aws:sts::123456789012:assumed-role/shipping/thief"
SECRET: Final = "canary-hunter2"
KEY: Final = "0123456789abcdef"

pytestmark = pytest.mark.usefixtures("small_files")


class Nobody:
    """A session that finds no credentials."""

    region_name = "us-east-1"

    def get_credentials(self) -> None:
        return None


Clients = Callable[[Any], Any]


@pytest.fixture
def client_of(server: Served, burnbag: Any) -> Iterator[Clients]:
    """Makes clients of the kind that is tested, which sign with a session."""
    made: list[Any] = []

    def make(session: Any) -> Any:
        made.append(type(burnbag)(server.url, session, region="us-east-1"))
        return made[-1]

    yield make
    for client in made:
        client.__exit__(None, None, None)


@pytest.fixture
def thief(server: Served, client_of: Clients) -> Any:
    """Somebody with another role, who may make the recipient's calls."""
    server.signers["THIEF"] = THIEF
    session = botocore.session.Session()
    session.set_credentials("THIEF", "secret", "token")
    return client_of(session)


def calls(server: Served, link: str) -> list[str]:
    """The requests about a secret, without its id."""
    secret_id = Link.parse(link).id
    found = (request.replace("/live", "") for request in server.requests if secret_id in request)
    return [request.replace(secret_id, "ID") for request in found]


def make_content(kind: str, folder: Path) -> Any:
    """Something to send that is sent in this way."""
    if kind == "text":
        return SECRET
    path = folder / "content.bin"
    path.write_bytes(make_noise({"file": 1000, "upload": 5 * PIECE, "parts": 5 * PIECE}[kind]))
    return path


@pytest.mark.parametrize("kind", ["text", "file", "upload", "parts"])
def test_every_kind_opens_for_the_recipient_who_is_named_in_the_end(
    server: Served, burnbag: Any, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (uploads, asynchronous):
        monkeypatch.setattr(
            module, "SMALLEST_IN_PARTS", 4 * PIECE if kind == "parts" else 99 * PIECE
        )
    content = make_content(kind, tmp_path)
    names = [BILLING.replace("role/", "role/path/"), "Ada@example.com"]
    sent = burnbag.send(content, recipients=names)
    assert sent.recipients == ("ada@example.com", BILLING)
    receipt = burnbag.receipt(sent.id, sent.receipt_token)
    assert (receipt.recipients, receipt.refusals) == (sent.recipients, 0)
    server.requests.clear()
    opened = burnbag.open(sent.link)
    assert opened.data == (SECRET.encode() if kind == "text" else content.read_bytes())
    assert opened.identified_as == RECIPIENT
    assert [call for call in calls(server, sent.link) if "bucket" not in call] == [
        "POST /v1/secrets/ID/reveal",
        "POST /signed/secrets/ID/reveal",
        "POST /signed/secrets/ID/confirm",
    ]
    assert not server.store.secrets
    (view,) = burnbag.receipt(sent.id, sent.receipt_token).views
    assert view.by == RECIPIENT


def test_without_recipients_nobody_is_identified(server: Served, burnbag: Any) -> None:
    sent = burnbag.send(SECRET)
    assert burnbag.peek(sent.link).identified_as is None
    opened = burnbag.open(sent.link)
    assert (sent.recipients, opened.identified_as) == ((), None)
    assert not [call for call in calls(server, sent.link) if "/signed/" in call]


def test_without_encryption_it_opens_for_them_too(burnbag: Any) -> None:
    for content in (SECRET, SECRET.encode()):
        sent = burnbag.send(content, recipients=[BILLING], server_side=True, filename="a.txt")
        assert burnbag.open(sent.link).text == SECRET
        assert sent.recipients == (BILLING,)


def test_what_is_known_from_a_peek_is_asked_for_with_a_signature_at_once(
    server: Served, burnbag: Any
) -> None:
    sent = burnbag.send(SECRET, recipients=[BILLING])
    peeked = burnbag.peek(sent.link)
    assert (peeked.identified_as, peeked.views_left) == (RECIPIENT, 1)
    server.requests.clear()
    assert burnbag.open(sent.link).text == SECRET
    assert {call.split("/")[1] for call in calls(server, sent.link)} == {"signed"}


def test_a_passphrase_is_needed_as_well(server: Served, burnbag: Any, thief: Any) -> None:
    sent = burnbag.send(SECRET, passphrase="right", recipients=[BILLING])
    for guess in ["right", "wrong"] * 4:
        with pytest.raises(NotTheRecipient):
            thief.open(sent.link, passphrase=guess)
    assert server.store.secrets[sent.id].failed_attempts == 0
    assert burnbag.open(sent.link, passphrase="right").text == SECRET


def test_somebody_else_uses_no_view_and_the_sender_learns_who_it_was(
    server: Served, burnbag: Any, thief: Any, tmp_path: Path
) -> None:
    sent = burnbag.send(SECRET, recipients=[BILLING])
    for call in (thief.peek, lambda link: thief.open(link, tmp_path / "out")):
        with pytest.raises(NotTheRecipient, match="no view was used") as refused:
            call(sent.link)
        assert (refused.value.identify, refused.value.identified_as) == (("iam",), THIEF)
    receipt = burnbag.receipt(sent.id, sent.receipt_token)
    assert (receipt.state, receipt.views_left, receipt.refusals) == ("sealed", 1, 2)
    assert receipt.last_refusal.by == THIEF and receipt.last_refusal.ip == "192.0.2.7"
    assert not list(tmp_path.iterdir())
    assert burnbag.open(sent.link).text == SECRET
    # What has become of it is nobody else's business either.
    with pytest.raises(NotTheRecipient):
        thief.open(sent.link)
    with pytest.raises(Gone, match="revealed"):
        burnbag.open(sent.link)


def test_what_is_for_people_alone_is_opened_in_a_browser(server: Served, burnbag: Any) -> None:
    sent = burnbag.send(SECRET, recipients=["ada@example.com", "@example.org"])
    for call in (burnbag.peek, burnbag.open):
        with pytest.raises(RecipientRequired, match="in a browser and sign in") as required:
            call(sent.link)
        assert required.value.identify == ("people",)
    assert not [call for call in calls(server, sent.link) if "/signed/" in call]
    assert server.store.secrets[sent.id].views_left == 1


def test_without_credentials_it_is_said_why_nobody_could_be_identified(
    server: Served, burnbag: Any, client_of: Clients
) -> None:
    sent = burnbag.send(SECRET, recipients=[BILLING, "ada@example.com"])
    nobody = client_of(Nobody())
    for call in (nobody.peek, nobody.open, nobody.open):
        with pytest.raises(RecipientRequired, match="no AWS credentials were found") as required:
            call(sent.link)
        assert required.value.identify == ("iam", "people")
        assert "by signing in" in str(required.value)
    assert not [call for call in calls(server, sent.link) if "/signed/" in call]
    with pytest.raises(ConfigurationError):
        nobody.send(SECRET)


def test_a_lost_answer_is_fetched_again_at_the_signed_door(server: Served, burnbag: Any) -> None:
    sent = burnbag.send(SECRET, recipients=[BILLING])
    server.faults.drop = ["/signed/"]
    assert burnbag.open(sent.link, idempotency_key=KEY).text == SECRET
    assert calls(server, sent.link)[-4:] == [
        "POST /v1/secrets/ID/reveal",
        "POST /signed/secrets/ID/reveal",
        "POST /signed/secrets/ID/reveal",
        "POST /signed/secrets/ID/confirm",
    ]
    assert len(server.store.receipts[sent.id].views) == 1


def test_a_download_goes_on_and_is_renewed_at_the_signed_door(
    server: Served, burnbag: Any, large: Path, tmp_path: Path
) -> None:
    sent = burnbag.send(large, recipients=[BILLING])
    server.faults.cut = [70_000, 3 * PIECE]
    server.faults.refuse = [("GET /bucket", 403)]
    burnbag.open(sent.link, tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == large.read_bytes()
    assert calls(server, sent.link).count("POST /signed/secrets/ID/reveal") == 2
    assert len(server.store.receipts[sent.id].views) == 1


def test_a_claim_is_no_use_to_another_recipient(
    server: Served, burnbag: Any, thief: Any, large: Path
) -> None:
    sent = burnbag.send(large, recipients=[BILLING, SHIPPING])
    server.faults.cut = [0] * 9
    with pytest.raises(Unavailable):
        burnbag.open(sent.link, idempotency_key=KEY)
    server.faults.cut = []
    with pytest.raises(Gone):
        thief.open(sent.link, idempotency_key=KEY)
    assert burnbag.open(sent.link, idempotency_key=KEY).data == large.read_bytes()


def test_a_resumed_upload_keeps_its_recipients(
    server: Served, burnbag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (uploads, asynchronous):
        monkeypatch.setattr(module, "SMALLEST_IN_PARTS", 4 * PIECE)
    content, note = make_content("parts", tmp_path), tmp_path / "resume"

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        burnbag.send(content, recipients=[BILLING], resume_file=note, progress=interrupt)
    sent = burnbag.resume(note)
    assert sent.recipients == (BILLING,)
    assert burnbag.open(sent.link).data == content.read_bytes()


def test_credentials_that_aws_refuses_are_told_apart_from_another_recipient(
    server: Served, burnbag: Any
) -> None:
    sent = burnbag.send(SECRET, recipients=[BILLING])
    server.faults.words = json.dumps(
        {"type": "urn:burnbag:problem:access-denied", "title": "This caller may not do this"}
    ).encode()
    server.faults.refuse = [("/signed/", 403)]
    with pytest.raises(Refused, match="recipient_policy_arn to open what is for them"):
        burnbag.open(sent.link)
    assert burnbag.open(sent.link).text == SECRET


def test_a_server_that_knows_no_recipients_is_called_older_and_seals_nothing(
    server: Served, burnbag: Any
) -> None:
    detail = "Known fields: encrypted, label, on_lock, passphrase, ttl, views."
    problem = {"type": "urn:burnbag:problem:bad-request", "field": "recipients", "detail": detail}
    server.faults.foreign = [(400, {}, json.dumps(problem).encode())]
    with pytest.raises(Refused, match="older than the client"):
        burnbag.send(SECRET, recipients=[BILLING])
    assert not server.store.secrets


class Dropping(httpx.BaseTransport):
    """A server that takes the recipients and does not keep them."""

    def __init__(self) -> None:
        self.transport = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/v1/secrets"):
            body = json.loads(request.read())
            del body["recipients"]
            content = json.dumps(body).encode()
            headers = httpx.Headers(request.headers)
            headers["Content-Length"] = str(len(content))
            request = httpx.Request("POST", request.url, headers=headers, content=content)
        return self.transport.handle_request(request)


def test_what_a_server_seals_for_anybody_is_revoked(server: Served, pauses: list[float]) -> None:
    client = Synchronous(server.url, region="us-east-1", transport=Dropping())
    with client, pytest.raises(Unavailable, match="does not keep the secret for its recipients"):
        client.send(SECRET, recipients=[BILLING])
    assert not server.store.secrets
    assert [receipt.state for receipt in server.store.receipts.values()] == ["revoked"]


@pytest.mark.parametrize(
    ("identify", "identified_as"),
    [
        (["iam"], "\x1b[2J\u202eada"),
        (["iam", "fingerprint"], "a" * 500),
        (["iam"], None),
    ],
)
def test_what_a_server_says_of_an_identity_controls_no_screen(
    server: Served, synchronous: Synchronous, identify: list[str], identified_as: str | None
) -> None:
    sent = synchronous.send(SECRET, recipients=[BILLING])
    problem = {"identify": identify, "identified_as": identified_as}
    problem["type"] = "urn:burnbag:problem:not-the-recipient"
    server.faults.foreign = [(403, {}, json.dumps(problem).encode())]
    with pytest.raises(NotTheRecipient) as refused:
        synchronous.open(sent.link)
    assert str(refused.value).isprintable() and refused.value.identify == ("iam",)


@pytest.mark.parametrize("problem", [{}, {"identify": "iam"}, {"identify": [1]}, {"identify": {}}])
@pytest.mark.parametrize("kind", ["recipient-required", "not-the-recipient"])
def test_a_problem_that_burnbag_never_writes_is_nobodys(
    server: Served, synchronous: Synchronous, kind: str, problem: dict[str, Any]
) -> None:
    link = synchronous.send(SECRET).link
    answer = problem | {"type": f"urn:burnbag:problem:{kind}", "status": 403}
    server.faults.foreign = [(403, {}, json.dumps(answer).encode())]
    with pytest.raises(Unavailable, match="not burnbag's"):
        synchronous.open(link)


def test_neither_link_nor_token_is_in_logs_or_exceptions(
    server: Served, burnbag: Any, thief: Any, client_of: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = burnbag.send(SECRET, recipients=[BILLING])
    people = burnbag.send(SECRET, recipients=["ada@example.com"])
    said = []
    for client, link in (
        (thief, sent.link), (client_of(Nobody()), sent.link), (burnbag, people.link)
    ):  # fmt: skip
        with pytest.raises(BurnbagError) as error:
            client.open(link)
        said += [repr(cause) + str(cause) for cause in chain(error.value)]
    opened = burnbag.open(sent.link)
    said += [caplog.text, repr(sent), repr(opened)]
    for link in (Link.parse(sent.link), Link.parse(people.link)):
        for canary in (link.token, link.reveal().rpartition(".")[2], SECRET):
            assert not [text for text in said if canary in text]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it comes from, and what was handled when it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_the_region_of_a_foreign_host_is_that_in_its_name() -> None:
    with Synchronous("https://own.example/live", region="eu-west-1") as client:
        own = client.api.get_signer()
        there = "https://abc123.execute-api.ap-south-1.amazonaws.com/live"
        regions = [
            client.api.get_signer(base).region
            for base in (there, "https://other.example", "https://own.example/other")
        ]
        assert regions == ["ap-south-1", "eu-west-1", "eu-west-1"]
        assert client.api.get_signer("https://own.example/live") is own
        assert client.api.get_signer(there).session is own.session


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    with Synchronous() as client:
        for number in range(MOST_REMEMBERED * 2 + 10):
            client.api.remember_named("https://x.example", str(number), ("iam",))
        assert 0 < len(client.api.named) <= MOST_REMEMBERED
