"""Corrections of a few lines each: connections, workers, TTL, objects that are missing."""

import asyncio
import threading
from collections import defaultdict
from typing import Any, Final

from hypercorn.asyncio.tcp_server import TCPServer
from ministack import app
from ministack.services import dynamodb, lambda_svc, s3

from tools.emulator_differences.internals import Internals, Record, name_of

# A worker is a Python process: 60 MB, and half a second of processor time to start. Eight
# of them make real races; one for each call, as on AWS, would take a minute to start.
WORKERS_PER_FUNCTION: Final = 8
TTL_THREAD: Final = "dynamodb-ttl-reaper"
WRAPPED: Final[Internals] = {
    TCPServer: "_idle_timeout _initiate_server_close _read_data",
    lambda_svc: "_execute_function_warm",
    dynamodb: "_remove_item _ttl_reaper",
    s3: "_get_object _head_object",
    app: "_enforce_data_plane",
}


def correct() -> None:
    keep_idle_connections()
    limit_workers()
    disable_time_to_live()
    hide_missing_objects()


def keep_idle_connections() -> None:
    """Leave an idle connection open until the client closes it.

    The emulator closes one after 75 s, even if a request has just arrived on it: the request is
    executed and its answer is lost. Terraform reuses connections for up to 90 s. It repeats such
    a call, and when that call created a function, it retries for five minutes and then fails with
    "409 Function already exist".
    """

    read = TCPServer._read_data

    async def close_at_shutdown(server: TCPServer) -> None:
        await server.context.terminated.wait()
        await asyncio.shield(server._initiate_server_close())

    async def read_until_closed(server: TCPServer) -> None:
        await read(server)
        # Else the server waits for the end of its idleness before it closes its side too.
        await server.idle_task.stop()

    setattr(TCPServer, "_idle_timeout", close_at_shutdown)  # noqa: B010
    setattr(TCPServer, "_read_data", read_until_closed)  # noqa: B010


def limit_workers() -> None:
    """Run at most eight calls of a function at a time; AWS starts an environment for each.

    Further calls wait in threads of their own, so they hold up nothing that a running call needs.
    (A function that calls itself could wait for ever; none here does.)
    """
    turns: Any = defaultdict(lambda: threading.Semaphore(WORKERS_PER_FUNCTION))
    execute = lambda_svc._execute_function_warm

    def execute_in_turn(function: Record, event: Record, request_id: str) -> Any:
        with turns[name_of(function)]:
            return execute(function, event, request_id)

    lambda_svc._execute_function_warm = execute_in_turn


def disable_time_to_live() -> None:
    """Delete nothing by TTL.

    AWS deletes within days, and writes a stream record when it does. The emulator deletes within
    a minute and writes none: records would vanish before the sweep finds them, and nobody would
    learn of it.
    """
    remove = dynamodb._remove_item

    def remove_unless_by_ttl(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread().name != TTL_THREAD:
            return remove(*args, **kwargs)
        return None

    dynamodb._remove_item = remove_unless_by_ttl


def hide_missing_objects() -> None:
    """Answer 403 instead of 404 to those who may not list the bucket, as AWS does."""
    for name in ("_get_object", "_head_object"):
        setattr(s3, name, require_list_right(getattr(s3, name)))


def require_list_right(read: Any) -> Any:
    def read_or_refuse(bucket: str, key: str, headers: Any, query: Any = None) -> Any:
        answer, arn = read(bucket, key, headers, query), f"arn:aws:s3:::{bucket}"
        if answer[0] != 404:
            return answer
        enforce = app._enforce_data_plane
        return enforce("s3", "s3:ListBucket", headers, query or {}, "", arn) or answer

    return read_or_refuse
