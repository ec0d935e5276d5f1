"""A deployed stack, as its users and its operators see it."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from urllib3 import encode_multipart_formdata

from tools.caller import assume_caller, root_client
from tools.checkout import stack_folder
from tools.emulator import ROOT_KEY, find_processes
from tools.stack import Stack

T = TypeVar("T")
# How long a test waits for what has to happen. Much longer than it takes: only a test that fails
# waits that long, and a loaded machine is no failure.
PATIENCE: Final = 300.0


class Api:
    """burnbag's REST API, called without the client. Calls are signed if there are credentials."""

    def __init__(self, stack: Stack, credentials: Credentials | None = None) -> None:
        self.stack = stack
        self.credentials = credentials
        self.http = requests.Session()
        self.http.trust_env = False  # no proxy, no .netrc: this is the loopback

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        extra: Mapping[str, str] = MappingProxyType({}),
    ) -> requests.Response:
        headers = {**extra} | ({"X-Burnbag-Token": token} if token else {})
        url, data = self.stack.api_url + path, None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        if form is not None:
            data, headers["Content-Type"] = encode_multipart_formdata(form)
        request = AWSRequest(method, url, headers=headers, data=data)
        if self.credentials:
            SigV4Auth(self.credentials, "execute-api", self.stack.region).add_auth(request)
        sent = dict(request.headers.items())
        return self.http.request(method, url, headers=sent, data=data, timeout=PATIENCE)


