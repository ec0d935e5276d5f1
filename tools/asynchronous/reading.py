"""Read the synchronous modules, and find out which of their definitions wait."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from tools.asynchronous import tables
from tools.asynchronous.tables import CALL, CONTEXT, STREAM

Definition = ast.FunctionDef | ast.ClassDef
# What a call leads to: which kind of waiting, and the asynchronous name.
Waiting = tuple[str, str]


@dataclass(frozen=True)
class Module:
    """A synchronous module."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines(keepends=True)

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *accumulate(map(len, self.lines))]

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Its functions and classes."""
        found = (node for node in self.tree.body if isinstance(node, Definition))
        return {node.name: node for node in found}

    @cached_property
    def mentions(self) -> dict[str, set[str]]:
        """The names in each definition."""
        return {name: names_in(node) for name, node in self.definitions.items()}

    @cached_property
    def names(self) -> set[str]:
        """All that it defines, constants too."""
        assigned = set()
        for statement in self.tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                ):
                    assigned.add(name)
        return assigned | set(self.definitions)


@dataclass
class Client:
    """All modules together.

    `waiting` has the kind of each function that waits, by its name: methods are called
    `Class.method`, and what is defined in a function `function.inner`. `twins` has for each module
    the definitions that are written anew: they wait, or have to do with what does.
    """

    modules: dict[str, Module]
    waiting: dict[str, str] = field(default_factory=dict)
    twins: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Client":
        texts = {name: (folder / f"{name}.py").read_text("utf-8") for name in tables.MODULES}
        client = cls({name: Module(name, text) for name, text in texts.items()})
        client.find_waiting()
        client.find_twins()
        return client

    @cached_property
    def classes(self) -> dict[str, str]:
        """The classes by what a variable of each is called."""
        return {
            name.lower(): name
            for module in self.modules.values()
            for name, node in module.definitions.items()
            if isinstance(node, ast.ClassDef)
        }

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """All functions and methods."""
        found = {}
        for module in self.modules.values():
            for name, function in walk_functions(module.tree, ""):
                # Of an overloaded method the last is the one that does it.
                found[name] = function
        return found

    def find_waiting(self) -> None:
        """What calls something that waits, waits itself, and so on until nothing is added."""
        self.waiting = {n: self.kind_of(self.functions[n], n) for n in tables.WAITING}
        before = -1
        while before < len(self.waiting):
            before = len(self.waiting)
            for name, function in self.functions.items():
                if any(self.resolve(call, name) for call in own_calls(function)):
                    self.waiting[name] = self.kind_of(function, name)

    def kind_of(self, function: ast.FunctionDef, name: str) -> str:
        """The kind of a function that calls what waits."""
        if "contextmanager" in map(last_name, function.decorator_list):
            return CONTEXT
        returned = (node.value for node in own_nodes(function) if isinstance(node, ast.Return))
        hands_on = any(value and self.is_stream(value, name) for value in returned)
        return STREAM if hands_on or has_yield(function) else CALL

    def is_stream(self, node: ast.expr, within: str) -> bool:
        """Whether something is gone through by waiting."""
        if isinstance(node, ast.Name):
            return node.id in tables.STREAMS
        found = self.resolve(node, within) if isinstance(node, ast.Call) else None
        return found is not None and found[0] == STREAM

    def resolve(self, call: ast.Call, within: str) -> Waiting | None:
        """What a call in the function `within` waits for, if it does."""
        match call.func:
            case ast.Name(id="next") if self.is_stream(call.args[0], within):
                return CALL, "anext"
            case ast.Name(id=name):
                return self.resolve_name(name, within)
            case ast.Attribute(value=on, attr=name):
                return self.resolve_method(on, name, within)
        return None

    def resolve_name(self, name: str, within: str) -> Waiting | None:
        inner = f"{within}.{name}"
        if inner in self.waiting:
            return self.waiting[inner], name
        if name in tables.CALLBACKS and name in parameters(self.functions[within]):
            return CALL, name
        if name in tables.IN_THREAD or name in tables.CALLS_BY_HAND:
            return CALL, name
        if name in tables.CONTEXTS_IN_THREAD or name in tables.CONTEXTS_BY_HAND:
            return CONTEXT, name
        if name in tables.STREAMS_IN_THREAD:
            return STREAM, name
        return (self.waiting[name], name) if name in self.waiting else None

    def resolve_method(self, on: ast.expr, name: str, within: str) -> Waiting | None:
        receiver = last_name(on)
        if f"{receiver}.{name}" in tables.IN_THREAD:
            return CALL, name
        owner = within.partition(".")[0] if receiver == "self" else self.classes.get(receiver)
        if f"{owner}.{name}" in self.waiting:
            return self.waiting[f"{owner}.{name}"], tables.METHODS.get(f"{owner}.{name}", name)
        if receiver in self.modules:
            return self.resolve_name(name, within)
        return tables.LEAVES.get((receiver, name))

    def find_twins(self) -> None:
        """A module imports from those before it, so one after the other will do."""
        known, owners = set(tables.NAMES), {name.partition(".")[0] for name in self.waiting}
        for module in self.modules.values():
            found = owners & set(module.definitions)
            before = -1
            while before < len(found):
                before = len(found)
                found |= {n for n, names in module.mentions.items() if names & (known | found)}
            self.twins[module.name] = found
            known |= found


def walk_functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """All functions below a node, with their names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            name = f"{prefix}{child.name}"
            if isinstance(child, ast.FunctionDef):
                yield name, child
            yield from walk_functions(child, f"{name}.")
        else:
            yield from walk_functions(child, prefix)


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What a function itself does: not what is only defined in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, Definition | ast.Lambda):
            yield child
            yield from own_nodes(child)


def own_calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for statement in function.body:
        if isinstance(statement, Definition):
            continue
        for node in (statement, *own_nodes(statement)):
            if isinstance(node, ast.Call):
                yield node


def has_yield(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def parameters(function: ast.FunctionDef) -> set[str]:
    return {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name; of a call, that of what is called."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return last_name(function).lower()
    return ""


def dotted_name(node: ast.AST) -> str:
    """A name with its dots; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            before = dotted_name(value)
            return f"{before}.{name}" if before else ""
    return ""


def names_in(node: ast.AST) -> set[str]:
    """The names in a definition, also those of classes in annotations that are texts."""
    found = {dotted_name(each) for each in ast.walk(node)}
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found |= (
                {each.value} if each.value.isidentifier() and each.value[0].isupper() else set()
            )
    return found
