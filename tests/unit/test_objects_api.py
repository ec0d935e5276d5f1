"""Objects that are damaged, denied or gone: what is said of them, and what it costs nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.api import Answer, Api
from tests.support.world import client
from tests.unit.conftest import Calls, change

KEY = "0123456789abcdef"


def deny(api: Api, first: Callable[[], object] = lambda: None) -> None:
    """Take reveal's right to read objects away; `first` happens before the first is asked for.

    S3 says the same where that right was lost and where an object is missing.
    """
    happened: list[object] = []

    def refuse(operation: str, code: str) -> Any:
        def answer(real: object, **_: object) -> None:
            if not happened:
                happened.append(first())
            raise ClientError({"Error": {"Code": code}}, operation)

        return answer

    api.hooks.always("get_object", refuse("GetObject", "AccessDenied"))
    api.hooks.always("head_object", refuse("HeadObject", "403"))


def ask(api: Api, sealed: dict[str, Any], key: str | None = None, **fields: str) -> Answer:
    return api.reveal_secret(sealed["id"], sealed["token"], key=key, **fields)


def put(sealed: dict[str, Any], data: bytes) -> None:
    client("s3").put_object(Bucket="files", Key=f"files/{sealed['id']}", Body=data)


def stored(sealed: dict[str, Any]) -> bytes:
    answer = client("s3").get_object(Bucket="files", Key=f"files/{sealed['id']}")
    data: bytes = answer["Body"].read()
    return data


def uploaded(api: Api, **fields: Any) -> dict[str, Any]:
    declared = api.declare(size=3, **fields).body
    put(declared, b"abc")
    return declared


def test_a_damaged_object_costs_no_attempt(api: Api) -> None:
    sealed = api.send_file(b"data", passphrase="p").body
    whole = stored(sealed)
    put(sealed, whole[:-1])
    for _ in range(6):
        assert ask(api, sealed, passphrase="p").problem == "damaged"
    put(sealed, whole)
    assert ask(api, sealed, passphrase="p").data == b"data"


def test_an_upload_of_another_size_than_declared_costs_no_attempt(api: Api) -> None:
    declared = uploaded(api, passphrase="p")
    put(declared, b"abcd")
    change(declared["id"], size=4)
    for _ in range(6):
        assert ask(api, declared, passphrase="p").problem == "damaged"
    put(declared, b"abc")
    change(declared["id"], size=3)
    assert ask(api, declared, passphrase="p").status == 200


def test_a_file_that_may_not_be_read_is_unavailable_and_still_whole(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = api.send_file(b"data", passphrase="p").body
    deny(api)
    for _ in range(6):
        assert ask(api, sealed, passphrase="p").problem == "unavailable"
    assert "GetObject AccessDenied" in caplog.text
    assert sealed["id"] not in caplog.text
    api.hooks.undo()
    assert ask(api, sealed, passphrase="p").data == b"data"


def test_a_claimed_file_that_may_not_be_read_is_unavailable_and_still_claimed(api: Api) -> None:
    sealed = api.send_file(b"data").body
    first = ask(api, sealed, KEY)
    deny(api)
    assert ask(api, sealed, KEY).problem == "unavailable"
    api.hooks.undo()
    assert ask(api, sealed, KEY).data == first.data


@pytest.mark.parametrize("views", [1, 2])
def test_an_upload_that_had_arrived_is_unavailable_where_it_may_not_be_read(
    api: Api, caplog: pytest.LogCaptureFixture, views: int
) -> None:
    declared = uploaded(api, views=views)
    ask(api, declared, KEY)
    deny(api)
    for key in (KEY,) if views == 1 else (KEY, None):
        assert ask(api, declared, key).problem == "unavailable"
    assert "HeadObject 403" in caplog.text
    api.hooks.undo()
    assert ask(api, declared, KEY).status == 200


def test_an_upload_that_has_not_arrived_is_incomplete_whatever_s3_calls_it(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    declared = api.declare(size=3).body
    assert ask(api, declared).problem == "upload-incomplete"
    assert not caplog.records
    deny(api)
    assert ask(api, declared).problem == "upload-incomplete"
    assert "HeadObject 403" in caplog.text


@pytest.mark.parametrize("make", [lambda api: api.send_file(b"x").body, uploaded])
def test_an_object_that_went_with_its_record_is_gone(
    api: Api, make: Callable[[Api], dict[str, Any]]
) -> None:
    sealed = make(api)
    deny(api, lambda: api.revoke(sealed["id"], sealed["receipt_token"]))
    answer = ask(api, sealed)
    assert (answer.status, answer.body["state"]) == (410, "revoked")


def test_a_claimed_upload_that_was_confirmed_meanwhile_is_gone(api: Api) -> None:
    declared = uploaded(api)
    ask(api, declared, KEY)
    deny(api, lambda: api.confirm(declared["id"], declared["token"], KEY))
    answer = ask(api, declared, KEY)
    assert (answer.status, answer.body["state"]) == (410, "revealed")


def test_looking_for_a_missing_object_again_costs_one_read(api: Api, reveal_calls: Calls) -> None:
    sealed = api.send_file(b"x").body
    deny(api)
    ask(api, sealed)
    assert reveal_calls == {"GetItem": 2, "Decrypt": 1}


def test_an_object_that_s3_says_is_not_there_went_with_its_record(api: Api) -> None:
    """S3 says so, rather than that it is denied, where the right to list was given."""
    sealed = api.send_file(b"x").body

    def erase() -> None:
        api.revoke(sealed["id"], sealed["receipt_token"])
        client("s3").delete_object(Bucket="files", Key=f"files/{sealed['id']}")

    api.hooks.before("get_object", erase)
    answer = ask(api, sealed)
    assert (answer.status, answer.body["state"]) == (410, "revoked")
