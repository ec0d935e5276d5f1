"""The kinds of secrets: where the bytes of each are, and how its reveal is answered."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core.errors import Damaged, Incomplete
from burnbag_core.records import Claim, Secret
from burnbag_core.sealing import CannotOpen, Content, KeyMaterial, unseal_file

from chalicelib.claims import ClaimRequest
from chalicelib.door import ObjectMissing

# How long a consumed view can be fetched again, in seconds. An upload's link is good as long, and
# this long for each 5 GiB: who has a line of 6 MB/s can go on with a download that broke off.
ANSWER_WINDOW: Final = 120
DOWNLOAD_WINDOW: Final = 900
DOWNLOAD_BYTES: Final = 5 * 1024**3


class Objects(Protocol):
    def get(self, secret_id: str) -> bytes | None: ...
    def size(self, secret_id: str) -> int | None: ...
    def presign_get(self, secret_id: str, seconds: int) -> str: ...


class Kind(Protocol):
    """How one kind of secret is revealed."""

    def request_claim(
        self, secret: Secret, key: str | None, owner: str = ""
    ) -> ClaimRequest | None:
        """The claim that a reveal asks for, for `owner`."""

    def check_arrival(self, secret: Secret) -> None:
        """Raise Incomplete or ObjectMissing where there is nothing to reveal yet."""

    def fetch(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content | None:
        """What the answer carries; `content` lay in the record. Raises ObjectMissing or Damaged."""

    def describe_download(
        self, secret: Secret, claim: Claim, request: ClaimRequest | None
    ) -> Mapping[str, Any]:
        """The part of the answer that tells where to get what it does not carry."""


@dataclass(frozen=True)
class File:
    """A file's name lies in its record, its bytes in an object, sealed as well."""

    objects: Objects

    def request_claim(
        self, secret: Secret, key: str | None, owner: str = ""
    ) -> ClaimRequest | None:
        return ClaimRequest(key, ANSWER_WINDOW, owner) if key else None

    def check_arrival(self, secret: Secret) -> None:
        """Who has the link got it after the object was stored."""

    def fetch(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content | None:
        sealed = self.objects.get(secret.id)
        if sealed is None:
            raise ObjectMissing
        try:
            return replace(content, data=unseal_file(secret.header, sealed, keys))
        except CannotOpen:
            raise Damaged from None

    def describe_download(
        self, secret: Secret, claim: Claim, request: ClaimRequest | None
    ) -> Mapping[str, Any]:
        return {}


class Text(File):
    """A short text lies in its record. A longer one lies in an object, as a file's bytes do.

    No text is empty, so what was sealed in the record tells which it is, and nobody can forge it.
    """

    def fetch(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content | None:
        return content if content.data else super().fetch(secret, content, keys)


@dataclass(frozen=True)
class Upload:
    """An upload is an object that never passes through here: the answer has a link to it.

    It is always claimed, because the link must be good for as long as the download may take.
    """

    objects: Objects
    clock: Callable[[], int]

    def request_claim(self, secret: Secret, key: str | None, owner: str = "") -> ClaimRequest:
        seconds = DOWNLOAD_WINDOW * max(1, -(-secret.size // DOWNLOAD_BYTES))
        return ClaimRequest(key or secrets.token_urlsafe(32), seconds, owner)

    def check_arrival(self, secret: Secret) -> None:
        size = self.objects.size(secret.id)
        if size is None and secret.views_left < secret.max_views:
            # Once it was viewed, it was there.
            raise ObjectMissing
        if size != secret.size:
            raise Incomplete

    def fetch(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content | None:
        if json.loads(content.data)["size"] != secret.size:
            raise Damaged
        return None

    def describe_download(
        self, secret: Secret, claim: Claim, request: ClaimRequest | None
    ) -> Mapping[str, Any]:
        url = self.objects.presign_get(secret.id, max(1, claim.until - self.clock()))
        return {
            "download": {"url": url, "expires_at": claim.until},
            "idempotency_key": request.key if request else None,
        }


def all_kinds(objects: Objects, clock: Callable[[], int]) -> dict[str, Kind]:
    """Every kind by its name, as the header has it."""
    return {"text": Text(objects), "file": File(objects), "upload": Upload(objects, clock)}
