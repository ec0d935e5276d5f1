"""What only the asynchronous client can do, or do wrong: many at once, cancelled, in one loop."""

import ast
import asyncio
import doctest
import io
import os
import random
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from inspect import iscoroutinefunction, isfunction, signature
from pathlib import Path
from typing import Any, TypeVar, assert_type

import anyio
import httpx
import pytest
import trio

from burnbag import (
    AsyncBurnbag,
    Burnbag,
    Closed,
    Gone,
    Opened,
    OpenedInMemory,
    Sent,
    submitting,
    uploads,
    waiting,
)
from burnbag._async import client as asynchronous
from burnbag._async import waiting as awaiting
from tests.support.documents import blocks
from tests.support.server import Served
from tests.support.services import ROOT
from tests.support.size import FULL
from tests.unit.client.conftest import PIECE
from tools.asynchronous.writing import make_twins

T = TypeVar("T")
# Who open one link at once.
MANY = 100 if FULL else 30


@asynccontextmanager
async def connect(server: Served) -> AsyncIterator[AsyncBurnbag]:
    async with AsyncBurnbag(server.url, region="us-east-1") as client:
        yield client


def test_it_is_made_of_the_synchronous_client_as_it_is_now() -> None:
    for path, text in make_twins().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `make fmt`"


def test_both_clients_have_the_same_surface() -> None:
    ours = {name: call for name, call in vars(Burnbag).items() if isfunction(call)}
    theirs = {name: call for name, call in vars(AsyncBurnbag).items() if isfunction(call)}
    assert set(theirs) == {NAMES.get(name, name) for name in ours}
    for name, call in ours.items():
        twin = theirs[NAMES.get(name, name)]
        assert list(signature(twin).parameters) == list(signature(call).parameters)
        assert iscoroutinefunction(twin) is (name not in ("__init__", "receipts"))


NAMES = {"__enter__": "__aenter__", "__exit__": "__aexit__"}


def test_what_is_written_by_hand_is_there_on_both_sides() -> None:
    here = {name for name, found in vars(waiting).items() if isfunction(found)} - {"closing"}
    ours = {name for name in here if vars(waiting)[name].__module__ == waiting.__name__}
    assert ours and ours <= set(vars(awaiting))


