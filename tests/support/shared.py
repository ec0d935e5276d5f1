"""What every test would make anew and none needs for itself: it is made once per process."""

import copy
import functools
import os
from typing import Any

from botocore.session import Session
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from httpx._transports import default
from moto.kms import models, utils


def share_keys() -> None:
    """Give all of moto's symmetric KMS keys one RSA key. Called once, by conftest.py.

    moto makes an RSA key for every KMS key, also for a symmetric one, which has no use for it. That
    was three quarters of the time that a world on moto took.
    """
    make: Any = models.generate_private_key  # type: ignore[attr-defined]
    make_once = functools.cache(make)

    def generate_private_key(key_spec: str) -> Any:
        return make(key_spec) if key_spec.startswith("ECC_") else make_once(key_spec)

    models.generate_private_key = generate_private_key  # type: ignore[attr-defined]


def share_certificates() -> None:
    """Give all HTTP clients one TLS context as long as the environment names the same certificates.

    Called once, by conftest.py. Reading a hundred certificates took most of what a client takes.
    """
    make: Any = default.create_ssl_context  # type: ignore[attr-defined]
    make_once = functools.cache(lambda named, **how: make(**how))

    def create_ssl_context(**how: Any) -> Any:
        named = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        return make_once(named, **how)

    default.create_ssl_context = create_ssl_context  # type: ignore[assignment, attr-defined]


def share_handlers() -> None:
    """Give all sessions of botocore copies of the handlers of one. Called once, by conftest.py.

    Each would look at the signatures of hundreds of functions: most of what a session takes, and
    a client of burnbag has one.
    """
    register: Any = Session._register_builtin_handlers  # type: ignore[attr-defined]
    registered: list[Any] = []

    def copy_handlers(self: Any, events: Any) -> None:
        if registered:
            events._emitter = self._original_handler = copy.copy(registered[0])
        else:
            register(self, events)
            registered.append(copy.copy(self._original_handler))

    Session._register_builtin_handlers = copy_handlers  # type: ignore[attr-defined]


def sign_digests() -> None:
    """Let moto's keys on P-256 sign a digest as one. Called once, by conftest.py.

    moto overlooks `MessageType` and would hash a digest once more, which KMS does not.
    """

    def sign(self: Any, digest: bytes, signing_algorithm: str) -> bytes:
        assert signing_algorithm == "ECDSA_SHA_256"
        found: bytes = self.private_key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return found

    utils.ECDSAPrivateKey.sign = sign  # type: ignore[method-assign, assignment]
