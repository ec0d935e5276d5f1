"""What is asked and answered, told to the logger `burnbag`: `burnbag -v` shows it.

Neither a header nor a body is told, and no query: a presigned URL's is the right to use it. The
path has a secret's id, which may be logged.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

import httpx

LOGGER: Final = logging.getLogger("burnbag")
# burnbag's own name for it first, then API Gateway's and S3's.
REQUEST_ID_HEADERS: Final = (
    "X-Request-Id", "x-amzn-RequestId", "Apigw-Requestid", "x-amz-request-id",
)  # fmt: skip
REQUEST_ID: Final = re.compile(r"[\w.=-]{4,80}", re.ASCII)


def request_id_of(response: httpx.Response) -> str | None:
    """What finds a request in the server's logs."""
    found = (response.headers.get(name, "") for name in REQUEST_ID_HEADERS)
    return next((text for text in found if REQUEST_ID.fullmatch(text)), None)


def time_request(request: httpx.Request) -> Callable[[httpx.Response], None]:
    """Tell that a request begins, and return what tells its answer."""
    name, begun = f"{request.method} {place_of(request.url)}", time.monotonic()
    LOGGER.info("%s", name)

    def log_answer(response: httpx.Response) -> None:
        found = request_id_of(response)
        seconds = time.monotonic() - begun
        about = f", request id {found}" if found else ""
        LOGGER.info("%s: %d after %.2f s%s", name, response.status_code, seconds, about)

    return log_answer


def place_of(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"
