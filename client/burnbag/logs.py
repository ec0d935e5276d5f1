"""What httpx logs of a presigned URL: without its query, which holds for 15 minutes.

httpx logs every URL it asks for, whole, at INFO. That a download was made may be logged; the
right to make it may not.
"""

import logging
from typing import Final

import httpx

PRESIGNED: Final = frozenset({"X-Amz-Signature", "Signature", "signature"})


class WithoutQuery(logging.Filter):
    """Cuts the query of presigned URLs; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(shown(argument) for argument in record.args)
        return True


CUT: Final = WithoutQuery()


def shown(argument: object) -> object:
    if isinstance(argument, httpx.URL) and PRESIGNED.intersection(argument.params):
        return argument.copy_with(query=None)
    return argument


def cut_queries() -> None:
    """Cut them from now on; adding a filter twice does nothing."""
    logging.getLogger("httpx").addFilter(CUT)
