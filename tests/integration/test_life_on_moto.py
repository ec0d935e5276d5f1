"""The secret's life on the services' own stores, on moto's DynamoDB and KMS."""

from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.support.life import Life
from tests.support.size import FULL
from tests.support.world import World, moto_world


class LifeOnMoto(Life):
    def make_world(self) -> World:
        self.stack = ExitStack()
        return self.stack.enter_context(moto_world())

    def teardown(self) -> None:
        self.stack.close()


TestLifeOnMoto = pytest.mark.timeout(1800)(LifeOnMoto.TestCase)
# Few and short: each step takes a while, and test_interleavings.py lives thousands of lives.
EXAMPLES, STEPS = (15, 25) if FULL else (5, 10)
TestLifeOnMoto.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
