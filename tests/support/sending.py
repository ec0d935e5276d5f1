"""The page of a burnbag whose people may send, beside one in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.support import api
from tests.support.page import FACTS, PageHandler
from tests.support.provider import Provider
from tests.support.server import Place, Served, run_place
from tests.support.services import ENVIRON

NAMES: Final = ("default_ttl", "min_ttl", "max_ttl", "max_views")
SIZES: Final = ("max_secret_bytes", "max_file_bytes", "max_upload_bytes")
LIMITS: Final = {name: int(ENVIRON[name.upper()]) for name in (*NAMES, *SIZES)}


class SendingHandler(PageHandler):
    """The page, its sign-in, and the calls for people: the recipient's as they are, the sender's as
    for services, without a signature.
    """

    def call(self, request: str) -> None:
        path, _, query = self.path.removeprefix("/live").partition("?")
        if path.startswith(("/oauth2/", "/logout")):
            return self.answer(*self.served.provider.answer(path, query, self.read_body()))
        if not api.is_recipients(self.command, path):
            self.path = self.path.replace("/live/people/", "/live/v1/", 1)
            request = request.replace("/live/people/", "/live/v1/", 1)
        super().call(request)

    def is_signed(self) -> bool:
        return True


@contextmanager
def run_sending_page(**facts: Any) -> Iterator[Served]:
    """A new and empty burnbag with its page. `facts` override what its `config.json` says."""
    with run_place(configure(**facts)) as place:
        yield begin_sending(place)


def configure(**facts: Any) -> type[SendingHandler]:
    """What answers at a place where this is so."""
    found = {**FACTS, "people_auth": "NONE", "limits": LIMITS, **facts}
    return type("Configured", (SendingHandler,), {"facts": found})


def begin_sending(place: Place) -> Served:
    """A new and empty burnbag there, and the provider that its people sign in at, if they do."""
    served, handler = place.begin(), place.handler
    assert issubclass(handler, SendingHandler)
    served.provider = Provider(served.people)
    if handler.facts["people_auth"] == "COGNITO":
        # Read with each request; the URL is not known before.
        handler.facts = {**handler.facts, "sign_in": sign_in_facts(served.url)}
    return served


def sign_in_facts(url: str) -> dict[str, str]:
    """What the page is told of the provider at its own origin."""
    return {
        "authorize_url": f"{url}/oauth2/authorize",
        "token_url": f"{url}/oauth2/token",
        "revoke_url": f"{url}/oauth2/revoke",
        "logout_url": f"{url}/logout",
        "client_id": "page",
        "scope": "openid email",
        "redirect_url": f"{url}/",
    }
