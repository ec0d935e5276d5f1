"""Many recipients open a large text at once, where DynamoDB throttles as AWS does."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.deployment import PATIENCE, Deployment, at_once

VIEWS = 16
TEXT = "0123456789abcdef" * 16384


@pytest.mark.disturbing
@pytest.mark.timeout(4 * PATIENCE)
def test_every_recipient_gets_a_text_of_256_kib(deployment: Deployment) -> None:
    """In a record of that size a view took 514 of the 1,000 units that a partition has a second."""
    sealed = deployment.sealed(secret=TEXT, views=VIEWS)
    with ThreadPoolExecutor(VIEWS) as pool:
        answers = at_once(pool, VIEWS, lambda _: deployment.reveal(sealed))
    assert [answer.status_code for answer in answers] == [200] * VIEWS
    assert all(answer.json()["secret"] == TEXT for answer in answers)
    assert sorted(answer.json()["views_left"] for answer in answers) == list(range(VIEWS))
    assert deployment.erased(sealed)["state"] == "revealed"
