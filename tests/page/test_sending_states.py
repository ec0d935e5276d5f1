"""Each state of sending can be seen, read and used by everybody."""

from pathlib import Path
from typing import Any

import pytest

from tests.page.appearance import look_everywhere
from tests.page.rooms import PHONE, Rooms
from tests.page.sender import Sender
from tests.page.sending_states import STATES
from tests.support.browser import Complaints


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_sending_can_be_read_and_used_by_everybody(
    name: str, rooms: Rooms, complaints: Complaints, tmp_path: Path
) -> None:
    with rooms.enter(complaints, {}, PHONE) as room:
        STATES[name](Sender(room.page, room.served), tmp_path)
        look_everywhere(room.page, name)


@pytest.mark.parametrize(
    ("name", "facts", "heading"),
    [
        ("send-by-command", {"people_auth": None}, "Send a secret"),
        ("sign-in", {"people_auth": "COGNITO"}, "Sign in"),
    ],
)
def test_who_may_not_send_at_once_can_read_why(
    name: str, facts: dict[str, Any], heading: str, rooms: Rooms, complaints: Complaints
) -> None:
    with rooms.enter(complaints, facts, PHONE) as room:
        sender = Sender(room.page, room.served)
        sender.page.goto(f"{room.served.url}/#send")
        sender.heading(heading).wait_for()
        look_everywhere(sender.page, name)
