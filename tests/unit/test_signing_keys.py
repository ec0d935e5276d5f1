"""The keys of receipts: KMS is asked for each public key once, and signs with the newest."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from burnbag_core import settings
from burnbag_core.errors import Unavailable

from tests.support.services import ENVIRON, load

service = load("create", "chalicelib.service")


class Kms:
    """KMS, which fails as long as it has an error."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[Any] = []

    def get_public_key(self, KeyId: str) -> dict[str, bytes]:
        return {"PublicKey": self.answer(KeyId)}

    def sign(self, **request: Any) -> dict[str, bytes]:
        return {"Signature": self.answer(request)}

    def answer(self, request: Any) -> bytes:
        self.asked.append(request)
        if self.error:
            raise self.error
        return f"answer to {request}".encode()


@pytest.fixture
def kms() -> Kms:
    return Kms()


@pytest.fixture
def keys(kms: Kms) -> Any:
    environ = ENVIRON | {"RECEIPT_KEY_ARNS": "old,newer,newest"}
    return service.SigningKeys(kms, settings.read(service.Settings, environ))


def test_all_keys_are_told_the_oldest_first_and_asked_for_once(kms: Kms, keys: Any) -> None:
    told = [b"answer to old", b"answer to newer", b"answer to newest"]
    assert (keys.public_keys(), keys.public_keys()) == (told, told)
    assert kms.asked == ["old", "newer", "newest"]


def test_the_newest_needs_none_of_the_others(kms: Kms, keys: Any) -> None:
    assert keys.newest() == keys.newest() == b"answer to newest"
    assert kms.asked == ["newest"]


def test_the_newest_signs_a_digest_as_one(kms: Kms, keys: Any) -> None:
    assert keys.sign(b"digest").startswith(b"answer to {'KeyId'")
    assert kms.asked == [
        {
            "KeyId": "newest",
            "Message": b"digest",
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
    ]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "KMSInternalException"}}, "Call"),
        ConnectTimeoutError(endpoint_url="x"),
    ],
)
@pytest.mark.parametrize(
    "call", [lambda keys: keys.public_keys(), lambda keys: keys.sign(b"digest")]
)
def test_a_failure_is_told_as_such_and_not_kept(
    kms: Kms, keys: Any, error: Exception, call: Any
) -> None:
    kms.error = error
    with pytest.raises(Unavailable):
        call(keys)
    kms.error = None
    assert call(keys)
