"""What only AWS shows, or AWS first: limits, metrics, its policy simulator, TLS.

The embedded AWS runs what it can of this, so that the tests themselves are tested.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.deployment import Deployment, assert_erased_in_time, until

ID = "A" * 22
FUNCTIONS = ("create", "reveal", "page", "reap", "sweep", "audit", "stray", "reconcile", "letters")
SECRETS, RECEIPTS, FILES = "secrets", "receipts", "files"
# What the simulator is asked of every function: action, what it is on, and who may.
QUESTIONS = [
    ("dynamodb:GetItem", SECRETS, {"reveal"}),
    ("dynamodb:PutItem", SECRETS, {"create"}),
    ("dynamodb:DeleteItem", SECRETS, {"create", "reveal"}),
    ("dynamodb:Scan", SECRETS, set()),
    ("dynamodb:Query", SECRETS, set()),
    ("dynamodb:Query", "overdue", {"sweep", "reconcile"}),
    ("dynamodb:PartiQLSelect", SECRETS, set()),
    ("dynamodb:PartiQLUpdate", SECRETS, set()),
    ("dynamodb:PartiQLDelete", SECRETS, {"sweep", "reconcile"}),
    ("dynamodb:ConditionCheckItem", SECRETS, {"stray", "reconcile"}),
    ("dynamodb:CreateBackup", SECRETS, set()),
    ("dynamodb:ExportTableToPointInTime", SECRETS, set()),
    ("dynamodb:GetItem", RECEIPTS, {"create", "reveal"}),
    ("dynamodb:PutItem", RECEIPTS, {"create"}),
    ("dynamodb:UpdateItem", RECEIPTS, {"create", "reveal"}),
    ("dynamodb:Scan", RECEIPTS, set()),
    ("dynamodb:PartiQLUpdate", RECEIPTS, {"reap", "reconcile"}),
    ("dynamodb:DeleteItem", RECEIPTS, set()),
    ("s3:PutObject", FILES, {"create"}),
    ("s3:GetObject", FILES, {"reveal"}),
    ("s3:DeleteObject", FILES, {"reap", "stray", "reconcile"}),
    ("kms:Encrypt", "sealing_key", set()),
    ("kms:CreateGrant", "sealing_key", set()),
    ("kms:PutKeyPolicy", "sealing_key", set()),
    ("kms:Sign", "receipt_key", {"create"}),
    ("iam:PassRole", "everything", set()),
    ("lambda:InvokeFunction", "everything", set()),
]
# What a presigned request does, so it comes from no function.
ELSEWHERE = {("s3:PutObject", "create"), ("s3:GetObject", "reveal")}
# With the conditions on the keys: the sealing key's context, and through which service.
CONDITIONAL = [
    ("kms:GenerateDataKey", {"create"}),
    ("kms:Decrypt", {"reveal"}),
]


@pytest.fixture(scope="module")
def resources(deployment: Deployment) -> dict[str, str]:
    outputs = deployment.outputs
    _, partition, _, region, account, _ = outputs["sealing_key_arn"].split(":")
    tables = f"arn:{partition}:dynamodb:{region}:{account}:table"
    return {
        "secrets": f"{tables}/{outputs['secrets_table_name']}",
        "overdue": f"{tables}/{outputs['secrets_table_name']}/index/overdue",
        "receipts": f"{tables}/{outputs['receipts_table_name']}",
        "files": f"arn:{partition}:s3:::{outputs['files_bucket_name']}/files/{ID}",
        "sealing_key": outputs["sealing_key_arn"],
        "receipt_key": outputs["receipt_key_arn"],
        "everything": "*",
    }


def simulate(
    deployment: Deployment, function: str, action: str, resource: str, **context: list[str]
) -> bool:
    """Whether AWS says that the function's role allows that."""
    entries = [
        {
            "ContextKeyName": name,
            "ContextKeyType": "stringList" if name.endswith("Keys") else "string",
            "ContextKeyValues": values,
        }
        for name, values in context.items()
    ]
    answer = deployment.client("iam").simulate_principal_policy(
        PolicySourceArn=deployment.role(function),
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=entries,
    )
    (result,) = answer["EvaluationResults"]
    return bool(result["EvalDecision"] == "allowed")


