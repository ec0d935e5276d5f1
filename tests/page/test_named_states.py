"""Each state of a secret for named people can be seen, read and used by everybody."""

import pytest
from playwright.sync_api import Browser

from tests.page.appearance import look_everywhere
from tests.page.named import visit
from tests.page.named_states import STATES
from tests.page.test_sending_states import PHONE
from tests.support.browser import Complaints
from tests.support.sending import run_sending_page

pytestmark = pytest.mark.full_argon2


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_named_secret_can_be_read_and_used_by_everybody(
    name: str, browser: Browser
) -> None:
    with (
        run_sending_page(people_auth="COGNITO") as served,
        visit(browser, Complaints(), served, **PHONE) as guest,
    ):
        STATES[name](guest)
        look_everywhere(guest.page, name)
