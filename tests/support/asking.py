"""Requests in a `World`, as who asks and who answers make them."""

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from burnbag_core.capability import Capability
from burnbag_core.records import Caller
from burnbag_format import base64url

from tests.support.services import load

if TYPE_CHECKING:  # it brings moto, which the benchmarks do without
    from tests.support.world import World

REQUESTER = Caller("arn:aws:iam::1:role/requester", "192.0.2.1", "burnbag/1")
SUBMITTER = Caller(None, "192.0.2.9", "curl/8")
SEALED_KEY_BYTES = 129


@dataclass(frozen=True)
class Submission:
    """An answer as its submitter sends it, again and again if need be."""

    data: bytes = b"encrypted"
    kind: str = "text"
    token: bytes = b"t" * 32
    sealed_key: bytes = field(default=b"\x04" + b"k" * (SEALED_KEY_BYTES - 1))

    @property
    def keys(self) -> dict[str, str]:
        return {
            "token": base64url.encode(self.token),
            "sealed_key": base64url.encode(self.sealed_key),
        }

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of its request; of a form, the file is apart."""
        if self.kind == "text":
            return self.keys | {"secret_base64": base64.b64encode(self.data).decode()}
        if self.kind == "file":
            return self.keys
        return self.keys | {"size": len(self.data)} | ({"parts": True} if self.in_parts else {})

    @property
    def in_parts(self) -> bool:
        return self.kind == "parts"

    def link(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the requester has of it: the ordinary link's id and token."""
        return {"id": asked["id"], "token": base64url.encode(self.token)}


def ask(world: "World", key: str | None = None, by: Caller = REQUESTER, **fields: Any) -> Any:
    """Ask for a secret; the answer."""
    wish = load("create", "chalicelib.requesting").read_wish(fields, world.create.settings)
    return world.create.requester.ask(wish, by, key)


def submit(world: "World", asked: dict[str, Any], sent: Submission, by: Caller = SUBMITTER) -> Any:
    """Answer a request; the answer to that."""
    answering, form = (load("create", f"chalicelib.{name}") for name in ("answering", "form"))
    settings = world.create.settings

    def read_answer(receipt: Any) -> Any:
        if sent.kind == "file":
            file = form.File(sent.data, "encrypted", "application/octet-stream")
            return answering.read_form_answer({**sent.fields, "file": file}, receipt, settings)
        return answering.read_json_answer(sent.fields, receipt, settings)

    return world.create.submitter.submit(submit_capability(asked), read_answer, by)


def submit_capability(asked: dict[str, Any]) -> Capability:
    """What the submitter holds."""
    return Capability.parse(asked["id"], asked["submit_token"])


def answer_of(world: "World", asked: dict[str, Any], sent: Submission) -> str:
    """What the requester gets: the text, or of an upload the link to it."""
    return world.reveal(sent.link(asked))[0]
