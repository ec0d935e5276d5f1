"""GetMetricData evaluates metric math, and answers the newest first.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from typing import Any, Final

from ministack.services import cloudwatch

from tools.emulator_differences import metric_series
from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.metric_math import Timeline
from tools.emulator_differences.metric_series import Queries

WRAPPED: Final[Internals] = {
    cloudwatch: "_get_metric_data _parse_ts _ts_iso _cbor_ok _json_ok _error"
    f" _cbor_metric_data_result {metric_series.WRAPPED[cloudwatch]}"
}


def correct() -> None:
    """Answer expressions too; the emulator says that it doesn't know them.

    It also answers the oldest first, and the sum of all metrics of a name if no dimension is named.
    """
    get = cloudwatch._get_metric_data

    def get_metric_data(params: Record, request: Record, is_cbor: bool, is_json: bool) -> Any:
        if not is_cbor and not is_json:
            return get(params, request, is_cbor, is_json)
        try:
            results = answer(request)
        except (ValueError, KeyError) as error:
            problem = ("ValidationError", str(error), 400)
            return cloudwatch._error(*problem, use_json=is_json, use_cbor=is_cbor)
        if is_json:
            return cloudwatch._json_ok({"MetricDataResults": results})
        written = [cloudwatch._cbor_metric_data_result(result) for result in results]
        return cloudwatch._cbor_ok({"MetricDataResults": written})

    cloudwatch._get_metric_data = get_metric_data


def answer(request: Record) -> list[Record]:
    """The result of each query that returns data. Raises ValueError for what can't be evaluated."""
    start, end = (cloudwatch._parse_ts(request[name]) for name in ("StartTime", "EndTime"))

    def timeline(period: int) -> Timeline:
        first = start // period * period
        return Timeline(first, period, max(0, -int((first - end) // period)))

    asked, newest_first = request["MetricDataQueries"], "Ascending" not in request.get("ScanBy", "")
    queries = Queries(asked, timeline)
    return [
        describe(query, queries, newest_first)
        for query in asked
        if query.get("ReturnData") is not False
    ]


def describe(query: Record, queries: Queries, newest_first: bool) -> Record:
    found = sorted(queries.find(query["Id"]).items(), reverse=newest_first)
    metric = query.get("MetricStat", {}).get("Metric", {})
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or metric.get("MetricName") or query["Id"],
        "Timestamps": [cloudwatch._ts_iso(at) for at, _ in found],
        "Values": [value for _, value in found],
        "StatusCode": "Complete",
    }
