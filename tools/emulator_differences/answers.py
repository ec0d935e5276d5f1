"""A call is executed once, also where its answer got lost and the client sends it again.

On a busy machine the emulator now and then loses an answer. A client that repeats such a call is
told that what it wants to create is there already, which stops Terraform, or is counted twice.
AWS's clients number the tries of a call, so a repeated one gets the answer that the first one had.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from ministack import app

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {app: "app"}
INVOCATION: Final = b"amz-sdk-invocation-id"
TRY: Final = b"amz-sdk-request"
# So many calls are remembered, each with an answer of at most so many bytes.
REMEMBERED: Final = 1000
LARGEST: Final = 64 * 1024
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Serve = Callable[[Message, Receive, Send], Awaitable[None]]


def correct() -> None:
    app.app = remember_answers(app.app)


def remember_answers(serve: Serve) -> Serve:
    """Serve each call once, by what its client calls it. `serve` is an ASGI application."""
    answers: OrderedDict[bytes, asyncio.Future[list[Message]]] = OrderedDict()

    async def serve_once(scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        call = headers.get(INVOCATION)
        if call is None:
            return await serve(scope, receive, send)
        if not is_first(headers) and call in answers:
            messages = await asyncio.shield(answers[call])
            if is_whole(messages):
                return await repeat(messages, receive, send)
        answer = answers[call] = asyncio.get_running_loop().create_future()
        while len(answers) > REMEMBERED:
            answers.popitem(last=False)
        kept: list[Message] = []

        async def keep_and_send(message: Message) -> None:
            kept.append(message)
            await send(message)

        try:
            await serve(scope, receive, keep_and_send)
        finally:
            answer.set_result(kept if is_kept(kept) else [])

    return serve_once


def is_first(headers: dict[bytes, bytes]) -> bool:
    """Whether a call's client has not sent it before: `attempt=1; max=3`, or no number at all."""
    number = headers.get(TRY, b"attempt=1").split(b";")[0]
    return number.strip() == b"attempt=1"


def is_whole(messages: list[Message]) -> bool:
    """Whether an answer has its end, which is missing if it broke off or was not kept."""
    return bool(messages) and not messages[-1].get("more_body", True)


def is_kept(messages: list[Message]) -> bool:
    """Whether an answer is small, and says that the call was executed: no error does."""
    return bool(messages) and messages[0]["status"] < 300 and size_of(messages) <= LARGEST


def size_of(messages: list[Message]) -> int:
    return sum(len(message.get("body", b"")) for message in messages)


async def repeat(messages: list[Message], receive: Receive, send: Send) -> None:
    """Answer again, once the whole request has come."""
    while (await receive()).get("more_body", False):
        pass
    for message in messages:
        await send(message)
