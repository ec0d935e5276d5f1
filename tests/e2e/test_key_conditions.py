"""The conditions on the KMS keys: with which encryption context, and through which service."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.core import iam_evaluator

from tests.support.deployment import Deployment

pytestmark = pytest.mark.embedded("the functions' roles trust Lambda only: see test_on_aws.py")

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
FUNCTIONS = ("create", "reveal", "page", "reap", "sweep", "audit", "stray", "reconcile", "letters")
STORES = ("dynamodb", "s3", "sqs")
# Which service may use the storage key for which function, and how.
THROUGH = {
    "create": {("dynamodb", "Decrypt"), ("s3", "Decrypt"), ("s3", "GenerateDataKey")},
    "reveal": {("dynamodb", "Decrypt"), ("s3", "Decrypt")},
    "page": set(),
    "reap": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
    "sweep": {("dynamodb", "Decrypt")},
    "audit": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
    "stray": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
    "reconcile": {("dynamodb", "Decrypt")},
    "letters": {("dynamodb", "Decrypt"), ("sqs", "Decrypt"), ("sqs", "GenerateDataKey")},
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
    calls: list[Callable[[], object]] = [
        lambda: kms.decrypt(KeyId=key, CiphertextBlob=wrapped),
        lambda: make_data_key(kms, key, {}),
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
    ]
    for call in calls:
        with pytest.raises(ClientError) as refused:
            call()
        assert code_of(refused) == "AccessDeniedException"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_service_uses_the_storage_key_for_a_function_that_uses_its_store(
    deployment: Deployment, function: str
) -> None:
    key, role = deployment.outputs["storage_key_arn"], deployment.role(function)
    evaluate = Evaluation(deployment, role, key)
    actions = ("Decrypt", "GenerateDataKey", "Encrypt")
    allowed = {
        (store, action)
        for store in STORES
        for action in actions
        if evaluate(f"kms:{action}", f"{store}.us-east-1.amazonaws.com")
    }
    assert allowed == THROUGH[function]


def test_without_the_right_to_its_key_a_table_is_closed(deployment: Deployment) -> None:
    """The embedded AWS asks for it too, so no right is missing that a function needs."""
    table = deployment.outputs["receipts_table_name"]
    dynamodb = deployment.session("reveal")("dynamodb")
    dynamodb.get_item(TableName=table, Key={"id": {"S": ID}})
    with deployment.denied("reveal", "kms:Decrypt"), pytest.raises(ClientError) as refused:
        dynamodb.get_item(TableName=table, Key={"id": {"S": ID}})
    assert code_of(refused) == "AccessDeniedException"


class Evaluation:
    """What a role's policies and a key's say together, by the emulator's own evaluation."""

    def __init__(self, deployment: Deployment, role: str, key: str) -> None:
        iam, name = deployment.client("iam"), role.rsplit("/", 1)[1]
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=name, PolicyName=each) for each in names]
        self.documents = [each["PolicyDocument"] for each in policies]
        kms: Any = deployment.client("kms")
        self.key_policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        self.role, self.key = role, key

    def __call__(self, action: str, service: str) -> bool:
        account = self.role.split(":")[4]
        context = iam_evaluator.EvalContext(
            self.role, "AssumedRole", account, action, self.key, "us-east-1"
        )
        context.service_context = {"kms:viaservice": service, "aws:viaawsservice": "true"}
        policies = [iam_evaluator.parse_policy_document(each) for each in self.documents]
        own = iam_evaluator.evaluate(context, policies)
        both = iam_evaluator.combine_resource_policy(
            own, context, self.key_policy, account, required=True
        )
        return bool(own.decision == both.decision == "Allow")
