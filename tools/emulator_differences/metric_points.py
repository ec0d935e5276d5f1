"""CloudWatch keeps a metric's values by the minute, and how often each of them came.

A metric of standard resolution has data of one minute, one of high resolution data of one second:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#high-resolution-metrics
"""

import threading
import time
from typing import Any, Final

from ministack.services import cloudwatch

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    cloudwatch: "record_metric _store_datum _evict_old_metrics _metric_bucket _dims_key"
}
MINUTE: Final = 60
# Among so many of the newest points an equal one is looked for.
RECENT: Final = 100
points_lock: Final = threading.RLock()


def correct() -> None:
    """Keep what the services measure as values and their counts, so that memory stays bounded.

    The emulator would keep a point for each call for two weeks. It also drops old points without a
    lock, and with them what another thread adds at that moment.
    """
    cloudwatch.record_metric = keep_value
    for name in ("_store_datum", "_evict_old_metrics"):
        setattr(cloudwatch, name, take_lock(getattr(cloudwatch, name)))


def take_lock(change: Any) -> Any:
    def change_alone(*args: Any) -> Any:
        with points_lock:
            return change(*args)

    return change_alone


def keep_value(
    namespace: str,
    name: str,
    value: float,
    unit: str = "None",
    dimensions: dict[str, str] | None = None,
    at: float | None = None,
    resolution: int = MINUTE,
) -> None:
    """Count `value` in the minute (or second) of `at`, which is now if it isn't given."""
    at = time.time() if at is None else at
    where = {"Timestamp": at - at % resolution, "Unit": unit, "Value": float(value)}
    with points_lock:
        points = find_points(namespace, name, dimensions or {})
        for point in reversed(points[-RECENT:]):
            if where.items() <= point.items() and "_stat" not in point:
                point["Count"] = point.get("Count", 1.0) + 1.0
                return
        points.append({**where, "Dimensions": dict(dimensions or {}), "Count": 1.0})


def keep_sample(
    namespace: str, name: str, value: float, unit: str, dimensions: dict[str, str]
) -> None:
    """Keep a gauge's newest value in place of an older one of the same minute."""
    minute = time.time() // MINUTE * MINUTE
    with points_lock:
        points = find_points(namespace, name, dimensions)
        points[:] = [point for point in points if point["Timestamp"] != minute]
        keep_value(namespace, name, value, unit, dimensions)


def find_points(namespace: str, name: str, dimensions: dict[str, str]) -> list[Record]:
    """The points of exactly this metric, a list of the emulator's own."""
    points: list[Record] = cloudwatch._metric_bucket(
        (namespace, name, cloudwatch._dims_key(dimensions))
    )
    return points