def test_every_example_in_its_docstrings_runs(
    server: Served, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("BURNBAG_URL", server.url)
    found = [test for test in doctest.DocTestFinder().find(asynchronous) if test.examples]
    assert len(found) == 17
    for test in found:
        with Burnbag() as client:
            sent = client.send("hunter2")
            asked, answered = (client.request("API key for staging") for _ in range(2))
            client.submit(answered.link, "hunter2")
        names = {"AsyncBurnbag": AsyncBurnbag, "url": server.url, "link": sent.link, "sent": sent}
        names |= {"asked": asked, "answered": answered}
        if test.name.endswith(".resume"):
            monkeypatch.setattr(uploads, "SMALLEST_IN_PARTS", 0)
            names["resume_file"] = tmp_path / "resume"
            with pytest.raises(KeyboardInterrupt), Burnbag() as client:
                client.send(large, resume_file=tmp_path / "resume", progress=interrupt)
        if test.name.endswith(".resume_submission"):
            monkeypatch.setattr(submitting, "SMALLEST_IN_PARTS", 0)
            names["answer_file"] = file = tmp_path / "answer"
            with pytest.raises(KeyboardInterrupt), Burnbag() as client:
                client.submit(asked.link, large, resume_file=file, progress=interrupt)
        for example in test.examples:
            value = run_example(example.source, names)
            assert ("" if value is None else f"{value!r}\n") == example.want


def interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def run_example(source: str, names: dict[str, Any]) -> object:
    """Run it as the prompt of `python -m asyncio` does."""
    mode = "eval" if is_expression(source) else "exec"
    code = compile(source, "example", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(code, names)
    return asyncio.run(value) if asyncio.iscoroutine(value) else value


def is_expression(source: str) -> bool:
    return isinstance(ast.parse(source).body[0], ast.Expr)


def test_types_are_those_of_the_synchronous_client(server: Served, tmp_path: Path) -> None:
    async def send_and_open() -> None:
        async with connect(server) as client:
            sent = await client.send("hunter2", views=2)
            assert_type(sent, Sent)
            opened = await client.open(sent.link)
            assert_type(opened, OpenedInMemory)
            assert_type(opened.text, str)
            assert_type(await client.open(sent.link, tmp_path / "copy"), Opened)
            assert opened.text == (tmp_path / "copy").read_text() == "hunter2"

    asyncio.run(send_and_open())


def test_the_guides_service_answers_with_a_link(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("BURNBAG_URL", server.url)
    example = next(b.text for b in blocks(ROOT / "docs/python.md") if "FastAPI(" in b.text)
    service: dict[str, Any] = {"__name__": "service"}
    exec(compile(example, "docs/python.md", "exec"), service)

    async def ask() -> httpx.Response:
        app = service["app"]
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://service") as visitor,
        ):
            return await visitor.post("/people/ada/password")

    link = asyncio.run(ask()).json()["link"]
    with Burnbag() as recipient:
        assert len(recipient.open(link).text) >= 32


def test_it_works_in_trio_too(server: Served, large: Path, tmp_path: Path) -> None:
    async def send_and_open() -> None:
        async with connect(server) as client:
            link = (await client.send(large, passphrase="right")).link
            with trio.move_on_after(0.01):
                await client.open(link, tmp_path / "copy", passphrase="right")
            await client.open(link, tmp_path / "copy", passphrase="right")

    trio.run(send_and_open)
    assert (tmp_path / "copy").read_bytes() == large.read_bytes()


class TestManyAtOnce:
    def test_many_open_one_link_and_one_has_it(self, server: Served) -> None:
        async def race() -> None:
            async with connect(server) as client:
                link = (await client.send("hunter2")).link
                keys = (f"key-of-caller-{number:04}" for number in range(MANY))
                tries = (client.open(link, idempotency_key=key) for key in keys)
                ends = Counter(map(type, await asyncio.gather(*tries, return_exceptions=True)))
                assert ends == {OpenedInMemory: 1, Gone: MANY - 1}

        asyncio.run(race())
        assert [len(receipt.views) for receipt in server.store.receipts.values()] == [1]

    def test_many_links_are_opened_and_none_is_mixed_up(
        self, server: Served, small_files: None
    ) -> None:
        async def send_and_open(client: AsyncBurnbag, number: int) -> None:
            size = PIECE * 5 // 2 if number % 24 == 0 else number
            content = number.to_bytes(2, "big") * size
            sent = await client.send(content)
            assert (await client.open(sent.link)).data == content

        async def send_and_open_all() -> None:
            async with connect(server) as client:
                await asyncio.gather(*(send_and_open(client, number) for number in range(25)))

        asyncio.run(send_and_open_all())
        assert {receipt.state for receipt in server.store.receipts.values()} == {"revealed"}

    def test_the_loop_goes_on_while_a_passphrase_is_stretched_and_files_are_read(
        self, server: Served, large: Path, tmp_path: Path
    ) -> None:
        async def measure() -> float:
            async with connect(server) as client:
                await client.send("so that everything is imported")
                longest = asyncio.create_task(find_longest_pause())
                sent = await client.send(large, passphrase="x" * 1000)
                await client.open(sent.link, tmp_path / "copy", passphrase="x" * 1000)
                longest.cancel()
                return await longest

        async def find_longest_pause() -> float:
            longest = 0.0
            try:
                while True:
                    before = time.thread_time()
                    await asyncio.sleep(0)
                    longest = max(longest, time.thread_time() - before)
            except asyncio.CancelledError:
                return longest

        # Of processor time of this thread, so other programs do not count.
        assert asyncio.run(measure()) < 0.1


class TestCallbacks:
    def test_who_is_told_of_what_was_opened_may_be_asynchronous(self, server: Served) -> None:
        kept: list[str] = []

        async def keep(opened: OpenedInMemory) -> None:
            await asyncio.sleep(0)
            assert views_left_or_claimed(server)
            kept.append(opened.text)

        async def send_and_open() -> None:
            async with connect(server) as client:
                link = (await client.send("hunter2")).link
                await client.open(link, received=keep)

        asyncio.run(send_and_open())
        assert kept == ["hunter2"] and not server.store.secrets

    def test_progress_is_told_in_the_loops_own_thread(self, server: Served, large: Path) -> None:
        threads: set[threading.Thread] = set()

        def tell(done: int, total: int) -> None:
            threads.add(threading.current_thread())

        async def send_and_open() -> None:
            async with connect(server) as client:
                link = (await client.send(large, progress=tell)).link
                await client.open(link, progress=tell)

        asyncio.run(send_and_open())
        assert threads == {threading.main_thread()}


def views_left_or_claimed(server: Served) -> bool:
    return bool(server.store.secrets)


async def cancel_at(moment: int, work: Coroutine[Any, Any, T], by: str = "task") -> T | None:
    """Cancel `work` after so many turns of the loop; None if it was not done by then."""
    if by == "scope":
        result = None
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                for _ in range(moment):
                    await asyncio.sleep(0)
                scope.cancel()

            cancelling = asyncio.create_task(cancel())
            result = await work
        cancelling.cancel()
        return result
    task = asyncio.create_task(work)
    for _ in range(moment):
        await asyncio.sleep(0)
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        return None


@pytest.mark.parametrize("by", ["task", "scope"])
class TestCancelled:
    """By `task.cancel()`, as timeouts of asyncio do, and by a scope of anyio, as Starlette does."""

    def test_a_view_is_had_again_wherever_the_first_try_was_cancelled(
        self, server: Served, large: Path, tmp_path: Path, by: str
    ) -> None:
        copy = tmp_path / "copy.bin"

        async def open_again_and_again() -> None:
            async with connect(server) as client:
                for content in ("hunter2", large):
                    for _ in range(4):
                        link = (await client.send(content)).link
                        for moment in (random.randrange(400), random.randrange(2000)):
                            opened = await cancel_at(moment, client.open(link, copy), by)
                            assert set(os.listdir(tmp_path)) <= {"copy.bin", "large.bin"}
                            # What is in its place was had; cancelled was only giving it up.
                            if opened or copy.exists():
                                break
                        if not copy.exists():
                            await client.open(link, copy)
                        copy.unlink()

        asyncio.run(open_again_and_again())
        assert {len(receipt.views) for receipt in server.store.receipts.values()} == {1}

    def test_a_cancelled_download_ends_and_leaves_neither_file_nor_thread(
        self, server: Served, large: Path, tmp_path: Path, by: str
    ) -> None:
        server.faults.slow = 0.2
        copy = tmp_path / "copy.bin"

        async def open_and_cancel() -> None:
            async with connect(server) as client:
                link = (await client.send(large)).link
                arrived = asyncio.Event()
                started = time.monotonic()

                def tell(done: int, total: int) -> None:
                    arrived.set()

                if by == "task":
                    task = asyncio.create_task(client.open(link, copy, progress=tell))
                    await arrived.wait()
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
                else:
                    with anyio.CancelScope() as scope:
                        cancelling = asyncio.create_task(cancel_when(arrived, scope))
                        await client.open(link, copy, progress=tell)
                    await cancelling
                # All of it would have taken sixteen seconds.
                assert time.monotonic() - started < 12
                assert os.listdir(tmp_path) == ["large.bin"]
                server.faults.slow = 0
                assert (await client.open(link)).data == large.read_bytes()

        async def cancel_when(arrived: asyncio.Event, scope: anyio.CancelScope) -> None:
            await arrived.wait()
            scope.cancel()

        asyncio.run(open_and_cancel())

    def test_a_cancelled_send_leaves_no_secret_that_nobody_has_the_link_to(
        self, server: Served, large: Path, by: str
    ) -> None:
        async def send_and_cancel() -> list[Sent]:
            sent = []
            async with connect(server) as client:
                for content in ("hunter2", large):
                    for _ in range(4):
                        found = await cancel_at(random.randrange(300), client.send(content), by)
                        sent += [found] if found else []
            return sent

        known = {each.id for each in asyncio.run(send_and_cancel())}
        for id, receipt in server.store.receipts.items():
            if id not in known and receipt.state == "sealed":
                # What seals it came after what was to revoke it. Nobody has a link to it.
                assert f"DELETE /live/v1/secrets/{id}" in server.requests


def test_a_client_that_was_closed_says_so_to_whoever_waits(server: Served) -> None:
    async def close_and_send() -> None:
        async with connect(server) as client:
            pass
        pipe = io.BytesIO(b"read by nobody")
        with pytest.raises(Closed):
            await client.send(pipe)
        assert pipe.tell() == 0

    asyncio.run(close_and_send())
