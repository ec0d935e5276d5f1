"""The secret's life on the in-memory store."""

from hypothesis import settings

from tests.support.life import Life
from tests.support.size import examples
from tests.support.world import World, memory_world


class LifeInMemory(Life):
    def make_world(self) -> World:
        return memory_world()


TestLifeInMemory = LifeInMemory.TestCase
TestLifeInMemory.settings = settings(max_examples=examples(120), stateful_step_count=30)
