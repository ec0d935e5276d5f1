"""`python -m tools.emulator_differences FOLDER` serves the embedded AWS with all its corrections.

FOLDER is not read: it marks the process as this stack's (`find_processes` in tools/emulator.py).
"""

import sys
from typing import Final

from ministack import app

from tools.emulator_differences import (
    alarms,
    answers,
    api_gateway,
    attributes,
    consumed,
    encryption_context,
    event_sources,
    function_logs,
    metric_data,
    metric_filters,
    metric_points,
    metrics,
    partiql,
    query_definitions,
    query_protocol,
    scheduler,
    service_metrics,
    signatures,
    small,
    source_function,
    stores,
    stream_rights,
    streams,
    table_policies,
    throttling,
    trail,
    worker_output,
)
from tools.emulator_differences.internals import check_internals

# In this order: throttling refuses before anything else is done, and counts what it lets through.
# A function's time is measured without its wait for a turn, which `small` adds.
CORRECTIONS: Final = [
    *(metric_points, service_metrics, metrics, metric_filters, metric_data, alarms),
    *(worker_output, function_logs, query_definitions, query_protocol, scheduler, trail),
    *(small, streams, attributes, encryption_context, event_sources, source_function, stores),
    *(stream_rights, signatures, table_policies, partiql, consumed, throttling, api_gateway),
    answers,
]


def main() -> None:
    del sys.argv[1:]  # the emulator would take the folder for an argument of its own
    check_internals(CORRECTIONS)
    for correction in CORRECTIONS:
        correction.correct()
    app.main()


if __name__ == "__main__":
    main()
