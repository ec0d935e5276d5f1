"""The reveal service, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from burnbag_core import settings
from burnbag_core.aws import Lazy

from chalicelib import kinds
from chalicelib.attempts import AttemptCounters, Attempts
from chalicelib.claims import Claims
from chalicelib.door import Door
from chalicelib.files import Files
from chalicelib.keys import DataKeys
from chalicelib.recipient import Recipient
from chalicelib.settings import Settings
from chalicelib.store import Records
from chalicelib.views import Views

# Where a function's package has the page.
WEB: Final = Path(__file__).parents[1] / "web"


@dataclass(frozen=True)
class Service:
    """All that the routes need."""

    recipient: Recipient
    settings: Settings
    page: Any


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], clock: Callable[[], int]
) -> Service:
    """The service of one environment.

    `client` makes the client of an AWS service by its name; `clock` gives epoch seconds.
    Raises BadSettings.
    """
    config = settings.read(Settings, environ)
    dynamodb = client("dynamodb")
    recipient = Recipient(
        door=Door(Records(dynamodb, config), clock),
        kinds=kinds.all_kinds(Files(Lazy(lambda: client("s3")), config.files_bucket), clock),
        attempts=Attempts(AttemptCounters(dynamodb, config), clock),
        data_keys=DataKeys(client("kms"), config),
        views=Views(dynamodb, config),
        claims=Claims(dynamodb, config),
        clock=clock,
    )
    return Service(recipient, config, Lazy(lambda: open_page(config)))


def open_page(config: Settings, folder: Path = WEB) -> Any:
    """The page. It is imported when somebody visits it: no call of the API waits for it."""
    from chalicelib.page import Page

    return Page(folder, config.page)
