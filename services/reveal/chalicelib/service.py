"""The reveal service, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from burnbag_core import settings
from burnbag_core.aws import Lazy

from chalicelib import kinds
from chalicelib.attempts import AttemptCounters, Attempts
from chalicelib.claims import Claims
from chalicelib.door import Door
from chalicelib.files import Files
from chalicelib.keys import DataKeys
from chalicelib.recipient import Recipient
from chalicelib.refusals import Refusals
from chalicelib.settings import Settings
from chalicelib.store import Records
from chalicelib.views import Views


@dataclass(frozen=True)
class Service:
    """All that the routes need."""

    recipient: Recipient
    settings: Settings


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
        door=Door(Records(dynamodb, config), Refusals(dynamodb, config), clock),
        kinds=kinds.all_kinds(Files(Lazy(lambda: client("s3")), config.files_bucket), clock),
        attempts=Attempts(AttemptCounters(dynamodb, config), clock),
        data_keys=DataKeys(client("kms"), config),
        views=Views(dynamodb, config),
        claims=Claims(dynamodb, config),
        clock=clock,
    )
    return Service(recipient, config)
