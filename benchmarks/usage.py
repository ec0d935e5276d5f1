"""What a secret asks of AWS: the runs of functions, their calls, and what is written and kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Run:
    """One run of a function: its AWS calls by service and operation, and its processor time."""

    function: str
    calls: Mapping[str, int]
    processor_ms: float = 0.0


@dataclass(frozen=True)
class Usage:
    """All that AWS bills of one secret, from its creation until nothing is left to be done.

    `requests` are API Gateway's. Units are DynamoDB's, bytes those of what is written to logs, of
    the receipt as it ends up, and of the record and the object while the secret lives.
    """

    requests: int = 0
    runs: tuple[Run, ...] = ()
    write_units: float = 0.0
    read_units: float = 0.0
    audit_log_bytes: int = 0
    access_log_bytes: int = 0
    function_log_bytes: int = 0
    receipt_bytes: int = 0
    record_bytes: int = 0
    object_bytes: int = 0
    answered_bytes: int = 0

    @property
    def calls(self) -> Counter[str]:
        """How often each operation is called, such as `dynamodb GetItem`."""
        return sum_calls(self.runs)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        runs = tuple(Run(**run) for run in values["runs"])
        return cls(**{**values, "runs": runs})


def sum_calls(runs: Iterable[Run]) -> Counter[str]:
    return sum((Counter(run.calls) for run in runs), Counter())
