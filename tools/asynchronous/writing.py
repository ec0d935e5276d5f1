"""Put the changed definitions of a module together, with what they import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tools.asynchronous import tables
from tools.asynchronous.editing import Editor
from tools.asynchronous.reading import Client, Module, last_name, names_in
from tools.checkout import ROOT
from tools.console import Problem

CLIENT: Final = ROOT / "client/burnbag"
TWINS: Final = CLIENT / "_async"
HEAD: Final = '''"""{about}

Made of `burnbag.{name}` by tools/asynchronous: change that, and run `make fmt`.
"""
'''
EXAMPLE: Final = re.compile(r"^( +>>> )(.+)$", re.MULTILINE)


def make_twins() -> dict[Path, str]:
    """The asynchronous modules, by where they are written."""
    client = Client.read(CLIENT)
    texts = {name: make_twin(client, module) for name, module in client.modules.items()}
    with ThreadPoolExecutor() as pool:
        formed = pool.map(put_into_form, texts.values())
        return {TWINS / f"{name}.py": text for name, text in zip(texts, formed, strict=True)}


def make_twin(client: Client, module: Module) -> str:
    twins = client.twins[module.name]
    changed = [
        reword(client, Editor(client, module).change(node))
        for name, node in module.definitions.items()
        if name in twins
    ]
    body = "\n\n".join(changed)
    refuse_blocking(ast.parse(body))
    imports = "\n".join(sorted(set(make_imports(client, module, body))))
    about = (ast.get_docstring(module.tree) or "").splitlines()[0]
    return f"{HEAD.format(about=about, name=module.name)}\n{imports}\n\n\n{body}\n"


def refuse_blocking(tree: ast.Module) -> None:
    """Raise Problem if files would be worked with in the event loop: no type would tell."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    wrapped = {id(arg) for c in calls if last_name(c.func) == "in_thread_context" for arg in c.args}
    for call in calls:
        works = isinstance(call.func, ast.Name) and call.func.id in tables.CONTEXTS_IN_THREAD
        if works and id(call) not in wrapped:
            raise Problem(f"this would block the event loop: {ast.unparse(call)}")


def make_imports(client: Client, module: Module, body: str) -> Iterator[str]:
    """What the names in `body` are imported by."""
    tree = ast.parse(body)
    used = names_in(tree)
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    yield from (line for name, line in tables.IMPORTS.items() if name in used)
    for name in sorted((module.names & used) - own - client.twins[module.name]):
        yield f"from burnbag.{module.name} import {name}"
    for node in module.tree.body:
        match node:
            case ast.Import(names=names):
                yield from (f"import {each.name}" for each in names if each.name in used)
            case ast.ImportFrom(module=str(source), names=names):
                for each in names:
                    if each.name in used:
                        yield f"from {home_of(client, source, each.name)} import {each.name}"


def home_of(client: Client, source: str, name: str) -> str:
    """Where a twin imports a name from that its module imports from `source`."""
    package, _, last = source.partition(".")
    if package != "burnbag":
        return source
    is_twin = last in client.modules and name in client.twins[last]
    if last in tables.BY_HAND or is_twin or (not last and name in client.modules):
        return f"burnbag._async{'.' if last else ''}{last}"
    return source


def reword(client: Client, text: str) -> str:
    """Change what the docstrings say, and their examples as code is changed."""
    for said, new in tables.WORDS.items():
        text = text.replace(said, new)
    return EXAMPLE.sub(lambda found: found[1] + change_example(client, found[2]), text)


def change_example(client: Client, code: str) -> str:
    """One line of an example. It is a function's, for as long as it is changed."""
    head = "def example():\n    "
    module = Module("example", f"{head}{code}\n")
    node = module.definitions["example"]
    assert isinstance(node, ast.FunctionDef)
    client.functions["example"], client.waiting["example"] = node, tables.CALL
    changed = Editor(client, module).change(node)
    return changed.removeprefix(f"async {head}")


def put_into_form(text: str) -> str:
    """As `make fmt` leaves it."""
    for command in (["check", "--select=I", "--fix", "--quiet"], ["format", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(TWINS / "x.py"), "-"],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        text = done.stdout
    return text
