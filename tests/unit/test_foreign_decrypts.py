"""What the filter on a trail's log group counts, as CloudWatch reads its pattern."""

import json
import re
from typing import Any

import pytest

from tests.support.services import ROOT
from tests.support.trail import KEY, MALLORY, OTHER_KEY, REVEAL, by, denied, record
from tools.emulator_differences.filter_patterns import compile_pattern

VALUES = {
    "module.storage.sealing_key_arn": KEY,
    "local.partition": "aws",
    "local.account_id": "123456789012",
    "local.prefix": "burnbag-test",
    "local.region": "us-east-1",
}


def pattern() -> str:
    """The pattern in Terraform's configuration, with the values of a stack in it."""
    text = (ROOT / "terraform/modules/burnbag/alarms.tf").read_text()
    filter = text[text.index('"aws_cloudwatch_log_metric_filter" "foreign_decrypts"') :]
    block = filter[filter.index('join(" && ", [') : filter.index("])")]
    lines = [line.strip().rstrip(",") for line in block.splitlines()[1:]]
    parts = [json.loads(line) for line in lines if line]
    return re.sub(r"\$\{([\w.]+)\}", lambda match: VALUES[match[1]], " && ".join(parts))


@pytest.mark.parametrize(
    "document",
    [
        record(**by(MALLORY)),
        record(**by(REVEAL.replace("test-reveal", "prod-reveal"))),
        record(**by(REVEAL.replace("us-east-1/", "us-west-2/"))),
        record(**by(REVEAL.replace("123456789012", "210987654321"))),
        record(userIdentity={"type": "AWSService", "invokedBy": "x.amazonaws.com"}),
        record(eventName="ReEncrypt", resources=[{"ARN": OTHER_KEY}, {"ARN": KEY}], **by(MALLORY)),
        denied(),
    ],
)
def test_who_decrypts_and_is_not_reveal_is_counted(document: dict[str, Any]) -> None:
    assert compile_pattern(pattern())(json.dumps(document))


@pytest.mark.parametrize(
    "document",
    [
        record(),
        record(errorCode="InvalidCiphertextException"),
        record(resources=[{"ARN": OTHER_KEY}], **by(MALLORY)),
        record(eventName="GenerateDataKey", **by(MALLORY)),
    ],
)
def test_reveal_other_keys_and_other_calls_are_not(document: dict[str, Any]) -> None:
    assert not compile_pattern(pattern())(json.dumps(document))
