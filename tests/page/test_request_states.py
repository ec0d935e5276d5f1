"""Each state of asking and answering can be seen, read and used by everybody."""

from pathlib import Path

import pytest

from tests.page.appearance import look_everywhere
from tests.page.request_states import STATES
from tests.page.requester import Requester, ask
from tests.page.rooms import PHONE, Rooms
from tests.support.browser import Complaints


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_request_can_be_read_and_used_by_everybody(
    name: str, rooms: Rooms, complaints: Complaints, tmp_path: Path
) -> None:
    with rooms.enter(complaints, {}, PHONE) as room:
        STATES[name](Requester(room.page, room.served), tmp_path)
        look_everywhere(room.page, name)


def test_who_has_to_sign_in_for_an_answer_can_read_why(
    rooms: Rooms, complaints: Complaints
) -> None:
    with rooms.enter(complaints, {"people_auth": "COGNITO"}, PHONE) as room:
        who = Requester(room.page, room.served)
        who.visit(ask(room.served).keep)
        who.heading("Sign in").wait_for()
        who.says("Sign in to see whether it was answered. Your link stays in this tab alone.")
        look_everywhere(who.page, "answer-sign-in")
