"""What a burnbag in one process has instead of AWS: a clock, keys, counters and files."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tests.support.services import load

START = 1_800_000_000


@dataclass
class Clock:
    """Epoch seconds that pass only when told to."""

    now: int = START

    def __call__(self) -> int:
        return self.now


class FakeKeys:
    """KMS without KMS: a wrapped key opens under its own secret's id only."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, bytes], bytes] = {}

    def generate(self, secret_id: str) -> tuple[bytes, bytes]:
        number = len(self.keys).to_bytes(4, "big")
        wrapped = b"wrapped" + number
        self.keys[secret_id, wrapped] = b"\x07" * 28 + number
        return self.keys[secret_id, wrapped], wrapped

    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes:
        return self.keys[secret_id, wrapped_key]


class FakeSigningKeys:
    """Receipt keys without KMS, one for each generation."""

    def __init__(self, generations: int = 1) -> None:
        self.keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(generations)]

    def public_keys(self) -> list[bytes]:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return [
            key.public_key().public_bytes(serialization.Encoding.DER, form) for key in self.keys
        ]

    def newest(self) -> bytes:
        return self.public_keys()[-1]

    def sign(self, digest: bytes) -> bytes:
        return self.keys[-1].sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))


@dataclass
class FakeCounters:
    """How often each person has sent, in memory."""

    sent: dict[str, int] = field(default_factory=dict)

    def count(self, counter: str, limit: int, until: int) -> bool:
        self.sent[counter] = self.sent.get(counter, 0) + 1
        return self.sent[counter] <= limit


@dataclass
class FakeFiles:
    """The bucket in memory, for both sides and the reaper."""

    url: str = "https://files.example"
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, tuple[Any, bytes]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Here and not where a part comes: loading moves modules about, and parts come in threads.
        self.make_part = load("create", "chalicelib.part_files").Arrived

    def put(self, secret_id: str, sealed: bytes) -> None:
        self.objects[secret_id] = sealed

    def presign_post(self, secret_id: str, size: int, until: int, now: int) -> dict[str, Any]:
        fields = {"key": secret_id}
        return {"url": "https://files.example", "fields": fields, "expires_at": until}

    def get(self, secret_id: str) -> bytes | None:
        return self.objects.get(secret_id)

    def size(self, secret_id: str) -> int | None:
        return len(self.objects[secret_id]) if secret_id in self.objects else None

    def presign_get(self, secret_id: str, seconds: int) -> str:
        return f"https://files.example/{secret_id}?seconds={seconds}"

    def put_part(self, secret_id: str, receipt: Any, number: int, data: bytes) -> None:
        self.store_part(receipt.upload_id, number, data)

    def store_part(self, upload_id: str, number: int, data: bytes) -> None:
        digest = b64encode(sha256(data).digest()).decode()
        part = self.make_part(number, len(data), digest, f"etag-{digest}")
        self.uploads[upload_id][number] = part, data

    def unfinished(self) -> int:
        return len(self.uploads)

    def abort(self, upload_id: str | None) -> None:
        self.uploads.pop(upload_id or "", None)

    def delete(self, ids: list[str]) -> None:
        for secret_id in ids:
            self.objects.pop(secret_id, None)

    def ids(self) -> set[str]:
        return set(self.objects)


class FakeParts:
    """Uploads in parts, as S3 has them, in memory: what is put is what was signed."""

    def __init__(self, files: FakeFiles) -> None:
        self.files = files
        self.uploads = files.uploads

    def begin(self, secret_id: str) -> str:
        upload_id = f"{len(self.uploads)}-{secret_id}"
        self.uploads[upload_id] = {}
        return upload_id

    def presign(self, secret_id: str, upload_id: str, part: Any, seconds: int) -> str:
        where = {"uploadId": upload_id, "partNumber": part.number, "length": part.size}
        return f"{self.files.url}/bucket/{secret_id}?{urlencode(where)}&X-Amz-Signature=1"

    def find_parts(self, secret_id: str, upload_id: str, after: int) -> list[Any] | None:
        if (parts := self.uploads.get(upload_id)) is None:
            return None
        return [part for n, (part, _) in sorted(parts.items()) if n > after][:1000]

    def complete(self, secret_id: str, upload_id: str, parts: list[Any], size: int) -> bool:
        stored = self.uploads.pop(upload_id, None)
        if stored is None:
            return False
        data = b"".join(stored[part.number][1] for part in parts)
        assert len(data) == size
        self.files.put(secret_id, data)
        return True
