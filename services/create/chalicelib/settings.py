"""What an environment lets its senders do; Terraform sets it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Durations in seconds, sizes in bytes.

    `people_auth` is "COGNITO", "NONE", or empty where people don't send; then the others are empty
    too.
    """

    environment: str
    secrets_table: str
    receipts_table: str
    files_bucket: str
    sealing_key_arn: str
    receipt_key_arns: tuple[str, ...]
    link_base_url: str
    default_ttl: int
    min_ttl: int
    max_ttl: int
    max_views: int
    max_secret_bytes: int
    max_file_bytes: int
    max_upload_bytes: int
    receipt_retention: int
    record_source_ip: bool
    people_auth: str
    people_client_id: str
    people_table: str
    people_per_hour: int
