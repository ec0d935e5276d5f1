"""Requests in the browser: RFC 9180's own example, the published vectors, and the Python client."""

import json
import random
from typing import Any

import pytest
from burnbag_format import base64url

from burnbag.request_links import AnswerLink, RequestLink
from burnbag.sealed_keys import make_pair, open_keys, seal_keys
from tests.page.formats import BASE, Formats, to_base64
from tests.page.test_format_vectors import VECTORS, expecting, from_hex

ALL = json.loads((VECTORS / "requests.json").read_text())["vectors"]
KEYS_OF_A_LINK = {"request link": "parseRequests", "answer link": "parseAnswers"}


def of(what: str) -> list[dict[str, Any]]:
    found = [vector for vector in ALL if vector["what"] == what]
    assert found
    return found


def hpke_case(vector: dict[str, Any]) -> dict[str, str]:
    return {
        "privateKey": from_hex(vector["private_key"]),
        "point": from_hex(vector["public_key"]),
        "info": from_hex(vector["info"]),
        "aad": from_hex(vector["aad"]),
        "message": from_hex(vector["message"]),
    }


def test_every_message_to_a_public_key_opens_or_fails_as_its_vector_says(formats: Formats) -> None:
    vectors = of("hpke")
    results = formats.run("openHpke", [hpke_case(vector) for vector in vectors])
    for vector, result in zip(vectors, results, strict=True):
        fails = vector["expect"] == "fails"
        assert result == ("Damaged" if fails else from_hex(vector["plaintext"])), vector["name"]


def test_what_is_sealed_is_the_rfcs_own_example_to_the_byte(formats: Formats) -> None:
    (vector,) = expecting(of("hpke"), "decrypts")
    assert vector["name"].startswith("RFC 9180, A.3.1")
    ephemeral = {"privateKey": from_hex(vector["ephemeral_key"])}
    ephemeral["point"] = from_hex(vector["message"][:130])
    case = hpke_case(vector) | {"ephemeral": ephemeral, "plaintext": from_hex(vector["plaintext"])}
    assert formats.run("sealHpke", [case]) == [from_hex(vector["message"])]


@pytest.mark.parametrize("what", KEYS_OF_A_LINK)
def test_every_link_of_a_request_is_read_or_refused_as_its_vector_says(
    what: str, formats: Formats
) -> None:
    vectors = of(what)
    results = formats.run(KEYS_OF_A_LINK[what], [vector["link"] for vector in vectors])
    for vector, result in zip(vectors, results, strict=True):
        if vector["expect"] == "is no link":
            assert result in ("LinkError: incomplete", "LinkError: not-a-link"), vector["name"]
            continue
        assert (result["id"], result["token"]) == (vector["id"], vector["token"])
        assert result["point"] == from_hex("04" + vector["public_key"])
        assert result.get("again", vector["link"]) == vector["link"]
        assert not result.get("extractable")


def test_a_link_to_keep_is_written_as_its_vector_has_it(formats: Formats) -> None:
    (vector,) = expecting(of("answer link"), "is a link")
    case = {"base": vector["link"].partition("/#")[0], "id": vector["id"], "token": vector["token"]}
    case["scalar"] = from_hex(vector["private_key"])
    case["point"] = from_hex("04" + vector["public_key"])
    assert formats.run("writeAnswers", [case]) == [vector["link"]]


def test_every_answers_key_opens_or_not_as_its_vector_says(formats: Formats) -> None:
    vectors = of("answer")
    cases = [{"answer": v["answer"], "sealedKey": v["sealed_key"]} for v in vectors]
    for vector, result in zip(vectors, formats.run("openKeys", cases), strict=True):
        opens = vector["expect"] == "opens"
        assert result == (vector["link"] if opens else "Damaged"), vector["name"]


def test_what_the_page_asks_with_is_what_the_client_understands(formats: Formats) -> None:
    chance = random.Random(15)
    sizes = {"id": 16, "submitToken": 32, "receiptToken": 32}
    orders = [
        {name: base64url.encode(chance.randbytes(size)) for name, size in sizes.items()}
        for _ in range(30)
    ]
    made = formats.run("makeRequests", [{"base": BASE, **order} for order in orders])
    for order, links in zip(orders, made, strict=True):
        request, answer = RequestLink.parse(links["send"]), AnswerLink.parse(links["keep"])
        assert (request.id, request.token) == (order["id"], order["submitToken"])
        assert (answer.id, answer.token) == (order["id"], order["receiptToken"])
        assert request.public_key == answer.public_key
        assert (request.reveal(), answer.reveal()) == (links["send"], links["keep"])
    assert len({links["send"] for links in made}) == len(made)


def test_page_and_client_open_what_the_other_has_sealed(formats: Formats) -> None:
    chance = random.Random(9180)
    for _ in range(5):
        secret_id, token, link_key = (chance.randbytes(size) for size in (16, 32, 16))
        name, private, public = base64url.encode(secret_id), *make_pair()
        answer = AnswerLink(BASE, name, base64url.encode(token), private, public)
        request = RequestLink(BASE, name, base64url.encode(token), public).reveal()
        case = {"token": to_base64(token), "linkKey": to_base64(link_key), "request": request}
        (sealed,) = formats.run("sealKeys", [case])
        link = open_keys(answer, base64url.decode(sealed, 129))
        assert (base64url.decode(link.token, 32), link.key) == (token, link_key)
        theirs = base64url.encode(seal_keys(public, name, link.token, link_key))
        case = {"answer": answer.reveal(), "sealedKey": theirs}
        assert formats.run("openKeys", [case]) == [link.reveal()]
