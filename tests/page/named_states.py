"""Every state that a secret for named people brings, in opening and in sending it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import expect

from tests.page.named import ADA, EVE, ROLE, Guest
from tests.page.sender import Sender

Reach = Callable[[Guest], None]


@dataclass(frozen=True)
class State:
    """How somebody gets there, and whether the page is of no use to anybody else afterwards."""

    reach: Reach
    alone: bool


STATES: Final[dict[str, State]] = {}
# As long as they get: what is shown has to break them.
LONG: Final = f"augusta-ada.king-noel.countess-of-lovelace@{'department.' * 4}example.com"
LONG_ROLE: Final = "arn:aws:iam::123456789012:role/a-role-whose-name-goes-on-and-on-and-on"


def state(*, alone: bool = False) -> Callable[[Reach], Reach]:
    def note(reach: Reach) -> Reach:
        STATES[reach.__name__.replace("_", "-")] = State(reach, alone)
        return reach

    return note


@state()
def named(guest: Guest) -> None:
    guest.meet()


@state()
def named_with_command(guest: Guest) -> None:
    guest.meet(ROLE, ADA)


@state()
def named_roles_only(guest: Guest) -> None:
    guest.meet(ROLE)


@state()
def named_nobody(guest: Guest) -> None:
    """Whoever runs it has switched the sign-in off."""
    facts = guest.page.request.get(guest.url("config.json")).json()
    guest.page.route(
        "**/config.json",
        lambda route: route.fulfill(json={**facts, "people_auth": None, "sign_in": None}),
    )
    guest.meet(ROLE, ADA)


@state(alone=True)
def named_blocked(guest: Guest) -> None:
    guest.page.add_init_script("window.open = () => null")
    guest.meet()
    guest.press("Sign in")
    guest.wait_for("Your browser has not opened the new tab.")


@state()
def named_refused(guest: Guest) -> None:
    guest.provider.refusal = "Ada is on holiday"
    guest.meet()
    guest.sign_in()
    guest.wait_for("Signing in did not work.")


@state()
def named_wrong(guest: Guest) -> None:
    guest.provider.email = LONG
    guest.meet(ROLE, ADA)
    guest.sign_in()
    guest.wait_for("This is the wrong account")


@state()
def named_wrong_blocked(guest: Guest) -> None:
    named_wrong(guest)
    guest.page.evaluate("() => { window.open = () => null; }")
    guest.press("Sign in as somebody else")
    guest.wait_for("Your browser has not opened the new tab.")


@state()
def named_unverified(guest: Guest) -> None:
    guest.provider.verified = False
    guest.meet()
    guest.sign_in()
    guest.wait_for("Your address is not verified")


@state()
def named_over(guest: Guest) -> None:
    guest.pass_door()
    guest.refuse_once("/reveal")
    guest.take_steps()
    guest.wait_for("Please sign in again")


@state()
def named_closed(guest: Guest) -> None:
    guest.pass_door()


@state(alone=True)
def named_signed_in(guest: Guest) -> None:
    """The other tab, where a browser does not let it close itself."""
    guest.context.add_init_script("window.close = () => undefined")
    guest.meet()
    other = guest.sign_in()
    expect(other.get_by_text("You are signed in. Close this tab")).to_be_visible()
    guest.page.close()
    guest.page = other


def begin(guest: Guest) -> Sender:
    sender = Sender(guest.page, guest.served)
    guest.page.goto(guest.url("#send"))
    sender.press("Sign in")
    expect(sender.heading("Send a secret")).to_be_visible()
    return sender


@state()
def send_to_named(guest: Guest) -> None:
    sender = begin(guest)
    sender.type("hunter2")
    sender.name(f"{ADA}\n@example.org\n{ROLE}")


@state()
def send_to_nobody_known(guest: Guest) -> None:
    sender = begin(guest)
    sender.type("hunter2")
    sender.name("arn:aws:sts::123456789012:assumed-role/billing/session-of-this-morning")
    sender.go()
    sender.says("Name the role itself")


@state()
def sent_to_named(guest: Guest) -> None:
    sender = begin(guest)
    sender.type("hunter2")
    sender.name(f"{LONG}\n{LONG_ROLE}\n{ADA}")
    sender.send()


@state()
def receipt_of_named(guest: Guest) -> None:
    guest.send_to(LONG, LONG_ROLE, ADA)
    show_receipt(guest)


@state()
def receipt_of_refused(guest: Guest) -> None:
    link = guest.send_to(LONG, LONG_ROLE, ADA)
    for _ in range(3):
        guest.try_as(EVE, link)
    show_receipt(guest)


def show_receipt(guest: Guest) -> None:
    sent = guest.sent[-1]
    guest.page.goto(guest.url(f"#receipt.{sent.id}.{sent.receipt_token}"))
    guest.sign_in()
    guest.wait_for("Nobody has opened it yet.")
