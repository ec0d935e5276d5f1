"""A secret sealed by the page is opened by the command, and the reverse."""

import io
import random
from typing import Any

import pytest
from burnbag_format import base64url
from burnbag_format.content import Description
from burnbag_format.identity import Identity

from burnbag import Link
from burnbag.aes128gcm import encrypted_size
from burnbag.content import read_description
from burnbag.keys import find_keys, make_keys
from burnbag.padding import padded_size
from tests.page.formats import (
    BASE,
    Formats,
    from_base64,
    make_links,
    open_whole,
    seal_whole,
    to_base64,
)

KINDS = ("text", "file", "upload")


@pytest.mark.full_argon2
def test_what_the_page_seals_the_command_opens(formats: Formats) -> None:
    chance = random.Random(12)
    orders: list[dict[str, Any]] = [
        {
            "base": BASE,
            "idempotencyKey": base64url.encode(chance.randbytes(32)),
            "linkKey": to_base64(chance.randbytes(16)),
            "passphrase": passphrase,
            "kind": kind,
            "mediaType": "text/plain",
            "filename": "Zu\u0308rich.txt",
            "data": to_base64(chance.randbytes(size)),
        }
        for kind, size in zip(KINDS, (10, 5000, 100_000), strict=True)
        for passphrase in (None, "pa\u0308sswo\u0308rd", "\U0001f642 ")
    ]
    for order, sealed in zip(orders, formats.run("sealAll", orders), strict=True):
        link = Link.parse(sealed["link"])
        identity = Identity.of_key(order["idempotencyKey"])
        assert (link.id, base64url.decode(link.token, 32)) == (identity.id, identity.token)
        keys = find_keys(link, order["passphrase"])
        assert keys and keys.passphrase == sealed["serverHalf"]
        message = from_base64(sealed["message"])
        content = io.BytesIO(open_whole(message, keys.content_key(order["kind"])))
        assert read_description(content) == Description("text/plain", order["filename"])
        data = content.read()
        assert to_base64(data) == order["data"]
        packed = Description("text/plain", order["filename"]).pack()
        assert len(message) == encrypted_size(padded_size(len(packed) + len(data)))


@pytest.mark.full_argon2
def test_what_the_command_seals_the_page_opens(formats: Formats) -> None:
    chance = random.Random(12)
    asked, expected = [], []
    for link in make_links():
        if link.key is None:
            continue
        for kind in KINDS:
            passphrase = chance.choice([None, "\u00e9\u0301 \u1e9b\u0323", "hunter2"])
            keys = find_keys(link, passphrase)
            assert keys
            content = chance.randbytes(chance.choice([0, 300, 20_000]))
            message = seal_whole(content, keys.content_key(kind), padded_size=padded_size)
            asked.append(
                {
                    "link": link.reveal(),
                    "passphrase": passphrase,
                    "kind": kind,
                    "message": to_base64(message),
                }
            )
            expected.append((keys.passphrase, to_base64(content), to_base64(message)))
    found = formats.run("openAll", asked)
    assert [(f["serverHalf"], f["content"], f["again"]) for f in found] == expected


@pytest.mark.full_argon2
def test_a_passphrase_that_is_no_text_is_refused(formats: Formats) -> None:
    link = make_links()[0]
    assert link.key
    message = seal_whole(b"", make_keys(link.id, link.key, None).content_key("text"))
    case = {"link": link.reveal(), "passphrase": "\ud800", "kind": "text"}
    assert formats.run("openAll", [case | {"message": to_base64(message)}]) == ["RangeError"]


def test_no_script_can_read_a_key_back(formats: Formats) -> None:
    assert formats.run("lookForSecrets") == {"fields": ["passphrase"], "extractable": False}


def test_the_modules_make_no_globals(formats: Formats) -> None:
    before = formats.page.evaluate("Object.keys(globalThis)")
    assert formats.run("listGlobals") == before
