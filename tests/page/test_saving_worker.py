"""Saving through a service worker: whatever is called saved has left the worker whole."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.page.states import Visitor
from tests.page.test_opening_files import HUGE, NO_DIALOG

# The worker's script in a document, where a test can read its answer as slowly as it likes.
WORKER: Final = """async () => {
  await import("/scripts/open/saving-worker.js");
  const { port1: port, port2: theirs } = new MessageChannel();
  window.said = [];
  window.next = () => new Promise((resolve) => {
    port.onmessage = ({ data }) => (window.said.push(data), resolve(data));
  });
  window.tell = (data) => port.postMessage(data);
  const ready = window.next();
  window.postMessage({ url: "/saved", name: "disk.img" }, location.origin, [theirs]);
  await ready;
  const request = new Event("fetch");
  request.request = { url: "/saved" };
  request.respondWith = (answer) => (window.reader = answer.body.getReader());
  dispatchEvent(request);
}"""
SETTLE: Final = "new Promise((resolve) => setTimeout(resolve, 100))"
READ: Final = """async () => {
  const { done, value } = await reader.read();
  return done ? null : new TextDecoder().decode(value);
}"""
# Keep the worker's last word from the page until it is let through.
HOLD_THE_END: Final = """
const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  get,
  set(listen) {
    set.call(this, (event) => {
      if (event.data !== "ended") return listen(event);
      window.letThrough = () => listen(event);
    });
  },
});
"""
WORKERS: Final = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"


@pytest.fixture
def worker(blank: Page) -> Page:
    blank.evaluate(WORKER)
    return blank


def test_a_piece_is_asked_for_only_once_the_browser_takes_it(worker: Page) -> None:
    """So nothing waits in the worker, to be lost when it ends."""
    worker.evaluate(SETTLE)
    assert worker.evaluate("said") == ["ready"]
    worker.evaluate("() => { window.asked = next(); window.reading = reader.read(); }")
    assert worker.evaluate("asked") == "more"
    worker.evaluate("() => tell(new TextEncoder().encode('one'))")
    assert worker.evaluate("reading.then(({ value }) => new TextDecoder().decode(value))") == "one"
    worker.evaluate(SETTLE)
    assert worker.evaluate("said") == ["ready", "more"]


def test_the_worker_says_that_it_has_ended_after_the_last_piece(worker: Page) -> None:
    worker.evaluate("() => { tell(new TextEncoder().encode('last')); tell('end'); }")
    worker.wait_for_function("() => said.includes('ended')")
    assert [worker.evaluate(READ), worker.evaluate(READ)] == ["last", None]


def test_what_breaks_off_ends_as_a_failure_and_not_as_a_whole(worker: Page) -> None:
    worker.evaluate("() => { tell(new TextEncoder().encode('one')); tell('broken'); }")
    worker.evaluate(SETTLE)
    assert worker.evaluate("reader.read().catch((error) => error.message)") == (
        "the download broke off"
    )


@pytest.mark.alone
def test_nothing_is_called_saved_before_the_worker_has_ended(visitor: Visitor) -> None:
    visitor.page.add_init_script(NO_DIALOG)
    visitor.page.add_init_script(HOLD_THE_END)
    visitor.open(visitor.send(bytes(HUGE), filename="disk.img"))
    with visitor.page.expect_download() as download:
        visitor.press("Save the file")
    visitor.page.wait_for_function("() => window.letThrough !== undefined")
    assert "Saved on your device." not in visitor.said
    assert visitor.calls == ["GET", "POST /reveal"]
    assert visitor.page.evaluate(WORKERS) == 1
    expect(visitor.page.locator("iframe")).to_have_count(1)
    visitor.page.evaluate("letThrough()")
    visitor.wait_for("Saved on your device.")
    assert download.value.path().stat().st_size == HUGE
    assert visitor.page.evaluate(WORKERS) == 0
