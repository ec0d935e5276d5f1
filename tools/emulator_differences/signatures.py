"""Signatures (SigV4): those of root are checked too, and over the body that arrived.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
from typing import Any, Final

from ministack import app
from ministack.core import iam_evaluator, sigv4

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {
    app: "pin_signed_request",
    iam_evaluator: "SignedRequest _signed_request is_root_access_key",
    sigv4: "header_signature_failure decode_header_value SIGNATURE_MISMATCH",
}
ALGORITHM: Final = "AWS4-HMAC-SHA256 "
DECLARED_HASH: Final = "x-amz-content-sha256"


def correct() -> None:
    check_root()
    check_the_body()


def check_root() -> None:
    """Check the signatures of root's key, which the emulator takes as they are.

    The embedded AWS is used as root (`make up` says so), so a call that is signed wrongly would
    work there and fail on AWS.
    """
    pin = app.pin_signed_request

    def pin_root_too(
        method: str, path: str, query: Any, headers: list[tuple[bytes, bytes]], *rest: Any
    ) -> None:
        pin(method, path, query, headers, *rest)
        found = join_lines(headers)
        key = root_key(found.get("authorization", ""))
        if key and iam_evaluator._signed_request.get() is None:
            request = iam_evaluator.SignedRequest(key, method, path, query, found)
            iam_evaluator._signed_request.set(request)

    app.pin_signed_request = pin_root_too


def join_lines(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """SigV4 signs a header that has several lines as their values with commas between."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), sigv4.decode_header_value(value)
        joined[key] = f"{joined[key]},{text}" if key in joined else text
    return joined


def root_key(authorization: str) -> str | None:
    """The access key that signed, if it is root's."""
    _, credential, rest = authorization.partition("Credential=")
    key = rest.partition("/")[0]
    signed = authorization.startswith(ALGORITHM) and credential and key
    return key if signed and iam_evaluator.is_root_access_key(key) else None


def check_the_body() -> None:
    """Compare the hash that a request declares with its body's; only S3 takes a declared one."""
    check = sigv4.header_signature_failure

    def check_body_too(signature: Any, secret: str, *request: Any, **options: Any) -> Any:
        _method, _path, _query, headers, body = request
        declared = headers.get(DECLARED_HASH)
        if signature.service != "s3" and declared not in (None, hashlib.sha256(body).hexdigest()):
            return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
        return check(signature, secret, *request, **options)

    sigv4.header_signature_failure = check_body_too
