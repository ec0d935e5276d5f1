"""What API Gateway makes of a call that the API does not have, of OPTIONS and of HEAD."""

import pytest

from tests.support.deployment import Deployment

ID = "A" * 22


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/secrets", "OPTIONS, POST"),
        ("GET", f"/v1/secrets/{ID}/reveal", "OPTIONS, POST"),
        ("PUT", f"/v1/secrets/{ID}", "DELETE, GET, OPTIONS"),
        ("POST", "/assets/version/scripts/page.js", "GET, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    deployment: Deployment, method: str, path: str, allowed: str
) -> None:
    answer = deployment.recipient.call(method, path, body={"secret": "hunter2"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["type"] == "urn:burnbag:problem:method-not-allowed"
    asked = deployment.recipient.call("OPTIONS", path)
    assert (asked.status_code, asked.headers["Allow"], asked.content) == (204, allowed, b"")
    assert "Access-Control-Allow-Origin" not in asked.headers


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/nowhere", "/v1", f"/v1/secrets/{ID}/reveal/again"])
def test_an_unknown_path_is_not_found(deployment: Deployment, method: str, path: str) -> None:
    answer = deployment.recipient.call(method, path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_call_that_has_to_be_signed_is_not_let_in_as_another(deployment: Deployment) -> None:
    for method, path in (("POST", "/v1/secrets"), ("DELETE", f"/v1/secrets/{ID}")):
        answer = deployment.recipient.call(method, path)
        assert (answer.status_code, answer.json()["type"]) == (
            403,
            "urn:burnbag:problem:not-signed",
        )


def test_health_and_the_description_can_be_looked_at(deployment: Deployment) -> None:
    for path in ("/v1/health", "/v1/openapi.json"):
        looked = deployment.recipient.call("HEAD", path)
        assert (looked.status_code, looked.content) == (200, b"")
        assert looked.headers["Content-Type"] == "application/json"


def test_the_description_has_this_stacks_address_and_limits(deployment: Deployment) -> None:
    document = deployment.recipient.call("GET", "/v1/openapi.json").json()
    limits = deployment.recipient.call("GET", "/config.json").json()["limits"]
    assert document["servers"] == [{"url": deployment.stack.api_url}]
    told = document["info"]["x-limits"]
    largest = "max_upload_bytes"  # by the page, and by the API
    assert told | {largest: limits[largest]} == limits
    assert told[largest] >= limits[largest]
