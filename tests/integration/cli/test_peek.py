"""`burnbag peek`."""

import json

from burnbag.links import Link
from tests.support.cli import Machine
from tests.support.server import Served, views_left


def test_peek_shows_what_a_link_leads_to(recipient: Machine, locked_link: str) -> None:
    ran = recipient.run("peek", locked_link)
    assert (ran.code, ran.err) == (0, "")
    lines = dict(line.split("  ", 1) for line in ran.text.splitlines())
    assert {key: value.strip() for key, value in lines.items() if key != "expires"} == {
        "kind": "text",
        "size": "294 bytes encrypted",
        "views left": "1 of 1",
        "passphrase": "yes",
        "encrypted": "by the sender",
    }
    assert ran.text.splitlines()[3].endswith(" UTC")


def test_peek_for_scripts(recipient: Machine, sender: Machine) -> None:
    link = sender.run("send", "--server-side", "--views", "2", stdin=b"four").text
    ran = recipient.run("peek", "--json", link)
    found = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert found.pop("expires_at") - found.pop("created_at") == 86400
    assert found == {
        "id": Link.parse(link).id,
        "kind": "text",
        "size": 4,
        "passphrase": False,
        "encrypted": False,
        "on_lock": "burn",
        "frozen": False,
        "identified_as": None,
        "max_views": 2,
        "views_left": 2,
        "key_in_link": False,
    }


def test_peek_uses_no_view(recipient: Machine, server: Served, link: str) -> None:
    recipient.run("peek", link)
    assert views_left(server, link) == 1
