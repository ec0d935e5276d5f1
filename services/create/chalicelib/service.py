"""The create service, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from burnbag_core import settings
from burnbag_core.aws import Lazy

from chalicelib.answering import Submitter
from chalicelib.files import Files
from chalicelib.index import ReceiptIndex
from chalicelib.keys import DataKeys
from chalicelib.listing import Listing
from chalicelib.part_files import COMPLETE_SECONDS, PartFiles
from chalicelib.parts import Parts
from chalicelib.people import People
from chalicelib.request_store import RequestStore
from chalicelib.requesting import Requester
from chalicelib.revoking import Revoker
from chalicelib.sender import Sender
from chalicelib.settings import Settings
from chalicelib.signatures import ReceiptSigner
from chalicelib.signing_keys import SigningKeys
from chalicelib.store import PeopleCounters, Store


@dataclass(frozen=True)
class Service:
    """All that the routes need."""

    sender: Sender
    signer: ReceiptSigner
    people: People
    listing: Listing
    revoker: Revoker
    parts: Parts
    requester: Requester
    submitter: Submitter
    submitters_parts: Parts
    settings: Settings


def build(
    environ: Mapping[str, str], client: Callable[..., Any], clock: Callable[[], int]
) -> Service:
    """The service of one environment.

    `client` makes the client of an AWS service by its name; `clock` gives epoch seconds.
    Raises BadSettings.
    """
    config = settings.read(Settings, environ)
    kms, dynamodb = client("kms"), client("dynamodb")
    store = Store(dynamodb, config)
    sender = Sender(
        store=store,
        data_keys=DataKeys(kms, config),
        files=Files(Lazy(lambda: client("s3")), config.files_bucket),
        settings=config,
        clock=clock,
    )
    signer = ReceiptSigner(sender, SigningKeys(kms, config))
    people = People(config, PeopleCounters(dynamodb, config.people_table), clock)
    listing = Listing(ReceiptIndex(dynamodb, config), clock)
    revoker = Revoker(listing, store, clock)
    patient = Lazy(lambda: client("s3", read_timeout=COMPLETE_SECONDS))
    part_files = PartFiles(patient, config.files_bucket)
    requests = RequestStore(store)
    submitter = Submitter(sender, requests)
    return Service(
        sender=sender,
        signer=signer,
        people=people,
        listing=listing,
        revoker=revoker,
        parts=Parts(sender, store, part_files),
        requester=Requester(sender, requests),
        submitter=submitter,
        submitters_parts=Parts(submitter, store, part_files),
        settings=config,
    )
