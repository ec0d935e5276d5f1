"""What the page is made of is written down, small, and of kinds that the server knows."""

import json
import re
from pathlib import Path, PurePosixPath

import pytest

from tests.support.services import ROOT, load
from tools import manifest, visit
from tools.console import Problem

FILES = manifest.read_files()
# Bytes that are transferred: of a language, and at a first visit.
LARGEST_LANGUAGE, LARGEST_VISIT = 7_500, 60_000
# A new account runs ten functions at once. A browser asks for what a file imports, then for what
# those import, so these are not all under way together.
MOST_FILES = {
    "scripts/open/open.js": 14,
    "scripts/send/send.js": 35,
    "scripts/send/receipt.js": 22,
    "scripts/request/ask.js": 24,
    "scripts/request/submit.js": 34,
    "scripts/request/answer.js": 30,
}


@pytest.mark.parametrize("path", manifest.PLACES, ids=str)
def test_the_manifest_is_that_of_the_files(path: Path) -> None:
    """If this fails: `make manifest`."""
    manifest.check(path)


def test_a_first_visit_needs_the_html_and_what_that_refers_to() -> None:
    needed = visit.list_first(FILES)
    assert {"index.html", "scripts/page.js", "styles/page.css"} <= needed <= FILES.keys()
    assert {"scripts/shell.js", "scripts/words.js", "scripts/open/open.js"} <= needed


@pytest.mark.parametrize("view", MOST_FILES)
def test_a_first_visit_transfers_little(view: str) -> None:
    """With the largest language, and a KB for config.json."""
    sizes = {name: visit.measure(FILES[name]) for name in visit.list_first(FILES, view)}
    assert sum(sizes.values()) + 1_000 <= LARGEST_VISIT, sizes
    assert len(sizes) <= MOST_FILES[view], sizes


def test_what_a_browser_loads_is_found_from_file_to_file() -> None:
    files = {
        "index.html": b'<link href="assets/{version}/a.css"><script src="assets/{version}/s/p.js">',
        "a.css": b'@import "b.css"; p { background: url(i/x.svg), url("data:,x") }',
        "b.css": b"",
        "i/x.svg": b"",
        "s/p.js": b'import { a,\n b } from "./f/q.js";\nimport "../r.js";\nimport("./later.js")',
        "s/f/q.js": b'export * from "../p.js";\nconst from = "./no.js";\n// import "./no.js"',
        "r.js": b"",
        "s/later.js": b"",
        "scripts/shell.js": b'import "./words.js"',
        "scripts/words.js": b"",
        "scripts/open/open.js": b"",
        "languages/de.json": b"{}",
        "languages/ru.json": b'{"longer": true}',
    }
    left = {"s/later.js", "languages/de.json"}
    assert visit.list_first(files) == files.keys() - left


def test_a_language_is_small() -> None:
    sizes = {name: visit.measure(data) for name, data in FILES.items() if "languages/" in name}
    assert max(sizes.values()) <= LARGEST_LANGUAGE, sizes


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_a_name_and_a_kind_that_the_server_knows(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9/-]+([.][a-zA-Z0-9-]+)+", name, re.ASCII)
    assert PurePosixPath(name).suffix in load("reveal", "page").MEDIA_TYPES
    assert FILES[name], "an empty file says nothing, and its hash even less"


def test_no_file_of_the_page_asks_anybody_else() -> None:
    elsewhere = r"""(?:src|href|from|import|url|fetch)\s*[=(]?\s*["'](?:https?:)?//"""
    texts = {name: data.decode() for name, data in FILES.items()}
    assert not [name for name, text in texts.items() if re.search(elsewhere, text)]


def test_the_html_has_no_script_and_no_style_of_its_own() -> None:
    """The policy would refuse both, and with them whatever somebody has slipped in."""
    html = FILES["index.html"].decode()
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


def copy_page(tmp_path: Path) -> Path:
    for name, data in {"index.html": b"<p>{version}", "a.js": b"1"}.items():
        (tmp_path / "web").mkdir(exist_ok=True)
        (tmp_path / "web" / name).write_bytes(data)
    return tmp_path


def test_the_version_follows_from_every_file_and_every_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy_page(tmp_path)
    versions = [manifest.make_version(manifest.read_files(root / "web"))]
    (root / "web" / "a.js").write_bytes(b"2")
    versions.append(manifest.make_version(manifest.read_files(root / "web")))
    (root / "web" / "index.html").write_bytes(b"<b>{version}")
    versions.append(manifest.make_version(manifest.read_files(root / "web")))
    monkeypatch.setattr(manifest, "HEADERS", {**manifest.HEADERS, "X-Frame-Options": "SAMEORIGIN"})
    versions.append(manifest.make_version(manifest.read_files(root / "web")))
    assert len(set(versions)) == 4
    assert all(re.fullmatch(r"[\w-]{16}", version) for version in versions)


def test_the_hash_of_the_html_is_that_of_what_is_served(tmp_path: Path) -> None:
    made = manifest.make_manifest(manifest.read_files(copy_page(tmp_path) / "web"))
    served = f"<p>{made['version']}".encode()
    assert made["files"]["index.html"] == {"sha256": manifest.hash_of(served), "size": len(served)}


def test_a_stale_manifest_is_told_with_what_to_do(tmp_path: Path) -> None:
    root = copy_page(tmp_path)
    with pytest.raises(Problem, match="make manifest"):
        manifest.check(manifest.SERVED, root)
    (root / manifest.SERVED).write_text(manifest.make_text(root))
    manifest.check(manifest.SERVED, root)
    (root / "web" / "a.js").write_bytes(b"2")
    with pytest.raises(Problem, match="make manifest"):
        manifest.check(manifest.SERVED, root)


def test_what_a_system_or_an_editor_leaves_is_no_file_of_the_page(tmp_path: Path) -> None:
    root = copy_page(tmp_path)
    (root / "web" / ".DS_Store").write_bytes(b"x")
    assert manifest.find_names(root / "web") == ["a.js", "index.html"]


def test_the_manifest_is_json_with_a_hash_for_every_file() -> None:
    found = json.loads((ROOT / manifest.SERVED).read_text())
    assert found["files"].keys() == FILES.keys()
    assert all(len(facts["sha256"]) == 44 for facts in found["files"].values())
