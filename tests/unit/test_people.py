"""People who send by the page: who they are, what they may, and how much of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from burnbag_core.errors import BurnbagError, EmailUnverified
from burnbag_core.people import EMAIL, is_address, read_email
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata

from tests.support.api import ADDRESS, SENDER, Answer, Api, common_headers, request
from tests.support.asking import Submission
from tests.support.fakes import Clock
from tests.support.services import ENVIRON, load
from tests.support.world import build_world, client, moto_world
from tests.unit.conftest import Calls

network_of = load("create", "chalicelib.people").network_of

ADA = {
    "token_use": "id",
    "aud": ENVIRON["PEOPLE_CLIENT_ID"],
    "email": "ada@example.com",
    "email_verified": "true",
    "sub": "0a1b",
}


def send(api: Api, claims: Mapping[str, str] | None = ADA, **options: Any) -> Answer:
    return api.call("POST", "/people/secrets", {"secret": "hunter2"}, claims=claims, **options)


def sent_by_ada(api: Api) -> dict[str, Any]:
    answer = send(api)
    assert answer.status == 201, answer.text
    return answer.body


def show(api: Api, sealed: Mapping[str, Any], claims: Mapping[str, str] | None = ADA) -> Answer:
    path = f"/people/receipts/{sealed['id']}"
    return api.call("GET", path, token=sealed["receipt_token"], claims=claims)


@pytest.fixture
def hour() -> Iterator[Api]:
    """Both services at the first second of an hour, in which a person may send three secrets."""
    with moto_world():
        yield Api(build_world(Clock(1_800_000_000), PEOPLE_PER_HOUR="3"))


def test_a_person_sends_and_the_receipt_names_the_verified_address(api: Api) -> None:
    sealed = sent_by_ada(api)
    assert show(api, sealed).body["created_by"] == "ada@example.com"
    record = api.world.receipt(sealed["id"])
    assert record
    assert (record.created_by, record.created_ip) == ("ada@example.com", ADDRESS)


def test_what_a_person_sends_opens_as_any_other_secret_does(api: Api) -> None:
    sealed = sent_by_ada(api)
    assert api.reveal_secret(sealed["id"], sealed["token"]).body["secret"] == "hunter2"


def test_a_person_sends_a_file_by_an_upload(api: Api) -> None:
    answer = api.call("POST", "/people/uploads", {"size": 7}, claims=ADA)
    assert answer.status == 201
    assert api.world.receipt(answer.body["id"]).created_by == "ada@example.com"  # type: ignore[union-attr]


def test_an_address_is_recorded_in_lower_case(api: Api) -> None:
    sealed = send(api, {**ADA, "email": "Ada@Example.COM"}).body
    assert show(api, sealed).body["created_by"] == "ada@example.com"


def test_a_person_revokes_with_the_receipt_token_and_is_named(api: Api) -> None:
    sealed = sent_by_ada(api)
    path = f"/people/secrets/{sealed['id']}"
    assert api.call("DELETE", path, token=sealed["receipt_token"], claims=ADA).status == 204
    shown = show(api, sealed).body
    assert (shown["state"], shown["ended_by"]) == ("revoked", "ada@example.com")


def test_a_person_allows_more_guesses_and_is_named(api: Api) -> None:
    order = {"secret": "x", "passphrase": "right", "on_lock": "freeze"}
    sealed = api.call("POST", "/people/secrets", order, claims=ADA).body
    for _ in range(5):
        api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
    path = f"/people/receipts/{sealed['id']}/unfreeze"
    assert api.call("POST", path, token=sealed["receipt_token"], claims=ADA).status == 204
    record = api.world.receipt(sealed["id"])
    assert record
    assert (record.unfrozen, record.unfrozen_by) == (1, "ada@example.com")


CALLS = [
    ("POST", "/people/secrets"),
    ("POST", "/people/uploads"),
    ("POST", "/people/requests"),
    ("GET", "/people/receipts"),
    ("GET", "/people/receipts/AAAAAAAAAAAAAAAAAAAAAA"),
    ("POST", "/people/receipts/AAAAAAAAAAAAAAAAAAAAAA/unfreeze"),
    ("DELETE", "/people/secrets/AAAAAAAAAAAAAAAAAAAAAA"),
]
STRANGERS: list[tuple[str, dict[str, str] | None, int, str]] = [
    ("nobody signed in", None, 401, "not-signed-in"),
    ("no claims", {}, 401, "not-signed-in"),
    ("an access token", {**ADA, "token_use": "access"}, 401, "not-signed-in"),
    ("another client's token", {**ADA, "aud": "other"}, 401, "not-signed-in"),
    ("no client", {key: ADA[key] for key in ADA if key != "aud"}, 401, "not-signed-in"),
    ("not verified", {**ADA, "email_verified": "false"}, 403, "email-unverified"),
    ("said in other words", {**ADA, "email_verified": "True"}, 403, "email-unverified"),
    (
        "verified is missing",
        {k: ADA[k] for k in ADA if k != "email_verified"},
        403,
        "email-unverified",
    ),
    ("no address", {key: ADA[key] for key in ADA if key != "email"}, 403, "email-unverified"),
    ("an ARN for an address", {**ADA, "email": SENDER}, 403, "email-unverified"),
    ("a network address", {**ADA, "email": "192.0.2.1"}, 403, "email-unverified"),
    ("two lines", {**ADA, "email": "ada@example.com\nx"}, 403, "email-unverified"),
    ("the Kelvin sign for a k", {**ADA, "email": "mar\u212a@x.example"}, 403, "email-unverified"),
    ("a name before it", {**ADA, "email": '"<!channel>"@example.com'}, 403, "email-unverified"),
    (
        "too long",
        {**ADA, "email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}"},
        403,
        "email-unverified",
    ),
]


@pytest.mark.parametrize(
    ("claims", "status", "problem"),
    [each[1:] for each in STRANGERS],
    ids=[each[0] for each in STRANGERS],
)
def test_who_has_not_signed_in_with_a_verified_address_may_do_nothing(
    api: Api,
    create_calls: Calls,
    claims: dict[str, str] | None,
    status: int,
    problem: str,
) -> None:
    for method, path in CALLS:
        answer = api.call(method, path, {"secret": "x"}, token="A" * 43, claims=claims)
        assert (answer.status, answer.problem) == (status, problem), path
    assert not create_calls, "AWS is not asked"


def test_a_receipt_token_is_still_needed_by_those_who_signed_in(api: Api) -> None:
    sealed = sent_by_ada(api)
    answer = api.call("GET", f"/people/receipts/{sealed['id']}", token="A" * 43, claims=ADA)
    assert (answer.status, answer.problem) == (404, "not-found")


@pytest.mark.parametrize("auth", ["COGNITO", "NONE"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin, none"])
def test_a_page_of_another_origin_may_do_nothing_in_a_persons_name(auth: str, site: str) -> None:
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH=auth))
        for method, path in CALLS:
            headers = {"Sec-Fetch-Site": site}
            answer = api.call(
                method, path, {"secret": "x"}, token="A" * 43, claims=ADA, headers=headers
            )
            assert (answer.status, answer.problem) == (403, "cross-site"), path
        assert not api.world.ids("receipts")
        assert not api.world.ids("people"), "it counts for nobody"


def test_a_form_on_another_page_sends_nothing_where_nobody_signs_in() -> None:
    body, content_type = encode_multipart_formdata({"file": ("a.txt", b"x")})
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH="NONE", PEOPLE_CLIENT_ID=""))
        form: dict[str, Any] = {"raw": body, "content_type": content_type}
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = api.call("POST", "/people/secrets", headers=headers, **form)
        assert (answer.status, answer.problem) == (403, "cross-site")
        assert not api.world.ids("receipts")
        assert api.call("POST", "/people/secrets", **form).status == 201


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_page_itself_and_who_types_an_address_are_no_other_site(api: Api, site: str) -> None:
    assert send(api, headers={"Sec-Fetch-Site": site}).status == 201


def test_a_service_is_asked_for_no_site(api: Api) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert api.call("POST", "/v1/secrets", {"secret": "x"}, headers=headers).status == 201


def test_no_header_makes_a_person(api: Api) -> None:
    """Claims come from API Gateway alone, which passes on whatever headers a caller likes."""
    headers = {
        "Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAYi5jIn0.",
        "X-Amzn-Oidc-Data": "eyJlbWFpbCI6ImFAYi5jIn0",
        "X-Amzn-Authorizer-Claims": '{"email": "a@b.c"}',
        "X-Original-Url": "/v1/secrets",
        "X-Forwarded-Path": "/v1/secrets",
    }
    answer = send(api, None, headers=headers)
    assert (answer.status, answer.problem) == (401, "not-signed-in")


def test_claims_count_for_nothing_on_a_services_path(api: Api) -> None:
    sealed = api.call("POST", "/v1/secrets", {"secret": "x"}, claims=ADA).body
    record = api.world.receipt(sealed["id"])
    assert record
    assert record.created_by == SENDER


def test_a_service_is_not_counted(hour: Api) -> None:
    assert [hour.seal(secret="x").status for _ in range(5)] == [201] * 5
    assert not hour.world.ids("people")


def test_the_log_names_nobody(
    api: Api, create_calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = sent_by_ada(api)
    show(api, sealed)
    send(api, {**ADA, "email_verified": "false"})
    create_calls.failing.add("TransactWriteItems")
    assert send(api).status == 503
    assert "AWS failed: TransactWriteItems" in caplog.text
    assert "ada" not in caplog.text


def test_without_people_auth_there_is_no_call_for_people() -> None:
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH="", PEOPLE_CLIENT_ID="", PEOPLE_TABLE=""))
        assert not [path for path in api.create.app.routes if path.startswith("/people")]
        event = request("POST", "/people/secrets", b"{}", common_headers(None, "application/json"))
        assert api.create.app(event, None)["statusCode"] == 405
        assert not api.world.ids("receipts")


def test_without_signing_in_a_person_has_no_name_whatever_the_claims_say() -> None:
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH="NONE", PEOPLE_CLIENT_ID=""))
        sealed = send(api).body
        record = api.world.receipt(sealed["id"])
        assert record
        assert (record.created_by, record.created_ip) == (None, ADDRESS)
        assert show(api, sealed, None).body["created_by"] == ADDRESS


def test_after_so_many_secrets_a_person_is_told_when_the_next_may_come(hour: Api) -> None:
    assert [send(hour).status for _ in range(3)] == [201] * 3
    hour.world.wait(600)
    answer = send(hour)
    assert (answer.status, answer.problem) == (429, "too-many")
    assert (answer.headers["Retry-After"], answer.body["limit"]) == ("3000", 3)
    assert len(hour.world.ids("receipts")) == 3
    hour.world.wait(2999)
    assert send(hour).status == 429
    hour.world.wait(1)
    assert send(hour).status == 201


def test_one_person_takes_nothing_from_another(hour: Api) -> None:
    assert [send(hour).status for _ in range(4)] == [201, 201, 201, 429]
    assert send(hour, {**ADA, "email": "bob@example.com"}).status == 201


def test_uploads_texts_and_requests_are_counted_together(hour: Api) -> None:
    def declare() -> int:
        return hour.call("POST", "/people/uploads", {"size": 7}, claims=ADA).status

    def ask() -> int:
        return hour.call("POST", "/people/requests", {"label": "l"}, claims=ADA).status

    assert [declare(), send(hour).status, ask(), declare()] == [201, 201, 201, 429]
    assert ask() == 429


def test_a_person_asks_by_their_address_and_whoever_answers_is_not_counted(hour: Api) -> None:
    asked = [hour.call("POST", "/people/requests", claims=ADA).body for _ in range(3)]
    assert {each["created_by"] for each in asked} == {"ada@example.com"}
    for each in asked:
        path = f"/v1/requests/{each['id']}/submit"
        answer = hour.call("POST", path, Submission().fields, token=each["submit_token"])
        assert answer.status == 201
    assert show(hour, asked[0]).body["state"] == "sealed"


def test_reading_a_receipt_and_revoking_count_for_nothing(hour: Api) -> None:
    sealed = [sent_by_ada(hour) for _ in range(3)]
    assert [show(hour, sealed[0]).status for _ in range(5)] == [200] * 5
    path = f"/people/secrets/{sealed[1]['id']}"
    token = sealed[1]["receipt_token"]
    assert hour.call("DELETE", path, token=token, claims=ADA).status == 204


def test_what_is_refused_for_itself_counts_for_nothing(hour: Api) -> None:
    for _ in range(5):
        assert hour.call("POST", "/people/secrets", {"secret": ""}, claims=ADA).status == 400
    assert send(hour).status == 201


def test_a_counter_holds_no_name_and_is_erased_after_its_hour(hour: Api) -> None:
    send(hour)
    (item,) = client("dynamodb").scan(TableName="people")["Items"]
    assert item.keys() == {"id", "sent", "purge_at"}
    assert (item["sent"], item["purge_at"]) == ({"N": "1"}, {"N": "1800003600"})
    assert "ada" not in str(item)


def test_when_counting_fails_nothing_is_sealed(api: Api, create_calls: Calls) -> None:
    create_calls.failing.add("UpdateItem")
    answer = send(api)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert not api.world.ids("receipts")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        (None, "unix:/tmp/x", True),
    ],
)
def test_who_has_no_name_is_counted_by_the_network(
    first: str | None, second: str | None, together: bool
) -> None:
    assert (network_of(first) == network_of(second)) is together


def test_without_signing_in_each_address_has_a_counter_also_where_none_is_recorded() -> None:
    with moto_world():
        changed = {"PEOPLE_AUTH": "NONE", "PEOPLE_PER_HOUR": "1", "RECORD_SOURCE_IP": "false"}
        api = Api(build_world(Clock(), **changed))
        assert [send(api, None).status, send(api, None).status] == [201, 429]
        assert send(api, None, address="198.51.100.1").status == 201


@given(st.dictionaries(st.sampled_from(sorted(ADA)), st.text(max_size=40)))
def test_no_claims_get_anything_into_a_receipt_but_an_address(said: dict[str, str]) -> None:
    claims = {**ADA, **said}
    try:
        email = read_email(claims, "page")
    except BurnbagError:
        return
    assert (claims["token_use"], claims["aud"], claims["email_verified"]) == ("id", "page", "true")
    assert email.count("@") == 1
    assert email == claims["email"].lower()
    assert claims["email"].isascii()
    assert email.isprintable()
    assert not set(email) & set(' "<>\\:')


@given(st.from_regex(EMAIL, fullmatch=True).filter(lambda text: len(text) <= 254))
def test_an_address_stays_as_it_is(email: str) -> None:
    assert read_email({**ADA, "email": email}, "page") == email


def test_a_page_without_a_client_lets_nobody_in() -> None:
    with pytest.raises(BurnbagError):
        read_email({**ADA, "aud": ""}, "")


@pytest.mark.parametrize(("length", "expected"), [(254, True), (255, False)])
def test_an_address_has_at_most_254_characters(length: int, expected: bool) -> None:
    """As many as SMTP takes (RFC 5321, as corrected)."""
    local = "a" * (length - len("@.example.com") - 3 * 64 + 1)
    email = f"{local}@{'.'.join(['b' * 63] * 3)}.example.com"
    assert len(email) == length
    assert is_address(email) is expected


def test_a_long_address_is_no_address() -> None:
    with pytest.raises(EmailUnverified):
        read_email({**ADA, "email": f"a@{'b.' * 126}cc"}, "page")
