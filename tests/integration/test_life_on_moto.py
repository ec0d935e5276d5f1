"""The secret's life on the services' own stores, on moto's DynamoDB and KMS."""

from contextlib import ExitStack

from hypothesis import settings

from tests.support.life import Life
from tests.support.world import World, moto_world


class LifeOnMoto(Life):
    def make_world(self) -> World:
        self.stack = ExitStack()
        return self.stack.enter_context(moto_world())

    def teardown(self) -> None:
        self.stack.close()


TestLifeOnMoto = LifeOnMoto.TestCase
TestLifeOnMoto.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
