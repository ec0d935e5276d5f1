"""What DynamoDB counts: the size of an item, and the units of reading or writing it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
Items are as boto3's client has them, `{"id": {"S": "x"}}`; binary values are bytes, or base64 text
as on the wire.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, Final

Value = Mapping[str, Any]
Item = Mapping[str, Value]

KB: Final = 1024
READ_BYTES: Final = 4 * KB
# DynamoDB's numbers have 38 digits at most.
DIGITS: Final = Context(prec=50)
# A list or a map costs this much, and each of its elements one byte more.
NESTING: Final = 3


def item_size(item: Item | None) -> int:
    """Bytes of all names and values; 0 for an item that is not there."""
    return sum(text_size(name) + value_size(value) for name, value in (item or {}).items())


def value_size(value: Value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return text_size(content)
        case "N":
            return number_size(content)
        case "B":
            return binary_size(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(value_size({kind[0]: element}) for element in content)
        case "L":
            return NESTING + sum(1 + value_size(element) for element in content)
        case "M":
            return NESTING + len(content) + item_size(content)
    raise ValueError(f"DynamoDB has no type {kind}")


def text_size(text: str) -> int:
    return len(text.encode())


def number_size(number: str) -> int:
    """A byte for two digits, and one more; zeros at the ends don't count, a minus does.

    The pairs begin at the decimal point, so 12 and 10 are one of them, and 1.2 is two.
    """
    sign, digits, exponent = Decimal(number).normalize(DIGITS).as_tuple()
    if not any(digits):
        return 1
    assert isinstance(exponent, int)
    pairs = (len(digits) + exponent % 2 + 1) // 2
    return 1 + pairs + sign


def binary_size(content: bytes | str) -> int:
    if isinstance(content, str):
        return len(content) * 3 // 4 - content[-2:].count("=")
    return len(content)


def write_units(
    before: Item | None, after: Item | None = None, *, transactional: bool = False
) -> float:
    """Units of a put, an update or a delete: one for each KB of the larger of the two.

    A write that its condition refuses takes as much as the item that is there. In a transaction
    all take twice as much, and so does a mere check of a condition.
    """
    size = max(item_size(before), item_size(after))
    return float(round_up(size, KB) * (2 if transactional else 1))


def read_units(size: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """Units of reading one item, or the items of a whole query: their sizes are added first.

    What a filter or a projection leaves out counts too.
    """
    factor = 2.0 if transactional else 1.0 if consistent else 0.5
    return round_up(size, READ_BYTES) * factor


def round_up(size: int, step: int) -> int:
    """How many steps a size takes; the least is one."""
    return max(1, -(-size // step))
