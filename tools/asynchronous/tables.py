"""What is known beforehand: what waits in the first place, and how it is called when it does."""

from typing import Final

# Each imports from those before it only.
MODULES: Final = (
    *("deadlines", "retries", "transport", "transfers", "parts", "uploads"),
    *("sending", "doors", "opening", "bulk", "asking", "submitting", "client"),
)
# Written by hand on both sides: the calls that wait there, and the contexts.
BY_HAND: Final = frozenset({"parallel", "waiting"})
CALLS_BY_HAND: Final = frozenset({"consume", "hand_over"})
CONTEXTS_BY_HAND: Final = frozenset({"Crew", "tidying"})

# The kinds of what waits: it is awaited, gone through, or entered.
CALL, STREAM, CONTEXT = "call", "stream", "context"
# A method by what it is called on, and its asynchronous name.
LEAVES: Final = {
    ("http", "send"): (CALL, "send"),
    ("http", "close"): (CALL, "aclose"),
    ("response", "iter_raw"): (STREAM, "aiter_raw"),
    ("response", "iter_bytes"): (STREAM, "aiter_bytes"),
    ("stream", "read"): (CALL, "read"),
    ("stream", "write"): (CALL, "write"),
    ("stream", "close"): (CALL, "aclose"),
    ("stream", "start_tls"): (CALL, "start_tls"),
    ("backend", "connect_tcp"): (CALL, "connect_tcp"),
    ("backend", "connect_unix_socket"): (CALL, "connect_unix_socket"),
    ("backend", "sleep"): (CALL, "sleep"),
    ("self", "resolve"): (CALL, "resolve"),
    ("time", "sleep"): (CALL, "sleep"),
    ("crew", "add"): (CALL, "add"),
    ("crew", "finish"): (CALL, "finish"),
}
# Arguments that wait when they are called, and those that wait when they are gone through.
CALLBACKS: Final = frozenset({"resolve", "send"})
STREAMS: Final = frozenset({"presigned"})
# What works with files or keys, and so has its turn in a thread.
IN_THREAD: Final = frozenset(
    {
        *("draft_encrypted", "draft_answer", "draft.encrypt", "find_keys", "read_start"),
        *("self.get_signer", "api.get_signer"),
        *("ResumeFile.create", "ResumeFile.read", "noted.note"),
    }
)
CONTEXTS_IN_THREAD: Final = frozenset(
    {"encrypt_source", "open", "open_content", "open_destination"}
)
STREAMS_IN_THREAD: Final = frozenset({"split"})

# Classes and functions that there are twice.
NAMES: Final = {
    "Burnbag": "AsyncBurnbag",
    "Crew": "Crew",
    "httpcore.NetworkBackend": "httpcore.AsyncNetworkBackend",
    "httpcore.NetworkStream": "httpcore.AsyncNetworkStream",
    "httpx.BaseTransport": "httpx.AsyncBaseTransport",
    "httpx.Client": "httpx.AsyncClient",
    "httpx.HTTPTransport": "httpx.AsyncHTTPTransport",
    "socket.getaddrinfo": "anyio.getaddrinfo",
    "time.sleep": "anyio.sleep",
}
METHODS: Final = {
    "LimitedStream.close": "aclose",
    "Burnbag.__enter__": "__aenter__",
    "Burnbag.__exit__": "__aexit__",
    "Body.__iter__": "__aiter__",
}
# What waits though nothing in it does.
WAITING: Final = frozenset({"Body.__iter__", "Burnbag.__enter__"})
# Sentences that are not true of both. Each is in the client once.
WORDS: Final = {
    "A client of burnbag; safe to share between threads.": (
        "An asynchronous client of burnbag; safe to share between the tasks of one event loop."
    ),
}
IMPORTS: Final = {
    "anyio": "import anyio",
    "aclosing": "from contextlib import aclosing",
    "asynccontextmanager": "from contextlib import asynccontextmanager",
    "AsyncGenerator": "from collections.abc import AsyncGenerator",
    "AsyncIterator": "from collections.abc import AsyncIterator",
    "Awaitable": "from collections.abc import Awaitable",
    "in_thread": "from burnbag._async.waiting import in_thread",
    "in_thread_context": "from burnbag._async.waiting import in_thread_context",
    "in_thread_stream": "from burnbag._async.waiting import in_thread_stream",
}