class Deployment:
    """Both sides of the API, and root's view of what is behind it."""

    # Whether this is AWS itself: see tests/support/aws.py.
    real = False

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.outputs = stack.outputs
        self.caller = self.assume_caller()
        self.threads = threading.local()
        self.clients: dict[str, Any] = {}
        self.lock = threading.Lock()

    def assume_caller(self) -> Credentials:
        return assume_caller(self.stack)

    def client(self, service: str) -> Any:
        """Root's client of one AWS service, always the same: making one costs more than a call."""
        with self.lock:
            if service not in self.clients:
                self.clients[service] = self.make_client(service)
            return self.clients[service]

    @property
    def root(self) -> Credentials:
        """Who may do everything in the account."""
        return Credentials(ROOT_KEY, ROOT_KEY)

    def make_client(self, service: str) -> Any:
        return root_client(self.stack, service)

    @property
    def sender(self) -> Api:
        return self.api("sender", signed=True)

    @property
    def recipient(self) -> Api:
        return self.api("recipient", signed=False)

    def api(self, side: str, *, signed: bool) -> Api:
        """One HTTP session per thread and side: requests' sessions are not thread-safe."""
        if not hasattr(self.threads, side):
            setattr(self.threads, side, Api(self.stack, self.caller if signed else None))
        found: Api = getattr(self.threads, side)
        return found

    def sealed(self, **fields: Any) -> dict[str, Any]:
        answer = self.sender.call("POST", "/v1/secrets", body={"secret": "hunter2"} | fields)
        assert answer.status_code == 201, answer.text
        sealed: dict[str, Any] = answer.json()
        return sealed

    def sent(self, data: bytes, name: str = "a.bin", **fields: str) -> dict[str, Any]:
        """A sealed file."""
        form = {"file": (name, data, "application/octet-stream")} | fields
        answer = self.sender.call("POST", "/v1/secrets", form=form)
        assert answer.status_code == 201, answer.text
        sealed: dict[str, Any] = answer.json()
        return sealed

    def declared(self, size: int, **fields: Any) -> dict[str, Any]:
        """An upload that has not arrived."""
        answer = self.sender.call("POST", "/v1/uploads", body={"size": size} | fields)
        assert answer.status_code == 201, answer.text
        declared: dict[str, Any] = answer.json()
        return declared

    def uploaded(self, data: bytes, **fields: Any) -> dict[str, Any]:
        declared = self.declared(len(data), **fields)
        assert post(declared, data).status_code == 204
        return declared

    def objects(self) -> set[str]:
        """The ids of the secrets that have an object."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        bucket = self.outputs["files_bucket_name"]
        found = [o["Key"] for p in pages.paginate(Bucket=bucket) for o in p.get("Contents", [])]
        return {key.removeprefix("files/") for key in found}

    def confirm(self, sealed: dict[str, Any], key: str) -> requests.Response:
        path, extra = f"/v1/secrets/{sealed['id']}/confirm", {"Idempotency-Key": key}
        return self.recipient.call("POST", path, token=sealed["token"], extra=extra)

    def peek(self, sealed: dict[str, Any]) -> requests.Response:
        return self.recipient.call("GET", f"/v1/secrets/{sealed['id']}", token=sealed["token"])

    def reveal(
        self, sealed: dict[str, Any], key: str | None = None, **fields: Any
    ) -> requests.Response:
        path, extra = f"/v1/secrets/{sealed['id']}/reveal", {"Idempotency-Key": key} if key else {}
        return self.recipient.call("POST", path, token=sealed["token"], body=fields, extra=extra)

    def insist(
        self, sealed: dict[str, Any], key: str | None = None, **fields: Any
    ) -> requests.Response:
        """Reveal as a client does, which tries again if that is safe and the answer says when."""
        again = (429, 503) if key else (429,)
        return insist(lambda: self.reveal(sealed, key, **fields), again)

    def receipt(self, sealed: dict[str, Any]) -> dict[str, Any]:
        path = f"/v1/receipts/{sealed['id']}"
        answer = self.sender.call("GET", path, token=sealed["receipt_token"])
        assert answer.status_code == 200, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def revoke(self, sealed: dict[str, Any]) -> requests.Response:
        path = f"/v1/secrets/{sealed['id']}"
        return self.sender.call("DELETE", path, token=sealed["receipt_token"])

    def erased(self, sealed: dict[str, Any]) -> dict[str, Any]:
        """The receipt once the reaper has settled it."""
        return until(lambda: self.receipt(sealed), lambda r: r["erased_at"] is not None)

    def events(self, secret_id: str) -> list[dict[str, Any]]:
        """The audit events of one secret, in the order in which they were written."""
        return self.events_with(secret_id).get(secret_id, [])

    def events_with(self, text: str) -> dict[str, list[dict[str, Any]]]:
        """The audit events with that text in them, by the ids of their secrets, in order."""
        pages = self.client("logs").get_paginator("filter_log_events")
        group, found = self.outputs["audit_log_group_name"], defaultdict(list)
        for page in pages.paginate(logGroupName=group, filterPattern=f'"{text}"'):
            for message in page["events"]:
                event = json.loads(message["message"])
                found[event["secret_id"]].append(event)
        return found

    def retries(self, function: str) -> int:
        """How often a function has said that it will retry a batch of its stream."""
        name = self.outputs["function_names"][function]
        pages = self.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=f"/aws/lambda/{name}", filterPattern='"will retry"')
        return sum(len(page["events"]) for page in found)

    def sweeps(self) -> list[float]:
        """When the sweep has deleted all that it had found, in epoch seconds.

        It measures itself then, and reports right afterwards what AWS failed at, if anything.
        """
        failed = self.logged("sweep", '"sweep:"')
        done = self.logged("sweep", '"OldestOverdueSeconds"')
        return [at for at in done if not any(at <= failure < at + 5 for failure in failed)]

    def logged(self, function: str, pattern: str) -> list[float]:
        """When a function has logged what a pattern matches, in epoch seconds."""
        group = f"/aws/lambda/{self.outputs['function_names'][function]}"
        pages = self.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=group, filterPattern=pattern)
        return [event["timestamp"] / 1000 for page in found for event in page["events"]]

    def role(self, function: str) -> str:
        name = self.outputs["function_names"][function]
        found = self.client("lambda").get_function_configuration(FunctionName=name)
        arn: str = found["Role"]
        return arn

    def session(self, function: str, name: str | None = None) -> Callable[[str], Any]:
        """Clients with a function's own role; in the emulator root may assume any.

        By the `name` of its session it is the function itself that has it, as on AWS.
        """
        sts, arn = self.client("sts"), self.role(function)
        name = name or self.outputs["function_names"][function]
        keys = sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]

        @cache
        def client(service: str) -> Any:
            """Made once, because making one costs more than a call."""
            return boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.stack.aws_endpoint_url,
                region_name=self.stack.region,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                config=Config(proxies={}, retries={"total_max_attempts": 1}),
            )

        return client

    @contextmanager
    def denied(self, function: str, action: str, resource: str = "*") -> Iterator[None]:
        """While this lasts, AWS denies one action to a function, on everything or one resource."""
        iam, name = self.client("iam"), self.role(function).rsplit("/", 1)[1]
        deny = {"Effect": "Deny", "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        iam.put_role_policy(RoleName=name, PolicyName="fault", PolicyDocument=document)
        try:
            yield
        finally:
            iam.delete_role_policy(RoleName=name, PolicyName="fault")


def insist(
    call: Callable[[], requests.Response], again: tuple[int, ...] = (429,)
) -> requests.Response:
    """The answer to a call that is made again while it is answered with one of these."""
    deadline = time.monotonic() + PATIENCE
    while (answer := call()).status_code in again:
        assert time.monotonic() < deadline, answer.text
        time.sleep(float(answer.headers["Retry-After"]) / 4)
    return answer


def post(declared: dict[str, Any], data: bytes, **changed: str) -> requests.Response:
    """Upload as the presigned POST says, but for the fields that are `changed`."""
    upload = declared["upload"]
    return requests.post(
        upload["url"], data=upload["fields"] | changed, files={"file": data}, timeout=60
    )


def assert_erased_in_time(deployment: Deployment, expired_at: int, erased_at: int) -> None:
    """Within two minutes. The embedded AWS shares its processors with other tests, so there it is
    counted: by the first sweep that began after the expiry, so that at most one more ended before.
    """
    if deployment.real:
        assert erased_at - expired_at <= 120
        return
    assert len([at for at in deployment.sweeps() if expired_at <= at <= erased_at]) <= 2


def until(look: Callable[[], T], settled: Callable[[T], bool], seconds: float = PATIENCE) -> T:
    """What `look` sees once it is `settled`; an AssertionError with the last sight if never."""
    deadline = time.monotonic() + seconds
    while not settled(seen := look()):
        assert time.monotonic() < deadline, f"not settled after {seconds:.0f} s: {seen}"
        time.sleep(0.3)
    return seen


def at_once(pool: ThreadPoolExecutor, count: int, call: Callable[[int], T]) -> list[T]:
    """The results of `count` calls that start together, each in a thread of `pool`."""
    barrier = threading.Barrier(count)

    def start(number: int) -> T:
        barrier.wait()
        return call(number)

    return list(pool.map(start, range(count)))


def assert_views(answers: list[requests.Response], views: int) -> None:
    """Of reveals at once, so many were answered with the secret, and the others that it is gone.

    Where AWS did not answer in time there is a 503. It says that a view may be used up, because
    the caller gave no key to have it again by; more views than allowed it never gives.
    """
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 410, 503}, statuses
    assert views - statuses[503] <= statuses[200] <= views, statuses
    assert statuses[503] < len(answers) / 4, statuses


def largest_function() -> int:
    """The peak memory of the functions' processes, in KiB."""
    peaks = []
    for pid in find_processes(stack_folder("test")):
        # One that nobody has called for a while ends.
        with suppress(OSError, IndexError):
            status = Path("/proc", str(pid), "status").read_text()
            command = Path("/proc", str(pid), "cmdline").read_text()
            if "_worker.py" in command:
                peaks.append(int(status.split("VmHWM:")[1].split()[0]))
    assert peaks, "no function is running"
    return max(peaks)
