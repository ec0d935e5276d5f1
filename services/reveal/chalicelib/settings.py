"""What the reveal service needs to know of its environment; Terraform sets it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """`receipt_retention` is in seconds; `page` is what the page's config.json tells of the stack.

    {"people_auth": null, "sign_in": null, "files_origin": …,
     "brand": {"name", "accent", "logo_url", "imprint_url", "help_url"},
     "limits": {"default_ttl", "min_ttl", "max_ttl", "max_views", "max_secret_bytes", …}}
    """

    environment: str
    secrets_table: str
    receipts_table: str
    files_bucket: str
    sealing_key_arn: str
    receipt_retention: int
    record_source_ip: bool
    page: dict[str, Any]
