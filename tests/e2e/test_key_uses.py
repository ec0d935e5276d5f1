"""`burnbag audit --cloudtrail` on the embedded AWS's own records: who decrypted past reveal."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cli import Machine
from tests.support.deployment import Deployment, until

pytestmark = pytest.mark.embedded("root opens a secret past reveal, which AWS refuses root too")


@pytest.fixture
def began() -> str:
    """When the test began: what was done before it is read at two pages a second."""
    return datetime.now(UTC).isoformat()


@pytest.fixture
def machine(tmp_path: Path, deployment: Deployment) -> Machine:
    machine = Machine(tmp_path)
    machine.env |= {
        "AWS_ENDPOINT_URL": deployment.stack.aws_endpoint_url,
        "AWS_REGION": deployment.stack.region,
        "BURNBAG_AUDIT_LOG_GROUP": deployment.outputs["audit_log_group_name"],
    }
    return machine


def ask(
    machine: Machine, deployment: Deployment, began: str, secret_id: str
) -> list[dict[str, Any]]:
    """What nothing explains of one secret: other tests of the session open others past reveal."""
    key = deployment.outputs["sealing_key_arn"]
    ran = machine.run("audit", "--cloudtrail", "--sealing-key", key, "--since", began, "--json")
    assert ran.code in (0, 9), ran.err
    rows = [json.loads(line) for line in ran.text.splitlines()]
    return [row for row in rows if row["secret_id"] == secret_id]


def decrypt(kms: Any, deployment: Deployment, sealed: dict[str, Any]) -> bytes:
    """The data key of a secret, taken out of its record and opened with its context."""
    environment = deployment.outputs["audit_log_group_name"].split("/")[2]
    table, key = deployment.outputs["secrets_table_name"], {"id": {"S": sealed["id"]}}
    item = deployment.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    answer = kms.decrypt(
        KeyId=deployment.outputs["sealing_key_arn"],
        CiphertextBlob=item["wrapped_key"]["B"],
        EncryptionContext={"burnbag:id": sealed["id"], "burnbag:environment": environment},
    )
    found: bytes = answer["Plaintext"]
    return found


def test_who_decrypts_past_reveal_is_found_and_reveals_are_not(
    began: str, machine: Machine, deployment: Deployment
) -> None:
    opened = deployment.sealed(passphrase="right", views=2)
    assert deployment.reveal(opened, passphrase="wrong").status_code == 403
    assert deployment.reveal(opened, passphrase="right").status_code == 200
    until(lambda: len(deployment.events(opened["id"])), lambda count: count == 3)
    assert ask(machine, deployment, began, opened["id"]) == []
    stolen = deployment.sealed()
    assert len(decrypt(deployment.client("kms"), deployment, stolen)) == 32
    (row,) = ask(machine, deployment, began, stolen["id"])
    assert (row["finding"], row["call"]) == ("foreign", "Decrypt")
    assert row["principal"].endswith(":root")


def test_no_other_function_decrypts_and_who_was_denied_has_opened_nothing(
    began: str, machine: Machine, deployment: Deployment
) -> None:
    sealed = deployment.sealed()
    for function in sorted(deployment.outputs["function_names"].keys() - {"reveal"}):
        with pytest.raises(ClientError) as refused:
            decrypt(deployment.session(function)("kms"), deployment, sealed)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert ask(machine, deployment, began, sealed["id"]) == []
