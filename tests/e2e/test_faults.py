"""AWS fails, a process dies, a record is poisoned: nothing is lost, and nothing stands still."""

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import common_headers, request
from tests.support.deployment import Deployment, until
from tools.checkout import PACKAGES

pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.embedded("it denies a function its rights, and kills it"),
]

KILLED_BEFORE_THE_BURN = """
import json, os, signal, sys
import app

app.recipient.views.dynamodb.meta.events.register(
    "before-call.dynamodb.TransactWriteItems", lambda **_: os.kill(os.getpid(), signal.SIGKILL)
)
app.app(json.load(sys.stdin), None)
"""


def test_kms_denied_is_503_and_the_secret_is_still_whole(deployment: Deployment) -> None:
    sealed = deployment.sealed(passphrase="right")
    # The tables' key stays: it is the storage key.
    with deployment.denied("reveal", "kms:Decrypt", deployment.outputs["sealing_key_arn"]):
        for _ in range(6):
            answer = deployment.reveal(sealed, passphrase="right")
            assert answer.status_code == 503
            # Another try would meet the same: whoever runs this has to look at it.
            assert "Retry-After" not in answer.headers
            assert re.search(r"look at it: Decrypt AccessDenied", answer.json()["detail"])
    assert deployment.peek(sealed).json()["views_left"] == 1
    assert deployment.reveal(sealed, passphrase="right").json()["secret"] == "hunter2"


def test_dynamodb_denied_at_the_burn_is_503_and_the_secret_is_still_whole(
    deployment: Deployment,
) -> None:
    sealed = deployment.sealed(passphrase="right")
    with deployment.denied("reveal", "dynamodb:DeleteItem"):
        for _ in range(6):
            assert deployment.reveal(sealed, passphrase="right").status_code == 503
    assert deployment.reveal(sealed, passphrase="right").json()["secret"] == "hunter2"


def test_s3_denied_is_503_and_a_file_is_still_whole_or_claimed(deployment: Deployment) -> None:
    sealed, claimed = deployment.sent(b"data", passphrase="right"), deployment.sent(b"data")
    key = "one-key-for-all-of-them"
    assert deployment.reveal(claimed, key=key).status_code == 200
    with deployment.denied("reveal", "s3:GetObject"):
        for _ in range(6):
            assert deployment.reveal(sealed, passphrase="right").status_code == 503
        assert deployment.reveal(claimed, key=key).status_code == 503
    assert deployment.reveal(sealed, passphrase="right").content == b"data"
    assert deployment.reveal(claimed, key=key).content == b"data"


def test_a_process_killed_between_decrypt_and_burn_loses_nothing(
    deployment: Deployment, tmp_path: Path
) -> None:
    sealed = deployment.sealed()
    with zipfile.ZipFile(PACKAGES / "reveal.zip") as package:
        package.extractall(tmp_path)
    path = f"/v1/secrets/{sealed['id']}/reveal"
    event = request("POST", path, b"", common_headers(sealed["token"], "application/json"))
    died = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_BURN],
        input=json.dumps(event),
        text=True,
        cwd=tmp_path,
        env=environment(deployment, "reveal"),
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert deployment.receipt(sealed)["state"] == "sealed"
    assert deployment.reveal(sealed).json()["secret"] == "hunter2"


def environment(deployment: Deployment, function: str) -> dict[str, str]:
    """What the function's own instances run with: its variables and its role."""
    name = deployment.outputs["function_names"][function]
    found = deployment.client("lambda").get_function_configuration(FunctionName=name)
    keys = deployment.session(function)("sts")._request_signer._credentials
    variables: dict[str, str] = found["Environment"]["Variables"]
    return variables | {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": deployment.stack.aws_endpoint_url,
        "AWS_DEFAULT_REGION": deployment.stack.region,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
    }


def test_a_receipt_that_cannot_be_settled_is_settled_later(deployment: Deployment) -> None:
    sealed = deployment.sealed()
    with deployment.denied("reap", "dynamodb:PartiQLUpdate"):
        retries = deployment.retries("reap")
        assert deployment.reveal(sealed).status_code == 200
        until(lambda: deployment.retries("reap"), lambda found: found > retries)
        assert deployment.receipt(sealed)["erased_at"] is None
    assert deployment.erased(sealed)["state"] == "revealed"


def test_an_audit_log_that_refuses_is_written_later_and_in_order(deployment: Deployment) -> None:
    with deployment.denied("audit", "logs:PutLogEvents"):
        retries = deployment.retries("audit")
        sealed = deployment.sealed()
        assert deployment.reveal(sealed).status_code == 200
        until(lambda: deployment.retries("audit"), lambda found: found > retries)
        assert deployment.events(sealed["id"]) == []
    events = until(lambda: deployment.events(sealed["id"]), lambda found: len(found) >= 3)
    names = list(dict.fromkeys(event["event"] for event in events))
    assert names == ["secret.created", "secret.revealed", "secret.erased"]


def test_a_poisoned_receipt_goes_to_the_dead_letters_whole_and_holds_nobody_up(
    deployment: Deployment,
) -> None:
    poison = {"id": {"S": "poisoned"}, "state": {"S": "sealed"}, "views": {"S": "not a list"}}
    deployment.client("dynamodb").put_item(
        TableName=deployment.outputs["receipts_table_name"], Item=poison
    )
    sealed = deployment.sealed()
    until(lambda: deployment.events(sealed["id"]), bool)
    letters = until(lambda: dead_letters(deployment), bool)
    deployment.client("dynamodb").delete_item(
        TableName=deployment.outputs["receipts_table_name"], Key={"id": poison["id"]}
    )
    assert [letter["record"]["dynamodb"]["NewImage"] for letter in letters] == [poison]


def dead_letters(deployment: Deployment) -> list[dict[str, Any]]:
    answer = deployment.client("sqs").receive_message(
        QueueUrl=deployment.outputs["reaper_dead_letters"], MaxNumberOfMessages=10
    )
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    return [body for body in bodies if body.get("function") == "audit"]
