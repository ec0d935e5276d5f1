"""Every answer has an id of its request, which finds what was logged about it."""

import json
from collections.abc import Iterator

import pytest
import requests

from tests.support.deployment import Deployment, until

NOBODYS = f"/v1/secrets/{'A' * 22}"


def answers(deployment: Deployment) -> Iterator[requests.Response]:
    """An answer of each function and of API Gateway itself, good and bad."""
    yield deployment.recipient.call("GET", "/v1/health")
    yield deployment.recipient.call("GET", NOBODYS)
    yield deployment.recipient.call("POST", f"{NOBODYS}/reveal", body={"passphrase": 1})
    yield deployment.recipient.call("GET", "/config.json")
    yield deployment.recipient.call("GET", "/assets/other/scripts/page.js")
    yield deployment.recipient.call("GET", "/nowhere")
    yield deployment.recipient.call("POST", "/v1/secrets", body={"secret": "unsigned"})
    yield deployment.sender.call("POST", "/v1/secrets", body={"secret": "x", "views": -1})
    yield deployment.sender.call("POST", "/v1/secrets", body={"secret": "hunter2"})
    wrong = {"Authorization": "AWS4-HMAC-SHA256 nonsense"}
    yield deployment.recipient.call("POST", "/v1/secrets", body={}, extra=wrong)


def test_every_answer_has_an_id_of_its_own_and_every_problem_names_it(
    deployment: Deployment,
) -> None:
    seen = list(answers(deployment))
    ids = [answer.headers["X-Request-Id"] for answer in seen]
    assert len(set(ids)) == len(ids) and all(ids)
    problems = [answer for answer in seen if answer.status_code >= 400]
    assert len(problems) == 7
    for answer in problems:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.disturbing
@pytest.mark.embedded("it denies a function its rights")
def test_the_id_finds_the_line_that_says_why(deployment: Deployment) -> None:
    sealed = deployment.sealed()
    with deployment.denied("reveal", "kms:Decrypt", deployment.outputs["sealing_key_arn"]):
        answer = deployment.reveal(sealed)
    assert answer.status_code == 503
    pattern = json.dumps(answer.json()["request_id"])
    until(lambda: deployment.logged("reveal", pattern), bool)
    assert deployment.reveal(sealed).json()["secret"] == "hunter2"
