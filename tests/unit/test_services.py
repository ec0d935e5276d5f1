"""The hosts that are called are those that botocore finds by its rules, which burnbag spares."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import create_loader
from botocore.session import Session, get_session
from burnbag_core import aws
from burnbag_core.services import CALLED, WITH_RULES, CalledServices

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("get_item", {"TableName": "secrets", "Key": {"id": {"S": "x"}}}),
    "dynamodbstreams": ("list_streams", {}),
    "events": ("put_events", {"Entries": []}),
    "kms": ("generate_data_key", {"KeyId": "alias/sealing"}),
    "lambda": ("list_functions", {}),
    "logs": ("put_log_events", {"logGroupName": "a", "logStreamName": "b", "logEvents": []}),
    "s3": ("head_object", {"Bucket": "burnbag-files", "Key": "files/x"}),
    "sqs": ("send_message", {"QueueUrl": "", "MessageBody": "x"}),
}


def list_regions() -> Iterator[tuple[str, str]]:
    """A region of each partition, and two that botocore's data knows nothing of yet."""
    for partition in create_loader().load_data("partitions")["partitions"]:
        regions = [each for each in partition["regions"] if not each.endswith("-global")]
        yield partition["id"], regions[0]
    yield "aws", "eu-south-9"
    yield "aws-cn", "cn-south-9"


def called_url(session: Session, service: str, region: str, config: Any = None) -> str:
    """Where a call goes, up to the path."""
    urls = []

    def answer(request: Any, **_: Any) -> Any:
        urls.append(request.url)
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw())

    client = session.create_client(
        service, region, aws_access_key_id="a", aws_secret_access_key="b", config=config
    )
    client.meta.events.register("before-send", answer)
    method, arguments = CALLS[service]
    if "QueueUrl" in arguments:
        arguments = arguments | {"QueueUrl": f"{client.meta.endpoint_url}/1/queue"}
    getattr(client, method)(**arguments)
    (url,) = urls
    return str(url)


class Raw:
    """An empty body."""

    def stream(self) -> Iterator[bytes]:
        yield b""


def make_sparing() -> Session:
    session = get_session()
    session.register_component("data_loader", CalledServices())
    return session


@pytest.fixture(scope="module")
def sparing() -> Session:
    return make_sparing()


@pytest.fixture(scope="module")
def regular() -> Session:
    return get_session()


@pytest.mark.parametrize(("partition", "region"), [*list_regions()])
@pytest.mark.parametrize("service", CALLED)
def test_a_call_goes_to_the_host_that_botocores_rules_find(
    service: str, partition: str, region: str, sparing: Session, regular: Session
) -> None:
    config = aws.CONFIG.merge(aws.S3) if service == "s3" else aws.CONFIG
    url = called_url(sparing, service, region, config)
    assert url == called_url(regular, service, region, config)
    assert url.startswith("https://") and f".{region}." in url


def test_every_service_that_is_called_has_a_call_here() -> None:
    assert sorted(CALLS) == CALLED


def test_rules_are_loaded_for_s3_alone() -> None:
    loader = CalledServices()
    assert loader.list_available_services("endpoint-rule-set-1") == WITH_RULES == ["s3"]
    assert loader.list_available_services("service-2") == CALLED


def test_the_list_of_all_services_hosts_is_not_loaded() -> None:
    hosts, _ = CalledServices().load_data_with_path("endpoints")
    assert all(partition["services"] == {} for partition in hosts["partitions"])


def test_a_new_region_of_a_partition_needs_no_newer_data() -> None:
    sparing = make_sparing()
    assert called_url(sparing, "kms", "eu-south-9") == "https://kms.eu-south-9.amazonaws.com/"
    assert called_url(sparing, "kms", "cn-south-9") == "https://kms.cn-south-9.amazonaws.com.cn/"
