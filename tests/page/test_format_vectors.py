"""The published vectors, in the browser: it opens, refuses and writes what the command does."""

import json
from typing import Any

import pytest
from burnbag_format import base64url
from burnbag_format.identity import Identity

from tests.page.formats import Formats, from_base64, to_base64
from tests.support.services import ROOT

VECTORS = ROOT / "tests" / "vectors"
MESSAGES = json.loads((VECTORS / "aes128gcm.json").read_text())["vectors"]
LINKS = json.loads((VECTORS / "link-1.json").read_text())["vectors"]
# How a network may deliver: whole, byte by byte, across every boundary.
DELIVERIES: list[list[int]] = [[], [1], [7], [20, 1, 30]]
# What no encryption of ours makes: a key id, padding in a record that has room for data.
OTHERS = {"RFC 8188, section 3.2", "padding in both records"}


def from_hex(text: str) -> str:
    return to_base64(bytes.fromhex(text))


def expecting(vectors: list[dict[str, Any]], expect: str) -> list[dict[str, Any]]:
    found = [vector for vector in vectors if vector["expect"] == expect]
    assert found
    return found


@pytest.mark.parametrize("sizes", DELIVERIES, ids=str)
def test_every_message_decrypts_or_fails_as_its_vector_says(
    formats: Formats, sizes: list[int]
) -> None:
    cases = [
        {"key": from_hex(v["key"]), "message": from_hex(v["message"]), "sizes": sizes}
        for v in MESSAGES
    ]
    results = formats.run("decryptAll", cases)
    for vector, result in zip(MESSAGES, results, strict=True):
        fails = vector["expect"] == "fails"
        expected = "Damaged" if fails else from_hex(vector["plaintext"])
        assert result == expected, vector["name"]


def test_what_is_encrypted_is_the_vectors_message_to_the_byte(formats: Formats) -> None:
    vectors = [v for v in expecting(MESSAGES, "decrypts") if v["name"] not in OTHERS]
    assert vectors[0]["name"] == "RFC 8188, section 3.1"
    messages = [bytes.fromhex(vector["message"]) for vector in vectors]
    cases = [
        {
            "key": from_hex(vector["key"]),
            "plaintext": from_hex(vector["plaintext"]),
            "salt": to_base64(message[:16]),
            "recordSize": int.from_bytes(message[16:20], "big"),
            "extra": 0,
        }
        for vector, message in zip(vectors, messages, strict=True)
    ]
    assert [from_base64(result) for result in formats.run("encryptAll", cases)] == messages


def test_what_is_inside_a_vector_is_what_it_says(formats: Formats) -> None:
    vectors = [vector for vector in MESSAGES if "content" in vector]
    assert len(vectors) == 2
    cases = [{"content": from_hex(v["plaintext"]), "sizes": [3]} for v in vectors]
    for vector, result in zip(vectors, formats.run("unpackAll", cases), strict=True):
        content = vector["content"]
        assert result == {
            "mediaType": content["media_type"],
            "filename": content["filename"],
            "data": from_hex(content["data"]),
        }


def link_cases(vectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = ("link", "passphrase", "kind")
    return [
        {name: vector[name] for name in wanted} | {"message": from_hex(vector["message"])}
        for vector in vectors
    ]


def test_every_link_opens_what_it_leads_to(formats: Formats) -> None:
    vectors = expecting(LINKS, "opens")
    results = formats.run("openAll", link_cases(vectors))
    for vector, result in zip(vectors, results, strict=True):
        # The content key can't be read out, but encrypting with it gives the same message.
        assert result == {
            "serverHalf": vector["server_half"],
            "content": from_hex(vector["content"]),
            "again": from_hex(vector["message"]),
        }, vector["name"]


def test_no_link_opens_anything_else(formats: Formats) -> None:
    vectors = expecting(LINKS, "does not open")
    assert formats.run("openAll", link_cases(vectors)) == ["Damaged"] * len(vectors)


def test_what_is_no_link_is_refused(formats: Formats) -> None:
    texts = [vector["link"] for vector in expecting(LINKS, "is no link")]
    assert formats.run("parseLinks", texts) == ["LinkError: incomplete"] * len(texts)


def test_an_idempotency_key_stands_for_the_same_secret(formats: Formats) -> None:
    keys = [f"{number:032d}" for number in range(50)] + ["\u00fc" * 16, "key of another client"]
    for key, found in zip(keys, formats.run("identities", keys), strict=True):
        identity = Identity.of_key(key)
        assert found["id"] == identity.id
        assert found["token"] == base64url.encode(identity.token)
        assert found["receiptToken"] == base64url.encode(identity.receipt_token)
