"""Runs an operator's function of a deployment and reads its answer."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tools.console import Problem
from tools.target import Target

# The longest that any function may take, and a little more.
SECONDS: Final = 930


def invoke(target: Target, function: str, event: Mapping[str, Any]) -> Any:
    """The answer of letters or reconcile. Raises Problem if it failed or may not be invoked."""
    # Not twice: a run that takes its time is at it still.
    functions = target.client("lambda", read_timeout=SECONDS, retries={"total_max_attempts": 1})
    name = target.outputs["function_names"][function]
    try:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    except (ClientError, BotoCoreError) as error:
        raise Problem(f"{name} was not invoked: {error}") from error
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        said = f"{result.get('errorType')}: {result.get('errorMessage')}"
        raise Problem(f"{name} failed ({said}). Its log has more: /aws/lambda/{name}")
    return result
