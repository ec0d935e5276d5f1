"""Metric math: a series is a value for each period that has one, by the period's first second.

Known are the operators, FILL, IF, SUM, AVG, MIN, MAX, RUNNING_SUM, DIFF, RATE, ABS, CEIL, FLOOR,
PERIOD, TIME_SERIES and METRICS. A period without a value in one operand has none in the result; a
division by zero has none either.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from itertools import accumulate, pairwise
from typing import Any, Final

Series = dict[float, float]
# A number, a series, or an array of both.
Value = Any
Operate = Callable[[float, float], float]

WORDS: Final = {"&&": " and ", "||": " or ", "^": "**", "AND": "and", "OR": "or", "NOT": "not"}
TEXT_OR_WORD: Final = re.compile(r'("[^"]*")|(&&|\|\||\^|\b(?:AND|OR|NOT)\b)')


def divide(a: float, b: float) -> float:
    return a / b if b else math.nan


OPERATORS: Final[dict[type, Operate]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: divide,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda a, b: bool(a) and bool(b),
    ast.Or: lambda a, b: bool(a) or bool(b),
}


def average(values: list[float]) -> float:
    return sum(values) / len(values)


AGGREGATES: Final[dict[str, Callable[[list[float]], float]]] = {
    "SUM": sum,
    "AVG": average,
    "MIN": min,
    "MAX": max,
}


@dataclass(frozen=True)
class Timeline:
    """The periods that are asked for."""

    start: float
    period: int
    count: int

    @property
    def starts(self) -> list[float]:
        return [self.start + number * self.period for number in range(self.count)]


@dataclass(frozen=True)
class Expression:
    """Evaluates expressions over `timeline`; `find` knows a series by its id, `metrics` all ids."""

    timeline: Timeline
    find: Callable[[str], Value]
    metrics: list[str]

    def evaluate(self, text: str) -> Series:
        """The series that `text` stands for. Raises ValueError for what is none."""
        translated = TEXT_OR_WORD.sub(lambda found: found[1] or WORDS[found[2]], text)
        try:
            value = self.value_of(ast.parse(translated.strip(), mode="eval").body)
        except (SyntaxError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"Error in expression '{text}': {error}") from error
        if not isinstance(value, dict):
            raise ValueError(f"Error in expression '{text}': it must return a time series")
        return value

    def value_of(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() | str() as value):
                return value
            case ast.Name(id=name):
                return name if name in ("REPEAT", "LINEAR") else self.find(name)
            case ast.List(elts=elements):
                return [self.value_of(each) for each in elements]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return combine(operator.sub, 0.0, self.value_of(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return combine(operator.eq, self.value_of(operand), 0.0)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, [self.value_of(each) for each in arguments])
            case _:
                return self.operate(node)

    def operate(self, node: ast.expr) -> Value:
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return combine(OPERATORS[type(op)], self.value_of(left), self.value_of(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return combine(OPERATORS[type(sign)], self.value_of(left), self.value_of(right))
            case ast.BoolOp(op=word, values=values):
                found = [self.value_of(each) for each in values]
                return reduce(partial(combine, OPERATORS[type(word)]), found)
            case _:
                raise ValueError(f"Error in expression: {ast.unparse(node)} is not supported")

    def call(self, name: str, arguments: list[Value]) -> Value:
        if name in AGGREGATES:
            return aggregate(AGGREGATES[name], *arguments)
        functions: dict[str, Callable[..., Value]] = {
            "FILL": self.fill,
            "IF": choose,
            "METRICS": self.all_metrics,
            "PERIOD": lambda series: float(self.timeline.period),
            "TIME_SERIES": lambda value: dict.fromkeys(self.timeline.starts, value),
            "RUNNING_SUM": running_sum,
            "DIFF": diff,
            "RATE": rate,
            "ABS": lambda value: transform(abs, value),
            "CEIL": lambda value: transform(math.ceil, value),
            "FLOOR": lambda value: transform(math.floor, value),
        }
        if name not in functions:
            raise ValueError(f"Error in expression: the function {name} is not supported")
        return functions[name](*arguments)

    def all_metrics(self, part: str = "") -> list[Value]:
        return [self.find(name) for name in self.metrics if part in name]

    def fill(self, value: Value, filling: Value) -> Value:
        if isinstance(value, list):
            return [self.fill(each, filling) for each in value]
        if filling == "REPEAT":
            return repeat(value, self.timeline.starts)
        if filling == "LINEAR":
            return interpolate(value, self.timeline.starts)
        constant = dict.fromkeys(self.timeline.starts, filling)
        filled = filling if isinstance(filling, dict) else constant
        return dict(sorted({**filled, **value}.items()))


def combine(operate: Operate, a: Value, b: Value) -> Value:
    """`operate` on numbers, on each period of series, or on each member of an array."""
    if isinstance(a, list) or isinstance(b, list):
        members = a if isinstance(a, list) else b
        left = a if isinstance(a, list) else [a] * len(members)
        right = b if isinstance(b, list) else [b] * len(members)
        return [combine(operate, *pair) for pair in zip(left, right, strict=True)]
    if not isinstance(a, dict) and not isinstance(b, dict):
        return float(operate(a, b))
    return defined({at: operate(at_time(a, at), at_time(b, at)) for at in common_times(a, b)})


def common_times(*values: Value) -> list[float]:
    series = [each for each in values if isinstance(each, dict)]
    return sorted(set.intersection(*map(set, series)))


def has_time(value: Value, at: float) -> bool:
    return not isinstance(value, dict) or at in value


def at_time(value: Value, at: float) -> float:
    return float(value[at]) if isinstance(value, dict) else float(value)


def defined(series: Series) -> Series:
    return {at: float(value) for at, value in sorted(series.items()) if math.isfinite(value)}


def transform(change: Callable[[float], float], value: Value) -> Value:
    return combine(lambda each, _: change(each), value, 0.0)


def aggregate(sum_up: Callable[[list[float]], float], value: Value) -> Value:
    """One number of a series, or one series of an array: of the values that a period has."""
    if isinstance(value, dict):
        return float(sum_up(list(value.values()))) if value else math.nan
    series = [each for each in value if isinstance(each, dict)]
    numbers = [float(each) for each in value if not isinstance(each, dict)]
    if not series:
        return float(sum_up(numbers))
    times = sorted(set().union(*series))
    return {
        at: float(sum_up([each[at] for each in series if at in each] + numbers)) for at in times
    }


def choose(condition: Value, then: Value, otherwise: Value = None) -> Value:
    if not isinstance(condition, dict):
        return then if condition else {} if otherwise is None else otherwise
    picked = {at: then if true else otherwise for at, true in condition.items()}
    there = {at: each for at, each in picked.items() if each is not None}
    return defined({at: at_time(each, at) for at, each in there.items() if has_time(each, at)})


def running_sum(series: Series) -> Series:
    ordered = dict(sorted(series.items()))
    return dict(zip(ordered, accumulate(ordered.values()), strict=True))


def diff(series: Series) -> Series:
    return {at: value - before for (_, before), (at, value) in pairwise(sorted(series.items()))}


def rate(series: Series) -> Series:
    pairs = pairwise(sorted(series.items()))
    return {at: (value - before) / (at - then) for (then, before), (at, value) in pairs}


def repeat(series: Series, times: list[float]) -> Series:
    filled, last = {}, None
    for at in times:
        last = series.get(at, last)
        if last is not None:
            filled[at] = last
    return filled


def interpolate(series: Series, times: list[float]) -> Series:
    filled = dict(series)
    for (start, before), (end, after) in pairwise(sorted(series.items())):
        for at in times:
            if start < at < end:
                filled[at] = before + (after - before) * (at - start) / (end - start)
    return dict(sorted(filled.items()))
