"""A call that is sent again gets the answer that it had, and is executed once."""

import asyncio
from typing import Any

import pytest

from tools.emulator_differences.answers import LARGEST, REMEMBERED, Message, remember_answers


class Emulator:
    """Counts what it executes, and answers with the number."""

    def __init__(self, size: int = 1, breaks: int = 0, status: int = 200) -> None:
        self.executed = 0
        self.size = size
        self.breaks = breaks
        self.status = status

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        await receive()
        self.executed += 1
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        if self.executed <= self.breaks:
            raise ConnectionError
        body = str(self.executed).encode() * self.size
        await send({"type": "http.response.body", "body": body, "more_body": False})


def call(serve: Any, number: str | None, invocation: bytes | None = b"a") -> bytes:
    """Call once; the body of the answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if invocation is None else [(b"amz-sdk-invocation-id", invocation)]
    if number is not None:
        headers.append((b"amz-sdk-request", number.encode()))
    asyncio.run(serve({"type": "http", "headers": headers}, receive, send))
    return bytes(sent[-1]["body"])


def test_a_repeated_call_is_executed_once_and_answered_again() -> None:
    serve = remember_answers(Emulator())
    assert [call(serve, f"attempt={number}; max=3") for number in (1, 2, 3)] == [b"1"] * 3


@pytest.mark.parametrize("number", ["attempt=1", "attempt=1; max=25", None])
def test_a_first_try_is_always_executed(number: str | None) -> None:
    serve = remember_answers(Emulator())
    assert [call(serve, number), call(serve, number)] == [b"1", b"2"]


def test_calls_that_are_others_or_have_no_name_are_executed() -> None:
    serve = remember_answers(Emulator())
    call(serve, "attempt=1")
    assert call(serve, "attempt=2", b"b") == b"2"
    assert call(serve, "attempt=2", None) == b"3"


def test_what_broke_off_is_executed_again() -> None:
    serve = remember_answers(Emulator(breaks=1))
    with pytest.raises(ConnectionError):
        call(serve, "attempt=1")
    assert call(serve, "attempt=2") == b"2"


@pytest.mark.parametrize("status", [400, 409, 429, 500, 503])
def test_what_was_refused_is_tried_again(status: int) -> None:
    serve = remember_answers(Emulator(status=status))
    assert [call(serve, f"attempt={number}; max=3") for number in (1, 2, 3)] == [b"1", b"2", b"3"]


def test_only_so_much_is_remembered() -> None:
    large = remember_answers(Emulator(size=LARGEST + 1))
    call(large, "attempt=1")
    assert call(large, "attempt=2")[:1] == b"2"
    serve = remember_answers(Emulator())
    for number in range(REMEMBERED + 1):
        call(serve, "attempt=1", str(number).encode())
    assert call(serve, "attempt=2", b"0") == str(REMEMBERED + 2).encode()
