"""Large files go through the page in bounded memory, and leave nothing on the disk."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.sender import Sender, open_link
from tests.support import browser as browsers
from tests.support import footprint
from tests.support.sending import run_sending_page
from tests.support.size import FULL

MIB: Final = 1024 * 1024
SIZE: Final = (200 if FULL else 64) * MIB
# What a browser keeps until it collects its garbage, whatever the size; 200 MB grow by 150.
SLACK: Final = 200 * MIB
LEFT: Final = """async () => {
  const names = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names;
}"""


@pytest.fixture
def profile(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A browser that has a disk: a private window keeps its files in memory."""
    kind = browser.browser_type
    program = browsers.find_program()
    with kind.launch_persistent_context(tmp_path / "profile", executable_path=program) as context:
        yield context.pages[0]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        for _ in range(SIZE // MIB):
            file.write(os.urandom(MIB))
    return path


@pytest.fixture
def just_large(tmp_path: Path) -> Path:
    """As little as waits on the disk."""
    path = tmp_path / "just-large.bin"
    path.write_bytes(bytes(33 * MIB))
    return path


def digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def test_a_large_file_arrives_whole_in_bounded_memory(
    profile: Page, large: Path, tmp_path: Path
) -> None:
    with run_sending_page() as server:
        sender = Sender(profile, server)
        sender.begin()
        sender.choose(large)
        with footprint.measure() as memory:
            sender.go()
            expect(sender.heading("Your link is ready")).to_be_visible(timeout=240_000)
        assert memory.growth < SLACK, f"{memory.growth // MIB} MiB for {SIZE // MIB}"
        assert profile.evaluate(LEFT) == []
        opened = open_link(sender.link(), to=tmp_path / "opened.bin")
        assert opened.path is not None and digest(opened.path) == digest(large)


def test_a_large_upload_that_is_stopped_leaves_nothing(profile: Page, just_large: Path) -> None:
    with run_sending_page() as server:
        sender = Sender(profile, server)
        sender.begin()
        sender.choose(just_large)
        sender.go()
        sender.says("Encrypting …")
        sender.press("Stop")
        expect(sender.heading("Send a secret")).to_be_visible(timeout=60_000)
        assert profile.evaluate(LEFT) == []
        assert not server.store.secrets


def test_what_a_crashed_tab_has_left_goes_with_the_next_upload(
    profile: Page, just_large: Path
) -> None:
    with run_sending_page() as server:
        sender = Sender(profile, server)
        sender.begin()
        profile.evaluate("""async () => {
          const folder = await navigator.storage.getDirectory();
          for (const began of [Date.now() - 2 * 86400 * 1000, Date.now()]) {
            await folder.getFileHandle(`sending-${began}-x`, { create: true });
          }
        }""")
        sender.choose(just_large)
        sender.go()
        expect(sender.heading("Your link is ready")).to_be_visible(timeout=240_000)
        # The other one may belong to a tab that is still sending.
        assert len(profile.evaluate(LEFT)) == 1
