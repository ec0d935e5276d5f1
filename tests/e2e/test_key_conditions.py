"""The conditions on the KMS keys: with which encryption context, and through which service."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment

ID, ANOTHER = "A" * 22, "B" * 22
RIGHT = {"burnbag:id": ID, "burnbag:environment": "local"}
WRONG = {
    "no context": {},
    "no id": {"burnbag:environment": "local"},
    "no environment": {"burnbag:id": ID},
    "another environment": RIGHT | {"burnbag:environment": "prod"},
    "one key more": RIGHT | {"more": "x"},
    "another spelling": {"burnbag:id": ID, "Burnbag:Environment": "local"},
}
FUNCTIONS = ("create", "reveal", "reap", "sweep", "audit", "stray")
STORES = ("dynamodb", "s3", "sqs")
# Which service may use the storage key for which function, and how.
THROUGH = {
    "create": {("dynamodb", "Decrypt"), ("s3", "GenerateDataKey")},
    "reveal": {("dynamodb", "Decrypt"), ("s3", "Decrypt")},
    "reap": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
    "sweep": {("dynamodb", "Decrypt")},
    "audit": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
    "stray": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
}


def make_data_key(kms: Any, key: str, context: dict[str, str]) -> bytes:
    answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    wrapped: bytes = answer["CiphertextBlob"]
    return wrapped


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_secrets_own_context_makes_and_opens_a_data_key(deployment: Deployment) -> None:
    key = deployment.outputs["sealing_key_arn"]
    wrapped = make_data_key(deployment.session("create")("kms"), key, RIGHT)
    deployment.session("reveal")("kms").decrypt(
        KeyId=key, CiphertextBlob=wrapped, EncryptionContext=RIGHT
    )


@pytest.mark.parametrize("context", WRONG.values(), ids=WRONG)
def test_no_data_key_is_made_under_another_context(
    deployment: Deployment, context: dict[str, str]
) -> None:
    kms = deployment.session("create")("kms")
    with pytest.raises(ClientError) as refused:
        make_data_key(kms, deployment.outputs["sealing_key_arn"], context)
    assert code_of(refused) == "AccessDeniedException"


@pytest.mark.parametrize("context", WRONG.values(), ids=WRONG)
def test_no_data_key_is_opened_under_another_context(
    deployment: Deployment, context: dict[str, str]
) -> None:
    """Root makes the key under that context, so only the rights can refuse it."""
    key = deployment.outputs["sealing_key_arn"]
    wrapped = make_data_key(deployment.client("kms"), key, context)
    kms = deployment.session("reveal")("kms")
    with pytest.raises(ClientError) as refused:
        kms.decrypt(KeyId=key, CiphertextBlob=wrapped, EncryptionContext=context)
    assert code_of(refused) == "AccessDeniedException"


def test_another_secrets_context_opens_nothing(deployment: Deployment) -> None:
    key = deployment.outputs["sealing_key_arn"]
    wrapped = make_data_key(deployment.session("create")("kms"), key, RIGHT)
    kms, context = deployment.session("reveal")("kms"), RIGHT | {"burnbag:id": ANOTHER}
    with pytest.raises(ClientError) as refused:
        kms.decrypt(KeyId=key, CiphertextBlob=wrapped, EncryptionContext=context)
    assert code_of(refused) == "InvalidCiphertextException"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_uses_the_storage_key_itself(deployment: Deployment, function: str) -> None:
    key = deployment.outputs["storage_key_arn"]
    wrapped = make_data_key(deployment.client("kms"), key, {})
    kms = deployment.session(function)("kms")
    calls = {
        "Decrypt": lambda: kms.decrypt(KeyId=key, CiphertextBlob=wrapped),
        "GenerateDataKey": lambda: make_data_key(kms, key, {}),
        "Encrypt": lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
    }
    for call in calls.values():
        with pytest.raises(ClientError) as refused:
            call()
        assert code_of(refused) == "AccessDeniedException"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_service_uses_the_storage_key_for_a_function(
    deployment: Deployment, function: str
) -> None:
    """As IAM's policy simulator tells: the emulator's services never use a key."""
    allowed = {
        (store, action)
        for store in STORES
        for action in ("Decrypt", "GenerateDataKey", "Encrypt")
        if simulate(deployment, function, action, f"{store}.us-east-1.amazonaws.com")
    }
    assert allowed == THROUGH[function]


def simulate(deployment: Deployment, function: str, action: str, service: str) -> bool:
    """Whether a function's role lets a service use the storage key for it."""
    via = {"ContextKeyName": "kms:ViaService", "ContextKeyValues": [service]}
    (result,) = deployment.client("iam").simulate_principal_policy(
        PolicySourceArn=deployment.role(function),
        ActionNames=[f"kms:{action}"],
        ResourceArns=[deployment.outputs["storage_key_arn"]],
        ContextEntries=[via | {"ContextKeyType": "string"}],
    )["EvaluationResults"]
    return bool(result["EvalDecision"] == "allowed")