def source(deployment: Deployment, function: str) -> dict[str, list[str]]:
    """What Lambda says of a call: which function it comes from."""
    _, partition, _, region, account, _ = deployment.outputs["sealing_key_arn"].split(":")
    name = deployment.outputs["function_names"][function]
    arn = f"arn:{partition}:lambda:{region}:{account}:function:{name}"
    return {"lambda:SourceFunctionArn": [arn]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_policy_simulator_allows_what_is_needed_and_nothing_else(
    deployment: Deployment, resources: dict[str, str], function: str
) -> None:
    if not deployment.real:
        pytest.skip("the embedded AWS gives its simulator no context: see test_roles.py")
    for action, on, may in QUESTIONS:
        context = source(deployment, function)
        allowed = simulate(deployment, function, action, resources[on], **context)
        assert allowed == (function in may), f"{function}: {action} on {on}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_policy_simulator_allows_hardly_anything_outside_the_function(
    deployment: Deployment, resources: dict[str, str], function: str
) -> None:
    for action, on, _ in QUESTIONS:
        allowed = simulate(deployment, function, action, resources[on])
        assert allowed == ((action, function) in ELSEWHERE), f"{function}: {action} on {on}"


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("action", "may"), CONDITIONAL)
def test_the_sealing_key_needs_exactly_a_secrets_context(
    deployment: Deployment, resources: dict[str, str], function: str, action: str, may: set[str]
) -> None:
    if not deployment.real:
        pytest.skip("the embedded AWS gives its simulator no context: see test_key_conditions.py")
    environment = deployment.outputs["audit_log_group_name"].split("/")[2]
    prefix, key = "kms:EncryptionContext:burnbag:", resources["sealing_key"]
    right = source(deployment, function) | {
        f"{prefix}environment": [environment],
        f"{prefix}id": [ID],
        "kms:EncryptionContextKeys": ["burnbag:environment", "burnbag:id"],
    }
    assert simulate(deployment, function, action, key, **right) == (function in may)
    for wrong in (
        source(deployment, function),
        {name: right[name] for name in right if not name.endswith("burnbag:id")},
        right | {f"{prefix}environment": ["elsewhere"]},
        right | {"kms:EncryptionContextKeys": [*right["kms:EncryptionContextKeys"], "more"]},
    ):
        assert not simulate(deployment, function, action, key, **wrong), wrong


@pytest.mark.last
def test_large_texts_that_expire_together_are_erased_within_two_minutes(
    deployment: Deployment, large: list[dict[str, Any]]
) -> None:
    for sealed in large:
        receipt = deployment.erased(sealed)
        assert receipt["state"] == "expired"
        assert_erased_in_time(deployment, sealed["expires_at"], receipt["erased_at"])


def test_the_audit_events_become_metrics(deployment: Deployment) -> None:
    started, cloudwatch = datetime.now(UTC), deployment.client("cloudwatch")
    deployment.sealed()

    def look() -> list[Any]:
        found: list[Any] = cloudwatch.get_metric_statistics(
            Namespace="burnbag",
            MetricName="SecretsCreated",
            Dimensions=[
                {
                    "Name": "environment",
                    "Value": deployment.outputs["audit_log_group_name"].split("/")[2],
                }
            ],
            StartTime=started - timedelta(minutes=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        time.sleep(2)
        return found

    until(look, bool)


@pytest.fixture
def tls_1_0() -> Iterator[ssl.SSLContext]:
    """A client that speaks nothing newer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1
    yield context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_1_0_is_refused(deployment: Deployment, tls_1_0: ssl.SSLContext) -> None:
    if not deployment.real:
        pytest.skip("the embedded AWS speaks no TLS")
    host = urlsplit(deployment.stack.api_url).hostname or ""
    with socket.create_connection((host, 443), timeout=30) as plain:
        try:
            tls_1_0.wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLError as error:
            if "NO_PROTOCOLS_AVAILABLE" in str(error):
                pytest.skip("this machine's OpenSSL does not speak TLS 1.0")
            return
        except ConnectionError:
            return
    if ".execute-api." in host:
        pytest.xfail("AWS's default endpoint takes TLS 1.0 unless it has a security policy")
    pytest.fail("the domain takes TLS 1.0")
