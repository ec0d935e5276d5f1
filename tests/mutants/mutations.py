"""Small wrong changes of a source file, each of which some test should notice.

The operators are mutmut's. Its own runner does not fit here. It knows a function by its path, and
the tests load each service's modules under shared names (`app`, `chalicelib`); it leaves out
decorated functions and everything outside of functions; and it takes DynamoDB's expressions for
prose. So this walks a file itself, and changes the expressions as what they are.

What puts None in the place of a value is left out, because mypy refuses most of it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation import mutators

# A comparison with a placeholder, and a clause, of a DynamoDB expression.
COMPARISON: Final = re.compile(r"(?<= )(>=|<=|<>|>|<|=)(?= [:#])")
CLAUSE: Final = re.compile(r"(?:^| AND )(?:[^()]|\w\([^()]*\))+?(?= AND |$)")
SWAPPED: Final = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "=": "<>", "<>": "="}
LEFT_OUT: Final = {
    mutators.operator_string,
    mutators.operator_arg_removal,
    mutators.operator_assignment,
    mutators.operator_dict_arguments,
}
OPERATORS: Final = [
    (kind, operator) for kind, operator in mutators.mutation_operators if operator not in LEFT_OUT
]
# Types and protocols are mypy's to check, and an import that is wrong fails by itself.
UNTOUCHED: Final = (libcst.Annotation, libcst.Import, libcst.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """One change: in which function or class (`place`), and the lines before and after."""

    path: str
    place: str
    before: str
    after: str
    source: str = field(repr=False)
    in_function: bool

    @property
    def key(self) -> tuple[str, ...]:
        return self.path, self.place, self.before, self.after

    def __str__(self) -> str:
        return f"  {self.path}::{self.place}\n  - {self.before}\n  + {self.after}"

    def toml(self) -> str:
        """The entry that explains it as a survivor, but for the reason."""
        names = ("file", "place", "before", "after")
        # A JSON string is a TOML string too.
        lines = [f"{name} = {json.dumps(text)}" for name, text in zip(names, self.key, strict=True)]
        return "\n".join(["[[survivor]]", *lines, 'why = ""', "", ""])


@dataclass(frozen=True)
class Change:
    place: str
    in_function: bool
    old: Any
    new: Any


class Changes(libcst.CSTVisitor):  # type: ignore[misc]
    """Every change of a module."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Change] = []
        self.scopes: list[libcst.FunctionDef | libcst.ClassDef] = []

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, UNTOUCHED) or is_docstring(node) or is_for_types(node):
            return False
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef):
            self.scopes.append(node)
        self.found += [Change(self.place, self.in_function, node, new) for new in changes(node)]
        return True

    def on_leave(self, node: libcst.CSTNode) -> None:
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef) and not is_for_types(node):
            self.scopes.pop()

    @property
    def in_function(self) -> bool:
        return any(isinstance(scope, libcst.FunctionDef) for scope in self.scopes)

    @property
    def place(self) -> str:
        """The outermost function, or the class, that is being visited."""
        names = []
        for scope in self.scopes:
            names.append(scope.name.value)
            if isinstance(scope, libcst.FunctionDef):
                break
        return ".".join(names) or "module"


def make_mutants(path: str, source: str) -> list[Mutant]:
    wrapper = MetadataWrapper(libcst.parse_module(source))
    spans = wrapper.resolve(ByteSpanPositionProvider)
    visitor = Changes()
    wrapper.visit(visitor)
    made: dict[str, Mutant] = {}
    for change in visitor.found:
        if change.old not in spans:
            continue
        start, end = spans[change.old].start, spans[change.old].start + spans[change.old].length
        new = wrapper.module.code_for_node(change.new)
        if isinstance(change.new, libcst.Match):
            new = indent_like(source.encode()[:start].decode(), new)
        after = (source.encode()[:start] + new.encode() + source.encode()[end:]).decode()
        if after != source:
            lines = difference(source, after)
            made[after] = Mutant(path, change.place, *lines, after, change.in_function)
    return list(made.values())


def indent_like(before: str, statement: str) -> str:
    """A statement of several lines, written as if it stood alone, as it has to be where it goes."""
    line = before.rpartition("\n")[2]
    return statement.strip().replace("\n", f"\n{line}")


def difference(before: str, after: str) -> tuple[str, str]:
    """The lines that differ."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " ".join(map(str.strip, old)), " ".join(map(str.strip, new))


def changes(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    if isinstance(node, libcst.SimpleString):
        for text in changed_texts(node.raw_value):
            yield node.with_changes(value=node.prefix + node.quote + text + node.quote)
    elif isinstance(node, libcst.FormattedStringText):
        for text in changed_texts(node.value):
            yield node.with_changes(value=text)
    for kind, operator in OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def changed_texts(text: str) -> Iterator[str]:
    """Other texts: an expression with one clause less or another comparison, or another word.

    Prose is left alone: tests should not hold anybody to the wording of a message.
    """
    for found in COMPARISON.finditer(text):
        yield text[: found.start()] + SWAPPED[found[0]] + text[found.end() :]
    if ":" in text and " AND " in text:
        for found in CLAUSE.finditer(text):
            yield (text[: found.start()] + text[found.end() :]).removeprefix(" AND ")
    if " " not in text.strip() or "SET " in text:
        yield f"XX{text}XX"


def is_docstring(node: libcst.CSTNode) -> bool:
    return isinstance(node, libcst.Expr) and isinstance(node.value, libcst.BaseString)


def is_for_types(node: libcst.CSTNode) -> bool:
    """Whether a node says something to mypy only: a Protocol, a TypeVar, a frozen dataclass."""
    if isinstance(node, libcst.Decorator):
        return isinstance(node.decorator, libcst.Call) and is_named(
            node.decorator.func, "dataclass"
        )
    if isinstance(node, libcst.ClassDef):
        return any(is_named(base.value, "Protocol") for base in node.bases)
    return isinstance(node, libcst.Call) and is_named(node.func, "TypeVar")


def is_named(node: libcst.CSTNode, name: str) -> bool:
    return isinstance(node, libcst.Name) and node.value == name
