"""Each state of asking and answering can be seen, read and used by everybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.page.appearance import look_everywhere
from tests.page.request_states import STATES
from tests.page.requester import Requester, ask
from tests.page.states import NO_PAUSES
from tests.page.test_sending_states import PHONE
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.sending import run_sending_page


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_request_can_be_read_and_used_by_everybody(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    with (
        run_sending_page() as server,
        browsers.open_context(browser, Complaints(), **PHONE) as context,
    ):
        context.add_init_script(NO_PAUSES)
        who = Requester(context.new_page(), server)
        STATES[name](who, tmp_path)
        look_everywhere(who.page, name)


def test_who_has_to_sign_in_for_an_answer_can_read_why(browser: Browser) -> None:
    with (
        run_sending_page(people_auth="COGNITO") as server,
        browsers.open_context(browser, Complaints(), **PHONE) as context,
    ):
        who = Requester(context.new_page(), server)
        who.visit(ask(server).keep)
        who.heading("Sign in").wait_for()
        who.says("Sign in to see whether it was answered. Your link stays in this tab alone.")
        look_everywhere(who.page, "answer-sign-in")
