"""Each state of a secret for named people can be seen, read and used by everybody."""

import pytest

from burnbag import Burnbag
from tests.page.appearance import look_everywhere
from tests.page.named import Guest
from tests.page.named_states import STATES
from tests.page.rooms import PHONE, Rooms
from tests.support.browser import Complaints


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_named_secret_can_be_read_and_used_by_everybody(
    name: str, rooms: Rooms, complaints: Complaints
) -> None:
    alone = STATES[name].alone
    with (
        rooms.enter(complaints, {"people_auth": "COGNITO"}, PHONE, lambda: alone) as room,
        Burnbag(room.served.url, region="us-east-1") as burnbag,
    ):
        guest = Guest(room.page, room.context, room.served, burnbag)
        STATES[name].reach(guest)
        look_everywhere(guest.page, name)
