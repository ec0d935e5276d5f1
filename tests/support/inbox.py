"""An HTTP server on the loopback that SNS tells: it confirms, and keeps what it is told."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.deployment import until
from tools import emulator


class Inbox(ThreadingHTTPServer):
    """The messages that have come, the oldest first: alarms as mappings, and other texts."""

    def __init__(self) -> None:
        super().__init__((emulator.HOST, 0), Delivery)
        self.messages: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{emulator.HOST}:{self.server_port}/"

    @property
    def alarms(self) -> list[dict[str, Any]]:
        return [json.loads(each) for each in self.messages if each.startswith('{"AlarmName"')]

    def told(self, state: str) -> set[str]:
        """The names of the alarms that have told of a state: ALARM or OK."""
        return {each["AlarmName"] for each in self.alarms if each["NewStateValue"] == state}


class Delivery(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        if message["Type"] == "SubscriptionConfirmation":
            urllib.request.urlopen(message["SubscribeURL"], timeout=10).close()
        else:
            self.server.messages.append(message["Message"])

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def subscribed(sns: Any, topic: str, url: str) -> Iterator[None]:
    """While this lasts, a topic tells that URL."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    # The embedded AWS tells the ARN before the confirmation only in this list.
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    (arn,) = [each["SubscriptionArn"] for each in listed if each["Endpoint"] == url]
    until(
        lambda: sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"],
        lambda found: found["PendingConfirmation"] == "false",
    )
    try:
        yield
    finally:
        sns.unsubscribe(SubscriptionArn=arn)


@contextmanager
def listen() -> Iterator[Inbox]:
    with Inbox() as inbox:
        threading.Thread(target=inbox.serve_forever, daemon=True).start()
        yield inbox
        inbox.shutdown()
