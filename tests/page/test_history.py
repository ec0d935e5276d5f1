"""The list of what was sent: in this browser only, and only if it is wanted."""

from typing import Any

import pytest
from playwright.sync_api import Page

ENTRY = {
    "id": "i",
    "receiptToken": "r",
    "kind": "text",
    "label": "for Jo",
    "createdAt": 1_800_000_000,
    "expiresAt": 1_800_086_400,
}


def run(page: Page, steps: str, entry: dict[str, Any] = ENTRY) -> Any:
    """What `steps` return, given a history and an entry."""
    return page.evaluate(
        f"""async (entry) => {{
          const {{ History }} = await import("/scripts/send/history.js");
          const history = new History();
          {steps}
        }}""",
        entry,
    )


def test_nothing_is_kept_unless_it_is_wanted(blank: Page) -> None:
    steps = "history.add(entry); return [history.wanted, history.list(), localStorage]"
    assert run(blank, steps) == [False, [], {}]


def test_what_is_sent_is_kept_once_it_is_wanted(blank: Page) -> None:
    run(blank, "history.begin(); history.add(entry)")
    blank.reload()
    assert run(blank, "return [history.wanted, history.list(entry.expiresAt)]") == [True, [ENTRY]]


def test_neither_link_nor_key_nor_passphrase_is_kept(blank: Page) -> None:
    extra = ENTRY | {"link": "LINK", "token": "TOKEN", "passphrase": "PASS", "key": "KEY"}
    steps = "history.begin(); history.add(entry); return JSON.stringify(localStorage)"
    kept = run(blank, steps, extra)
    assert "for Jo" in kept
    assert not any(word in kept for word in ("LINK", "TOKEN", "PASS", "KEY"))


def test_forgetting_leaves_nothing(blank: Page) -> None:
    steps = "history.begin(); history.add(entry); history.forget();"
    assert run(blank, f"{steps} return [history.wanted, localStorage]") == [False, {}]


def test_the_newest_is_first_and_none_is_there_twice(blank: Page) -> None:
    steps = """history.begin();
      for (const id of ["a", "b", "a"]) history.add({ ...entry, id });
      return history.list(entry.expiresAt).map(({ id }) => id);"""
    assert run(blank, steps) == ["a", "b"]


def test_what_no_receipt_is_left_of_is_not_shown(blank: Page) -> None:
    steps = "history.begin(); history.add(entry);"
    assert run(blank, f"{steps} return history.list(entry.expiresAt + 181 * 86400)") == []


@pytest.mark.parametrize("stored", ["{", "5", "null", '[{"id": 1}, null, "x"]'])
def test_what_something_else_wrote_is_not_shown(stored: str, blank: Page) -> None:
    blank.evaluate("(text) => localStorage.setItem('burnbag.sent', text)", stored)
    assert run(blank, "return history.list(0)") == []


def test_a_browser_without_storage_keeps_nothing_and_says_so(blank: Page) -> None:
    assert blank.evaluate(
        """async (entry) => {
      const { History } = await import("/scripts/send/history.js");
      const history = new History(() => { throw new DOMException("no", "SecurityError"); });
      const began = history.begin();
      history.add(entry);
      history.forget();
      return [began, history.wanted, history.list()];
    }""",
        ENTRY,
    ) == [False, False, []]
