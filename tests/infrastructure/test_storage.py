"""The storage module, applied by Terraform and looked at with boto3."""

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pytest_terraform import terraform

from tests.support.services import load
from tools.checkout import BUILD, TERRAFORM

HERE = Path(__file__).parent
# Where pytest-terraform looks for modules: see tests/conftest.py.
MODULES = BUILD / "infrastructure"


@pytest.fixture(scope="module", autouse=True)
def storage_module() -> None:
    """The storage module, in a root module of its own."""
    shutil.rmtree(MODULES / "storage", ignore_errors=True)
    shutil.copytree(HERE / "storage", MODULES / "storage")
    module = TERRAFORM / "modules" / "burnbag" / "modules" / "storage"
    shutil.copytree(module, MODULES / "storage" / "modules" / "storage")


@pytest.fixture
def outputs(storage: Any) -> dict[str, Any]:
    values: dict[str, Any] = storage.outputs["storage"]["value"]
    return values


@terraform("storage", scope="module")
def test_the_secrets_stream_carries_keys_only_and_nothing_keeps_a_backup(
    outputs: dict[str, Any],
) -> None:
    table = described(outputs["secrets_table"]["name"])
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert recovery(outputs["secrets_table"]["name"]) == "DISABLED"
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "overdue"
    assert index["Projection"]["ProjectionType"] == "KEYS_ONLY"
    assert [(k["AttributeName"], k["KeyType"]) for k in index["KeySchema"]] == [
        ("expiry_shard", "HASH"),
        ("erase_at", "RANGE"),
    ]


@terraform("storage", scope="module")
def test_the_receipts_stream_carries_both_images_and_backups_are_kept(
    outputs: dict[str, Any],
) -> None:
    table = described(outputs["receipts_table"]["name"])
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert recovery(outputs["receipts_table"]["name"]) == "ENABLED"


@terraform("storage", scope="module")
def test_both_tables_expire_and_are_encrypted_with_the_storage_key(
    outputs: dict[str, Any],
) -> None:
    dynamodb = boto3.Session().client("dynamodb")
    for name, attribute in (("secrets_table", "erase_at"), ("receipts_table", "purge_at")):
        table = outputs[name]["name"]
        ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", attribute)
        encryption = described(table)["SSEDescription"]
        assert (encryption["SSEType"], encryption["KMSMasterKeyArn"]) == (
            "KMS",
            outputs["storage_key_arn"],
        )


@terraform("storage", scope="module")
def test_both_keys_rotate_and_are_not_the_same(outputs: dict[str, Any]) -> None:
    kms = boto3.Session().client("kms")
    arns = {outputs["sealing_key_arn"], outputs["storage_key_arn"]}
    assert len(arns) == 2
    for arn in arns:
        assert kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]


@terraform("storage", scope="module")
def test_every_generation_has_its_key_for_receipts_and_the_newest_signs(
    outputs: dict[str, Any],
) -> None:
    kms, arns = boto3.Session().client("kms"), tuple(outputs["receipt_key_arns"])
    for arn in arns:
        key = kms.describe_key(KeyId=arn)["KeyMetadata"]
        assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    newest = kms.describe_key(KeyId="alias/burnbag-alone-receipts")["KeyMetadata"]["Arn"]
    assert newest == arns[-1]
    settings = SimpleNamespace(receipt_key_arns=arns)
    keys = load("create", "chalicelib.signing_keys").SigningKeys(kms, settings)
    digest = hashlib.sha256(b"a receipt").digest()
    public: list[Any] = [load_der_public_key(key) for key in keys.public_keys()]
    old, new = public
    signature, algorithm = keys.sign(digest), ec.ECDSA(Prehashed(hashes.SHA256()))
    new.verify(signature, digest, algorithm)
    with pytest.raises(InvalidSignature):
        old.verify(signature, digest, algorithm)


@terraform("storage", scope="module")
def test_the_bucket_is_private_encrypted_and_keeps_no_versions(outputs: dict[str, Any]) -> None:
    s3, bucket = boto3.Session().client("s3"), outputs["files_bucket"]["name"]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": outputs["storage_key_arn"],
    }
    assert s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled"
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert any("Expiration" in rule for rule in rules)
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def described(table: str) -> Any:
    return boto3.Session().client("dynamodb").describe_table(TableName=table)["Table"]


def recovery(table: str) -> str:
    backups = boto3.Session().client("dynamodb").describe_continuous_backups(TableName=table)
    described = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    status: str = described["PointInTimeRecoveryStatus"]
    return status
