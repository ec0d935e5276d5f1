"""Which of a package's modules a program imports, found by reading, never by running."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def reachable(sources: Iterable[Path], package: Path) -> list[Path]:
    """The files of `package` (a folder) that `sources` import, directly or not, sorted.

    A package's own `__init__.py` counts as imported with any of its modules.
    """
    found: set[Path] = set()
    waiting = list(sources)
    while waiting:
        for name in imported_names(waiting.pop(), package.name):
            for file in files_of(name, package):
                if file not in found:
                    found.add(file)
                    waiting.append(file)
    return sorted(found)


def imported_names(source: Path, package: str) -> Iterator[str]:
    """Dotted names below `package` that `source` may import.

    `from package import name` yields both readings of `name`, attribute and module.
    """
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"), str(source))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([package] * bool(node.level) + [node.module or ""]).strip(".")
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == package)


def files_of(name: str, package: Path) -> Iterator[Path]:
    """The file of the module `name`, if it is one, and every `__init__.py` on the way to it."""
    folder = package
    for part in name.split(".")[1:]:
        yield folder / "__init__.py"
        if (module := folder / f"{part}.py").is_file():
            yield module
        folder = folder / part
        if not folder.is_dir():
            return
    yield folder / "__init__.py"
