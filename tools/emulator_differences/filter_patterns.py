"""Filter patterns of CloudWatch Logs: terms, and conditions on the fields of a JSON message.

Known are terms (`word`, `"a phrase"`, `-without`, `?either`, `%regex%`) and JSON patterns
(`{ $.field = "te*t" && ($.size > 5 || $.label NOT EXISTS) }`, also `!=`, `IS NULL`, `IS TRUE`,
`IS FALSE`). Patterns for columns (`[ip, user]`) are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable
from typing import Any, Final

Matches = Callable[[str], bool]
Holds = Callable[[Any], bool]

TERM: Final = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|(\S+))')
SELECTOR: Final = r"\$(?:\.?\['[^']+'\]|\.[\w@-]+|\[(?:\d+|\*)\])+"
TOKEN: Final = re.compile(
    rf"""\s*(?:(?P<selector>{SELECTOR})|(?P<text>"(?:[^"\\]|\\.)*")|%(?P<regex>[^%]*)%
    |(?P<sign>&&|\|\||[()]|!=|<=|>=|[=<>])|(?P<word>[^\s()&|=<>!"%]+))""",
    re.VERBOSE,
)
STEP: Final = re.compile(r"\['([^']+)'\]|\.([\w@-]+)|\[(\d+|\*)\]")
NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
ORDERS: Final = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
STATES: Final = {"NULL": None, "TRUE": True, "FALSE": False}


def compile_pattern(pattern: str) -> Matches:
    """What tells whether a message matches. Raises ValueError for a pattern that is none."""
    pattern = pattern.strip()
    if pattern.startswith("["):
        raise ValueError("the embedded AWS knows no patterns for columns")
    if pattern.startswith("{"):
        if not pattern.endswith("}"):
            raise ValueError("the pattern has no closing brace")
        return match_json(JsonPattern(pattern[1:-1]).parse())
    return compile_terms(pattern)


def compile_terms(pattern: str) -> Matches:
    """All plain terms, none of the excluded ones; if there are no others, any of the optional."""
    terms: dict[str, list[Matches]] = {"": [], "-": [], "?": []}
    for sign, phrase, regex, word in TERM.findall(pattern):
        terms[sign].append(find_regex(regex) if regex else find_text(unescape(phrase) or word))
    all_of, none_of, any_of = terms[""], terms["-"], terms["?"]

    def matches(message: str) -> bool:
        if all_of or none_of or not any_of:
            wanted = all(term(message) for term in all_of)
            return wanted and not any(term(message) for term in none_of)
        return any(term(message) for term in any_of)

    return matches


def find_text(text: str) -> Matches:
    return lambda message: text in message


def find_regex(text: str) -> Matches:
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise ValueError(f"the pattern has a bad expression: {error}") from error
    return lambda message: compiled.search(message) is not None


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def match_json(holds: Holds) -> Matches:
    def matches(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict | list) and holds(document)

    return matches


class JsonPattern:
    """Parses what stands between the braces, `&&` before `||`."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            token = TOKEN.match(text, at)
            if token is None or token.lastgroup is None:
                raise ValueError(f"the pattern can't be read from '{text[at:].strip()}'")
            self._tokens.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()

    def parse(self) -> Holds:
        holds = self._any()
        if self._tokens:
            raise ValueError(f"'{self._tokens[0][1]}' is too much in the pattern")
        return holds

    def _any(self) -> Holds:
        choices = [self._all()]
        while self._takes("||"):
            choices.append(self._all())
        return lambda document: any(holds(document) for holds in choices)

    def _all(self) -> Holds:
        conditions = [self._condition()]
        while self._takes("&&"):
            conditions.append(self._condition())
        return lambda document: all(holds(document) for holds in conditions)

    def _condition(self) -> Holds:
        if self._takes("("):
            holds = self._any()
            self._expect(")")
            return holds
        kind, selector = self._next()
        if kind != "selector":
            raise ValueError(f"'{selector}' is no field: one begins with $.")
        return self._test(selector)

    def _test(self, selector: str) -> Holds:
        kind, sign = self._next()
        if (kind, sign) == ("word", "NOT"):
            self._expect("EXISTS")
            return lambda document: not select(document, selector)
        if (kind, sign) == ("word", "IS"):
            _, state = self._next()
            if state not in STATES:
                raise ValueError("IS takes NULL, TRUE or FALSE")
            return lambda document: any(
                each is STATES[state] for each in select(document, selector)
            )
        test = compare(sign, *self._next())
        return lambda document: any(test(each) for each in select(document, selector))

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise ValueError("the pattern ends too early")
        return self._tokens.pop(0)

    def _takes(self, text: str) -> bool:
        found = bool(self._tokens) and self._tokens[0][1] == text
        if found:
            self._tokens.pop(0)
        return found

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise ValueError(f"the pattern lacks '{text}'")


def compare(sign: str, kind: str, literal: str) -> Holds:
    """What tests a field's value. A field that isn't there passes no test, not even `!=`."""
    if sign in ORDERS:
        order, limit = ORDERS[sign], float(literal)
        return lambda value: is_number(value) and order(value, limit)
    if sign not in ("=", "!="):
        raise ValueError(f"'{sign}' compares nothing")
    equal = equals(kind, literal)
    return equal if sign == "=" else lambda value: not equal(value)


def equals(kind: str, literal: str) -> Holds:
    if kind == "regex":
        found = find_regex(literal)
        return lambda value: isinstance(value, str) and found(value)
    if kind == "word" and NUMBER.fullmatch(literal):
        number = float(literal)
        return lambda value: is_number(value) and value == number
    if kind not in ("word", "text"):
        raise ValueError(f"'{literal}' is no value")
    text = unescape(literal[1:-1]) if kind == "text" else literal
    wanted = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    return lambda value: text == "*" or (isinstance(value, str) and bool(wanted.fullmatch(value)))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def select(document: Any, selector: str) -> list[Any]:
    """The values that a selector finds: none, one, or many with `[*]`."""
    found = [document]
    for quoted, plain, index in STEP.findall(selector):
        if index == "*":
            found = [member for each in found if isinstance(each, list) for member in each]
        elif index:
            found = [each[int(index)] for each in found if is_long(each, int(index))]
        else:
            name = quoted or plain
            found = [each[name] for each in found if isinstance(each, dict) and name in each]
    return found


def is_long(value: Any, index: int) -> bool:
    return isinstance(value, list) and index < len(value)
