"""What holds in every state: words of its own, nothing that axe finds, nothing that overflows."""

from typing import Final

import pytest

from burnbag import Burnbag
from tests.page.appearance import look_everywhere
from tests.page.rooms import PHONE, Rooms
from tests.page.states import STATES, Visitor
from tests.support.browser import Complaints

HEADINGS: Final = {
    "start": "Open a link",
    "link-incomplete": "This link is incomplete",
    "link-without-key": "This link is incomplete",
    "link-none": "This is not a link to a secret",
    "closed-text": "Somebody sent you a text",
    "closed-file": "Somebody sent you a file",
    "text": "Here it is",
    "hidden": "Cleared from this page",
    "file-ready": "Your file is here",
    "gone-revealed": "Somebody was here first",
    "gone-revoked": "This was withdrawn",
    "gone-locked": "This was destroyed",
    "gone-expired": "This has expired",
    "not-found": "Nothing is here",
    "frozen": "This is frozen",
    "not-arrived": "It has not arrived yet",
    "offline": "You are offline",
    "unanswered": "No answer",
    "throttled": "Too much at once",
    "throttled-for-long": "Too much at once",
    "busy": "Just a moment",
    "interrupted": "The answer got lost",
    "unavailable": "This does not work right now",
    "already-confirmed": "You have opened this already",
    "outdated": "Please open the link again",
    "internal": "This is our fault",
    "once-more": "Once more",
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_can_be_read_and_used_by_everybody(
    name: str, rooms: Rooms, complaints: Complaints
) -> None:
    """Somebody with a small phone, in one state after the other."""
    state = STATES[name]
    with rooms.enter(complaints, None, PHONE, lambda: state.alone) as room:
        with Burnbag(room.served.url, region="us-east-1") as burnbag:
            state.reach(Visitor(room.page, room.context, room.served, burnbag))
            heading = room.page.locator("h1").inner_text()
            assert heading == HEADINGS.get(name, heading)
            look_everywhere(room.page, name)
        if state.complaint:
            complaints.expect(state.complaint)
