"""Opening a sealed secret: the passphrase attempt, the data key, the object, the content."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from burnbag_core.errors import Damaged, PassphraseWrong
from burnbag_core.records import Secret, View
from burnbag_core.sealing import CannotOpen, Content, KeyMaterial, unseal, unseal_file


class Ended(Exception):
    """The secret ended while it was being opened."""


class Missing(Exception):
    """S3 does not give the secret's object."""


class Attempts(Protocol):
    def reserve(self, secret: Secret, now: int) -> Secret | None: ...
    def hand_back(self, secret: Secret, now: int, unless_consumed: bool) -> None: ...
    def fail(self, secret: Secret, guess: View) -> int | None: ...


class DataKeys(Protocol):
    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes: ...


class Objects(Protocol):
    def get(self, secret_id: str) -> bytes | None: ...


@dataclass(frozen=True)
class Opener:
    """What opens the secrets of one environment; `clock` gives epoch seconds."""

    attempts: Attempts
    data_keys: DataKeys
    files: Objects
    clock: Callable[[], int]

    def reserved(self, secret: Secret) -> Secret:
        """The secret as it is with one passphrase attempt reserved for this call, if it needs one.

        Raises Ended, or Busy.
        """
        if not secret.passphrase:
            return secret
        reserved = self.attempts.reserve(secret, self.clock())
        if reserved is None:
            raise Ended
        return reserved

    def opened(self, secret: Secret, token: bytes, passphrase: str | None, guess: View) -> Content:
        """The whole content. Raises PassphraseWrong, Damaged, Ended or Missing."""
        keys = KeyMaterial(self.unwrapped(secret), token, passphrase, secret.salt)
        try:
            content = unseal(secret.header, secret.sealed, keys)
        except CannotOpen:
            if not secret.passphrase:
                raise Damaged from None
        else:
            return self.fetched(secret, content, keys)
        attempts_left = self.attempts.fail(secret, guess)
        if attempts_left is None:
            raise Ended
        raise PassphraseWrong(attempts_left)

    def unwrapped(self, secret: Secret) -> bytes:
        """The data key. Where KMS fails no guess was evaluated, so the attempt is handed back."""
        try:
            return self.data_keys.unwrap(secret.id, secret.wrapped_key)
        except Exception:
            self.handed_back(secret)
            raise

    def fetched(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content:
        """The whole content. The guess was right: whatever fails now hands its attempt back."""
        try:
            return self.whole(secret, content, keys)
        except Exception:
            self.handed_back(secret)
            raise

    def whole(self, secret: Secret, content: Content, keys: KeyMaterial) -> Content:
        """Of a file its bytes too; an upload's place was as was declared."""
        if secret.kind == "upload" and json.loads(content.data)["size"] != secret.size:
            raise Damaged
        if secret.kind != "file":
            return content
        sealed = self.files.get(secret.id)
        if sealed is None:
            raise Missing
        try:
            return replace(content, data=unseal_file(secret.header, sealed, keys))
        except CannotOpen:
            raise Damaged from None

    def handed_back(self, secret: Secret, *, unless_consumed: bool = False) -> None:
        """Give back the attempt that was reserved, if one was."""
        if secret.passphrase:
            self.attempts.hand_back(secret, self.clock(), unless_consumed)
