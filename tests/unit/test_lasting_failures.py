"""What AWS will go on refusing is told to whoever asked, so that nobody tries again in vain."""

import pytest
from burnbag_core.errors import Interrupted, Unanswered, Unavailable


@pytest.mark.parametrize(
    "cause",
    [
        "Decrypt DisabledException",
        "Decrypt KMSInvalidStateException",
        "GetItem AccessDeniedException",
    ],
)
def test_a_lasting_failure_names_the_call_and_asks_for_no_other_try(cause: str) -> None:
    found = Unavailable(cause)
    assert found.problem()["detail"].endswith(f"has to look at it: {cause}.")
    assert found.retry_after is None and found.status == 503


@pytest.mark.parametrize(
    "error",
    [
        Unavailable(),
        Unavailable("Decrypt ThrottlingException"),
        Interrupted("TransactWriteItems InternalServerError"),
        Unanswered("DisabledException"),
    ],
)
def test_any_other_may_be_tried_again_and_names_nothing(error: Unavailable) -> None:
    assert error.retry_after == 1
    assert "Exception" not in error.problem()["detail"]
