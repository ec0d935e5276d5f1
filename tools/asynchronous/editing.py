"""Change one definition: `async` and `await` where it waits, and the names that are others."""

import ast
from dataclasses import dataclass, field

from tools.asynchronous import tables
from tools.asynchronous.reading import (
    Client,
    Definition,
    Module,
    dotted_name,
    has_yield,
    last_name,
)
from tools.asynchronous.tables import CALL, CONTEXT, STREAM

INDENT = "    "


@dataclass
class Editor:
    """Changes in a text, by their places: what stands from `start` to `end` becomes another."""

    client: Client
    module: Module
    edits: list[tuple[int, int, int, str]] = field(default_factory=list)
    # The names in a function that are gone through by waiting, and that are entered so.
    streams: set[str] = field(default_factory=set)
    contexts: set[str] = field(default_factory=set)

    def change(self, node: Definition) -> str:
        """The definition as it is in the twin, with the comments before it."""
        self.visit(node, [], None)
        start, end = self.start_of(node), self.end(node)
        text = self.module.text[start:end]
        for begin, until, _, new in sorted(self.edits, key=lambda edit: edit[:3], reverse=True):
            text = text[: begin - start] + new + text[until - start :]
        return text

    def start_of(self, node: Definition) -> int:
        """Where a definition begins: at the comments before its decorators."""
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        while first > 1 and self.module.lines[first - 2].startswith("#"):
            first -= 1
        return self.offset(first, 0)

    # Places.

    def offset(self, line: int, column: int) -> int:
        """The place of a line and a column, which is in bytes."""
        text = self.module.lines[line - 1]
        within = column if text.isascii() else len(text.encode()[:column].decode())
        return self.module.starts[line - 1] + within

    def start(self, node: ast.AST) -> int:
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def replace(self, start: int, end: int, new: str) -> None:
        self.edits.append((start, end, len(self.edits), new))

    def insert(self, place: int, new: str) -> None:
        self.replace(place, place, new)

    # What is changed, from the outside to the inside.

    def visit(self, node: ast.AST, within: list[str], parent: ast.AST | None) -> None:
        match node:
            case ast.ClassDef(name=name):
                within = [*within, name]
                at = self.start(node) + len("class ")
                self.replace(at, at + len(name), tables.NAMES.get(name, name))
            case ast.FunctionDef():
                within = [*within, node.name]
                self.change_function(node, ".".join(within))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                if self.enter_in_thread(call):
                    self.contexts.add(name)
            case ast.With():
                self.change_with(node, ".".join(within))
            case ast.For() if self.is_stream(node.iter, ".".join(within)):
                self.insert(self.start(node), "async ")
            case ast.comprehension() if self.is_stream(node.iter, ".".join(within)):
                before = self.start(node.target) - len("for ")
                self.insert(before, "async ")
            case ast.Expr(value=ast.YieldFrom()) if within and self.waits(within):
                self.change_yield(node, ".".join(within))
            case ast.Call():
                self.change_call(node, ".".join(within), parent)
            case ast.Name() | ast.Attribute() if dotted_name(node) in tables.NAMES:
                self.replace(self.start(node), self.end(node), tables.NAMES[dotted_name(node)])
                return
        for child in ast.iter_child_nodes(node):
            self.visit(child, within, node)

    def waits(self, within: list[str]) -> bool:
        return ".".join(within) in self.client.waiting

    def is_stream(self, node: ast.expr, within: str) -> bool:
        """Whether something is gone through by waiting, also if it got its name in a `with`."""
        if isinstance(node, ast.Name) and node.id in self.streams:
            return True
        return self.client.is_stream(node, within)

    def change_function(self, node: ast.FunctionDef, name: str) -> None:
        self.streams, self.contexts = set(), set()
        if new := tables.METHODS.get(name):
            at = self.start(node) + len("def ")
            self.replace(at, at + len(node.name), new)
        for each in (*node.args.args, *node.args.kwonlyargs):
            if each.annotation:
                self.change_type_of(each)
        kind = self.client.waiting.get(name)
        if kind in (STREAM, CONTEXT) and node.returns:
            self.change_stream_type(node.returns)
        if kind and not (kind == STREAM and not has_yield(node)):
            self.insert(self.start(node), "async ")
        for decorator in node.decorator_list:
            if kind == CONTEXT and last_name(decorator) == "contextmanager":
                self.replace(self.start(decorator), self.end(decorator), "asynccontextmanager")

    def change_type_of(self, argument: ast.arg) -> None:
        """The type of an argument that waits."""
        match argument.annotation:
            case ast.Subscript(value=ast.Name(id="Callable"), slice=ast.Tuple(elts=[_, result])):
                if argument.arg in tables.CALLBACKS:
                    self.insert(self.start(result), "Awaitable[")
                    self.insert(self.end(result), "]")
            case ast.Subscript() as found if argument.arg in tables.STREAMS:
                self.change_stream_type(found)

    def change_stream_type(self, node: ast.expr) -> None:
        """Iterator[bytes] and Generator[bytes, None, None], as asynchronous ones."""
        match node:
            case ast.Subscript(value=ast.Name(id="Iterator") as name):
                self.insert(self.start(name), "Async")
            case ast.Subscript(value=ast.Name(id="Generator") as name, slice=ast.Tuple(elts=elts)):
                self.insert(self.start(name), "Async")
                self.replace(self.end(elts[-2]), self.end(elts[-1]), "")

    def change_with(self, node: ast.With, within: str) -> None:
        """Contexts that wait are entered with `async`, each by itself if others do not wait."""
        waiting = [self.change_item(item, within) for item in node.items]
        if all(waiting):
            self.insert(self.start(node), "async ")
            return
        if not any(waiting):
            return
        indent = " " * node.col_offset
        for number, (item, waits) in enumerate(zip(node.items, waiting, strict=True)):
            if number == 0:
                self.insert(self.start(node), "async " if waits else "")
                continue
            before = self.end(node.items[number - 1].optional_vars or before_as(node, number))
            indent += INDENT
            word = "async with " if waits else "with "
            self.replace(before, self.start(item.context_expr), f":\n{indent}{word}")
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1):
            self.insert(self.offset(line, 0), INDENT * (len(node.items) - 1))

    def change_item(self, item: ast.withitem, within: str) -> bool:
        """Whether a context waits."""
        call = item.context_expr
        if isinstance(call, ast.Name):
            return call.id in self.contexts
        if not isinstance(call, ast.Call) or within not in self.client.waiting:
            return False
        name = last_name(call.func)
        if name == "closing":
            if self.is_stream(call.args[0], within) and isinstance(item.optional_vars, ast.Name):
                self.streams.add(item.optional_vars.id)
            self.replace(self.start(call.func), self.end(call.func), "aclosing")
            return True
        if self.enter_in_thread(call):
            return True
        found = self.client.resolve(call, within)
        return found is not None and found[0] == CONTEXT

    def enter_in_thread(self, call: ast.Call) -> bool:
        """Let a context that works with files be entered in a thread; False for any other."""
        if last_name(call.func) not in tables.CONTEXTS_IN_THREAD:
            return False
        self.insert(self.start(call), "in_thread_context(")
        self.insert(self.end(call), ")")
        return True

    def change_yield(self, node: ast.Expr, within: str) -> None:
        """`yield from` is not there for asynchronous generators."""
        assert isinstance(node.value, ast.YieldFrom)
        source, indent = node.value.value, " " * node.col_offset
        start, end = self.start(node), self.end(node)
        begin = self.start(source)
        is_leaf = last_name(source) in {name for _, name in tables.LEAVES}
        if is_leaf or not self.is_stream(source, within):
            self.replace(start, begin, "async for each in " if is_leaf else "for each in ")
            self.insert(end, f":\n{indent}{INDENT}yield each")
            return
        # The source must be closed with this generator, and not at some later time.
        self.replace(start, begin, "async with aclosing(")
        self.insert(
            end,
            f") as source:\n{indent}{INDENT}async for each in source:"
            f"\n{indent}{INDENT * 2}yield each",
        )

    def change_call(self, node: ast.Call, within: str, parent: ast.AST | None) -> None:
        found = self.client.resolve(node, within)
        if found is None:
            return
        kind, name = found
        function = node.func
        if name != last_name(function) and dotted_name(function) not in tables.NAMES:
            self.replace(self.end(function) - len(last_name(function)), self.end(function), name)
        if name in tables.STREAMS_IN_THREAD:
            self.insert(self.start(node), "in_thread_stream(")
            self.insert(self.end(node), ")")
        # What a lambda returns is awaited by who calls it.
        if kind != CALL or isinstance(parent, ast.Lambda):
            return
        is_part = isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node
        self.insert(self.start(node), "(await " if is_part else "await ")
        if is_thread(node):
            self.insert(self.start(node), "in_thread(")
            separator = ", " if node.args or node.keywords else ""
            opening = self.module.text.index("(", self.end(function))
            self.replace(self.end(function), opening + 1, separator)
        if is_part:
            self.insert(self.end(node), ")")


def is_thread(call: ast.Call) -> bool:
    name = last_name(call.func)
    if isinstance(call.func, ast.Attribute):
        name = f"{last_name(call.func.value)}.{name}"
    return name in tables.IN_THREAD


def before_as(node: ast.With, number: int) -> ast.expr:
    return node.items[number - 1].context_expr
