"""The condition key `lambda:SourceFunctionArn`, which it lacks.

AWS puts it into the credentials that a function finds in its environment. It is not there when the
role is taken in another way, and not in what a service does with the role for the function.
https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
"""

from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import lambda_svc

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {iam_evaluator: "_principal_keys", lambda_svc: "_functions"}


def correct() -> None:
    """Name the function among the condition keys of its credentials."""
    describe = iam_evaluator._principal_keys

    def describe_with_function(credential: Any) -> Record:
        keys: Record = describe(credential)
        function = find_function(str(credential.principal_arn))
        return keys | ({"lambda:sourcefunctionarn": function} if function else {})

    iam_evaluator._principal_keys = describe_with_function


def find_function(principal: str) -> str | None:
    """The ARN of the function with these credentials: its role, in a session with its name.

    So a test that takes the role gets what the function gets if it chooses that name.
    """
    _, _, session = principal.partition(":assumed-role/")
    role, _, name = session.partition("/")
    configuration = (lambda_svc._functions.get(name) or {}).get("config") or {}
    if not role or str(configuration.get("Role")).rsplit("/", 1)[-1] != role:
        return None
    return str(configuration["FunctionArn"])
