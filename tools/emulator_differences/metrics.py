"""CloudWatch Logs makes metrics of the embedded metric format, in whatever log group it arrives.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ministack.services import cloudwatch_logs

from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.metric_points import MINUTE, keep_value

# Both PutLogEvents and what a function prints come here, with the name of their log group.
WRAPPED: Final[Internals] = {cloudwatch_logs: "_fanout_to_subscription_filters"}
MOST_VALUES: Final = 100
MOST_METRICS: Final = 100
MOST_DIMENSIONS: Final = 30
OLDEST_SECONDS: Final = 14 * 24 * 3600
NEWEST_SECONDS: Final = 2 * 3600
SIZES: Final = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
BITS: Final = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNITS: Final = {
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *SIZES,
    *BITS,
    *(f"{each}/Second" for each in (*SIZES, *BITS)),
}


class NotParsed(ValueError):
    """It looks like the embedded metric format, and has not its structure."""


class NotValid(ValueError):
    """Its structure is right, and what it says of a metric isn't."""


@dataclass(frozen=True)
class Measurement:
    namespace: str
    name: str
    unit: str
    dimensions: dict[str, str]
    values: list[float]
    at: float
    resolution: int


def correct() -> None:
    """Put the metrics of each log event that has an `_aws` directive; the emulator knows none."""
    forward = cloudwatch_logs._fanout_to_subscription_filters

    def measure_and_forward(group: str, stream: str, events: list[Record]) -> Any:
        for event in events:
            measure(group, event.get("message") or "")
        return forward(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = measure_and_forward


def measure(group: str, message: str) -> None:
    """Put what `message` measures, or count why that can't be."""
    try:
        measurements = list(read_message(message, time.time()))
    except NotParsed:
        count_error("EMFParsingErrors", group)
    except NotValid:
        count_error("EMFValidationErrors", group)
    else:
        for each in measurements:
            named = (each.unit, each.dimensions, each.at, each.resolution)
            for value in each.values:
                keep_value(each.namespace, each.name, value, *named)


def count_error(name: str, group: str) -> None:
    keep_value("AWS/Logs", name, 1, "Count", {"LogGroupName": group})


def read_message(message: str, now: float) -> Iterator[Measurement]:
    """What a log message measures; nothing if it is in another format.

    AWS doesn't document what is enough to be taken for the format: here it is an object that names
    `_aws` and `CloudWatchMetrics`. Where one metric is wrong, none of the message counts.
    """
    if not message.lstrip().startswith("{") or '"_aws"' not in message:
        return
    try:
        document = json.loads(message)
    except ValueError as error:
        raise NotParsed("not JSON") from error
    directive = document.get("_aws")
    if not isinstance(directive, dict) or "CloudWatchMetrics" not in directive:
        return
    at = read_time(directive, now)
    for group in expect(directive["CloudWatchMetrics"], list):
        yield from read_directive(expect(group, dict), document, at)


def expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise NotParsed(f"not a {kind.__name__}")
    return value


def read_time(directive: Record, now: float) -> float:
    stated = directive.get("Timestamp")
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        raise NotParsed("no timestamp")
    at = stated / 1000
    if not now - OLDEST_SECONDS <= at <= now + NEWEST_SECONDS:
        raise NotValid("too old, or too far ahead")
    return at


def read_directive(directive: Record, document: Record, at: float) -> Iterator[Measurement]:
    namespace = expect(directive.get("Namespace"), str)
    definitions = expect(directive.get("Metrics"), list)
    sets = expect(directive.get("Dimensions", [[]]), list) or [[]]
    if not namespace or len(definitions) > MOST_METRICS:
        raise NotValid("no namespace, or too many metrics")
    places = [find_dimensions(expect(names, list), document) for names in sets]
    for definition in definitions:
        name, unit, resolution = read_definition(expect(definition, dict))
        values = find_values(document.get(name))
        for dimensions in places:
            yield Measurement(namespace, name, unit, dimensions, values, at, resolution)


def find_dimensions(names: list[str], document: Record) -> dict[str, str]:
    values = [document.get(expect(name, str)) for name in names]
    if len(names) > MOST_DIMENSIONS or not all(isinstance(each, str) and each for each in values):
        raise NotValid("a dimension that is no text")
    return dict(zip(names, map(str, values), strict=True))


def read_definition(definition: Record) -> tuple[str, str, int]:
    name = expect(definition.get("Name"), str)
    unit, resolution = definition.get("Unit", "None"), definition.get("StorageResolution", MINUTE)
    if not name or unit not in UNITS or resolution not in (1, MINUTE):
        raise NotValid("no such unit, or resolution")
    return name, unit, resolution


def find_values(value: Any) -> list[float]:
    """A number, or up to a hundred of them."""
    values = value if isinstance(value, list) else [value]
    numbers = [each for each in values if isinstance(each, int | float) and each == each]
    if (
        not 0 < len(values) <= MOST_VALUES
        or len(numbers) < len(values)
        or bool in map(type, values)
    ):
        raise NotValid("no number, or too many")
    return numbers
