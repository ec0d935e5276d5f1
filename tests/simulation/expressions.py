"""DynamoDB's expressions, as far as burnbag writes them, compiled to Python once.

A condition becomes a function of an item and the request's values, an update one that changes an
item. Whatever burnbag does not use is refused, so that nothing is passed over in silence.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Item = dict[str, Any]
Values = Mapping[str, Any]
Operand = Callable[[Item, Values], Any]
Condition = Callable[[Item, Values], bool]
Change = Callable[[Item, Values], None]

TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[:#]?[\w#][\w.#]*)")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Unsupported(AssertionError):
    """An expression that burnbag did not use when this was written."""


@dataclass
class Tokens:
    """The tokens of an expression, and the names behind its placeholders."""

    rest: list[str]
    names: Mapping[str, str]

    def peek(self) -> str:
        return self.rest[0] if self.rest else ""

    def take(self, expected: str = "") -> str:
        token = self.rest.pop(0) if self.rest else ""
        if not token or (expected and token != expected):
            raise Unsupported(f"{expected or 'more'} expected, {token!r} found")
        return token

    def takes(self, *choices: str) -> bool:
        """Take the next token if it is one of these."""
        if self.peek() not in choices:
            return False
        self.rest.pop(0)
        return True

    def path(self) -> list[str]:
        return [self.names.get(part, part) for part in self.take().split(".")]


def tokenize(text: str, names: Mapping[str, str]) -> Tokens:
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = TOKEN.match(text, position)
        if not match:
            raise Unsupported(text[position:])
        tokens.append(match[1])
        position = match.end()
    return Tokens(tokens, names)


@cache
def compile_condition(text: str, names: tuple[tuple[str, str], ...]) -> Condition:
    """The condition of a write; an empty one always holds."""
    if not text:
        return lambda item, values: True
    tokens = tokenize(text, dict(names))
    condition = read_or(tokens)
    if tokens.rest:
        raise Unsupported(" ".join(tokens.rest))
    return condition


def read_or(tokens: Tokens) -> Condition:
    parts = [read_and(tokens)]
    while tokens.takes("OR"):
        parts.append(read_and(tokens))
    return parts[0] if len(parts) == 1 else lambda i, v: any(part(i, v) for part in parts)


def read_and(tokens: Tokens) -> Condition:
    parts = [read_primary(tokens)]
    while tokens.takes("AND"):
        parts.append(read_primary(tokens))
    return parts[0] if len(parts) == 1 else lambda i, v: all(part(i, v) for part in parts)


def read_primary(tokens: Tokens) -> Condition:
    if tokens.takes("("):
        inner = read_or(tokens)
        tokens.take(")")
        return inner
    for name, wanted in (("attribute_exists", True), ("attribute_not_exists", False)):
        if tokens.takes(name):
            tokens.take("(")
            path = tokens.path()
            tokens.take(")")
            return lambda i, v, path=path, w=wanted: (find(i, path) is not None) == w  # type: ignore[misc]
    left = read_operand(tokens)
    if tokens.takes("IN"):
        return read_membership(tokens, left)
    if tokens.takes("BETWEEN"):
        return read_range(tokens, left)
    compare = COMPARE[tokens.take()]
    right = read_operand(tokens)

    def condition(item: Item, values: Values) -> bool:
        one, other = left(item, values), right(item, values)
        return one is not None and other is not None and compare(one, other)

    return condition


def read_membership(tokens: Tokens, left: Operand) -> Condition:
    tokens.take("(")
    choices = [read_operand(tokens)]
    while tokens.takes(","):
        choices.append(read_operand(tokens))
    tokens.take(")")
    return lambda i, v: left(i, v) in [choice(i, v) for choice in choices]


def read_range(tokens: Tokens, middle: Operand) -> Condition:
    least = read_operand(tokens)
    tokens.take("AND")
    most = read_operand(tokens)

    def condition(item: Item, values: Values) -> bool:
        found = middle(item, values)
        return found is not None and least(item, values) <= found <= most(item, values)

    return condition


def read_operand(tokens: Tokens) -> Operand:
    if tokens.takes("size"):
        tokens.take("(")
        path = tokens.path()
        tokens.take(")")
        return lambda i, v: None if (found := find(i, path)) is None else len(found)
    if tokens.takes("list_append"):
        tokens.take("(")
        first = read_operand(tokens)
        tokens.take(",")
        second = read_operand(tokens)
        tokens.take(")")
        return lambda i, v: [*first(i, v), *second(i, v)]
    if tokens.peek().startswith(":"):
        name = tokens.take()
        return lambda i, v: v[name]
    path = tokens.path()
    return lambda i, v: find(i, path)


def find(item: Any, path: list[str]) -> Any:
    for part in path:
        if not isinstance(item, dict) or part not in item:
            return None
        item = item[part]
    return item


@cache
def compile_update(text: str, names: tuple[tuple[str, str], ...]) -> Change:
    """The change of an update expression: what it reads is what was there before."""
    tokens = tokenize(text, dict(names))
    changes = list(read_changes(tokens))

    def change(item: Item, values: Values) -> None:
        found = [(path, value and value(item, values)) for path, value in changes]
        for path, value in found:
            owner = find(item, path[:-1])
            if owner is None:
                raise Unsupported("the document path is invalid for an update")
            if value is None:
                owner.pop(path[-1], None)
            else:
                owner[path[-1]] = value

    return change


def read_changes(tokens: Tokens) -> Iterator[tuple[list[str], Operand | None]]:
    """Each path with what it is set to, None where it is removed."""
    while tokens.rest:
        clause = tokens.take()
        if clause not in ("SET", "REMOVE"):
            raise Unsupported(clause)
        while True:
            path = tokens.path()
            yield path, read_value(tokens) if clause == "SET" else None
            if not tokens.takes(","):
                break


def read_value(tokens: Tokens) -> Operand:
    tokens.take("=")
    first = read_operand(tokens)
    if tokens.peek() not in ("+", "-"):
        return first
    sign = 1 if tokens.take() == "+" else -1
    second = read_operand(tokens)
    return lambda i, v: first(i, v) + sign * second(i, v)
