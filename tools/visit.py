"""What a browser loads when somebody visits the page for the first time.

It reads no HTML, CSS or JavaScript in general, only the references that the page's files make.
"""

import gzip
import posixpath
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from tools.manifest import INDEX

# References to other files: in the HTML, in a module's static imports, in a style sheet.
REFERENCES: Final = {
    ".html": re.compile(r'(?:src|href)="assets/\{version\}/([^"]+)"'),
    ".js": re.compile(r"""^\s*(?:import|export)\b(?:[^;"']*?\bfrom)?\s*["']([^"']+)["']""", re.M),
    ".css": re.compile(r"""(?:@import\s+|url\()["']?(?!data:|#)([^"')]+)"""),
}
# What the page asks for by a script as soon as it has read the address: what is around every view,
# and the view of a link. Then one of the languages.
SHELL: Final = "scripts/shell.js"
OPENING: Final = "scripts/open/open.js"
LANGUAGES: Final = "languages/"


def list_first(files: Mapping[str, bytes], view: str = OPENING) -> frozenset[str]:
    """The files that a first visit loads at most: those with the largest language."""
    languages = [name for name in files if name.startswith(LANGUAGES)]
    largest = sorted(languages, key=lambda name: measure(files[name]))[-1:]
    needed = [find_needed(files, name) for name in (INDEX, SHELL, view)]
    return frozenset[str]().union(*needed, largest)


def find_needed(
    files: Mapping[str, bytes], name: str, known: frozenset[str] = frozenset()
) -> frozenset[str]:
    """A file, and all that a browser loads with it before anybody does anything."""
    known |= {name}
    for other in find_references(files, name):
        if other not in known:
            known = find_needed(files, other, known)
    return known


def find_references(files: Mapping[str, bytes], name: str) -> list[str]:
    suffix, folder = PurePosixPath(name).suffix, posixpath.dirname(name)
    if suffix not in REFERENCES:
        return []
    found = REFERENCES[suffix].findall(files[name].decode())
    if name == INDEX:
        return found
    return [posixpath.normpath(posixpath.join(folder, each)) for each in found]


def measure(data: bytes) -> int:
    """The bytes that are transferred of a file."""
    return len(gzip.compress(data))
