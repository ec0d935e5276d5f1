"""moto without what it does at every start and call, and no test could notice."""

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto import core
from moto.core import models, serialize
from moto.dynamodb import models as tables

responses: Any = core.responses
dynamodb: Any = tables
picker: Any = serialize.XFormedAttributePicker


def lighten_moto() -> None:
    """Called once, by conftest.py."""
    # At each start moto makes over a thousand answers to what somebody asks by `requests`.
    # burnbag asks by boto3, for which moto has another way.
    models.RESPONSES_METHODS.clear()
    # At each call it lists the methods of a class, and all names that each value of an answer
    # might have. Both stay the same.
    responses.method_names_from_class = cache(responses.method_names_from_class)
    picker.get_possible_keys = find_possible_keys
    # At each call it draws 52 letters by lot for its name.
    responses.gen_amzn_requestid_long = name_request
    # At each transaction it copies the tables, with all that never changes in them.
    dynamodb.copy = Copying


def name_request(headers: dict[str, Any]) -> str:
    name = headers["x-amzn-requestid"] = "REQUEST".ljust(52, "0")
    return name


possible_keys = picker.get_possible_keys
known_keys: dict[Any, tuple[str, ...]] = {}


def find_possible_keys(self: Any, context: Any) -> Iterator[str]:
    """The names of a value. Those in a dictionary depend on what is looked for alone."""
    if type(context.obj) is not dict:
        return iter(possible_keys(self, context))
    where = context.shape, context.key
    if where not in known_keys:
        known_keys[where] = tuple(possible_keys(self, context))
    return iter(known_keys[where])


class Copying:
    """`copy`, which copies of a table only its items."""

    @staticmethod
    def deepcopy(copied: Any) -> Any:
        if not isinstance(copied, dynamodb.Table):
            return copy.deepcopy(copied)
        made = copy.copy(copied)
        made.items = copy.deepcopy(copied.items)
        return made
