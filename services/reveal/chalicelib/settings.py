"""What the reveal service needs to know of its environment; Terraform sets it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`receipt_retention` is in seconds. `people_client_id` is empty where nobody signs in."""

    environment: str
    secrets_table: str
    receipts_table: str
    files_bucket: str
    sealing_key_arn: str
    receipt_retention: int
    record_source_ip: bool
    people_client_id: str
