"""Firefox for the tests of the page, by the protocol that it brings itself (Marionette).

Playwright drives a Firefox of its own making only, and this is the one that people have.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PROGRAMS: Final = ("firefox-esr", "firefox")
LONGEST_START: Final = 60.0
LONGEST_WAIT: Final = 60.0
PAUSE: Final = 0.1
ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
PREFERENCES: Final = """
user_pref("marionette.port", 0);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.dir", "{downloads}");
user_pref("browser.download.always_ask_before_handling_new_types", false);
user_pref("browser.download.alwaysOpenPanel", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("intl.accept_languages", "en-GB");
"""


class Firefox:
    """A running Firefox with one tab; what it downloads is in `downloads`."""

    def __init__(self, port: int, downloads: Path) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), LONGEST_WAIT)
        self.stream = self.connection.makefile("rb")
        self.downloads = downloads
        self.number = 0
        self.read()
        self.call("WebDriver:NewSession", {"capabilities": {}})

    def call(self, command: str, parameters: dict[str, Any]) -> Any:
        """What a command of WebDriver returns."""
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.read()
        assert error is None, error
        return result.get("value") if isinstance(result, dict) else result

    def read(self) -> Any:
        length = b""
        while (character := self.stream.read(1)) != b":":
            assert character, "Firefox went away"
            length += character
        return json.loads(self.stream.read(int(length)))

    def visit(self, url: str) -> None:
        self.call("WebDriver:Navigate", {"url": "about:blank"})
        self.call("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns in the page."""
        return self.call("WebDriver:ExecuteScript", {"script": script, "args": arguments})

    @property
    def said(self) -> str:
        said: str = self.run("return document.querySelector('main').innerText")
        return said

    def wait_for(self, words: str) -> None:
        """Wait until the page says something."""
        end = time.monotonic() + LONGEST_WAIT
        while words not in self.said:
            assert time.monotonic() < end, f"{words!r} is not in {self.said!r}"
            time.sleep(PAUSE)

    def wait_for_element(self, selector: str) -> None:
        """Wait until the page has something."""
        end = time.monotonic() + LONGEST_WAIT
        while not self.run("return document.querySelector(arguments[0]) !== null", selector):
            assert time.monotonic() < end, f"there is no {selector}"
            time.sleep(PAUSE)

    def wait_for_tabs(self, count: int) -> None:
        """Wait until so many tabs are open."""
        end = time.monotonic() + LONGEST_WAIT
        while len(self.call("WebDriver:GetWindowHandles", {})) != count:
            assert time.monotonic() < end, f"there are not {count} tabs"
            time.sleep(PAUSE)

    def find(self, selector: str) -> str:
        """What WebDriver calls an element by."""
        using = {"using": "css selector", "value": selector}
        found: str = self.call("WebDriver:FindElement", using)[ELEMENT]
        return found

    def click(self, selector: str) -> None:
        self.call("WebDriver:ElementClick", {"id": self.find(selector)})

    def press(self, words: str) -> None:
        """Click the button with these words."""
        using = {"using": "xpath", "value": f"//button[normalize-space()='{words}']"}
        found = self.call("WebDriver:FindElement", using)[ELEMENT]
        self.call("WebDriver:ElementClick", {"id": found})

    def hold(self, until: str) -> None:
        """Press and hold the button until the page says something."""
        target = {ELEMENT: self.find(".hold")}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": target, "duration": 0}
        self.point([move, {"type": "pointerDown", "button": 0}])
        self.wait_for(until)
        self.point([{"type": "pointerUp", "button": 0}])

    def point(self, actions: list[dict[str, Any]]) -> None:
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self.call("WebDriver:PerformActions", {"actions": [mouse]})

    def type(self, selector: str, text: str) -> None:
        self.call("WebDriver:ElementSendKeys", {"id": self.find(selector), "text": text})

    def wait_for_download(self, name: str) -> bytes:
        """The bytes of a download, once it is complete."""
        end = time.monotonic() + LONGEST_WAIT
        path = self.downloads / name
        while not path.exists() or list(self.downloads.glob("*.part")):
            assert time.monotonic() < end, f"there is no {name}"
            time.sleep(PAUSE)
        return path.read_bytes()


@contextmanager
def run_firefox(folder: Path) -> Iterator[Firefox]:
    """Firefox without a window, with a new profile in `folder`."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "Firefox is needed and was not found (Debian: apt install firefox-esr)"
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir()
    downloads.mkdir()
    (profile / "user.js").write_text(PREFERENCES.replace("{downloads}", str(downloads)))
    process = subprocess.Popen(
        [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Firefox(wait_for_port(profile / "MarionetteActivePort"), downloads)
    finally:
        process.terminate()
        process.wait()


def wait_for_port(file: Path) -> int:
    """The port that Firefox has written down once it listens there."""
    end = time.monotonic() + LONGEST_START
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() < end, "Firefox does not start"
        time.sleep(PAUSE)
    return int(file.read_text())
