"""What all corrections share: which internals of the emulator they may rely on."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

Record = dict[str, Any]
# Owners (modules or classes of the emulator) and the names in them that a correction uses.
Internals = Mapping[Any, str]


def check_internals(corrections: "list[ModuleType]") -> None:
    """Raise RuntimeError if this version of the emulator lacks what a correction changes."""
    found = [pair for each in corrections for pair in each.WRAPPED.items()]
    needed = [(owner, name) for owner, names in found for name in names.split()]
    missing = [name for owner, name in needed if not hasattr(owner, name)]
    if missing:
        raise RuntimeError(f"this version of ministack has no {', '.join(missing)}")


def name_of(function: Record) -> str:
    return str((function.get("config") or function)["FunctionName"])


def repeat_in_background(name: str, seconds: float, work: Callable[[], None]) -> None:
    """Do `work` again and again in a thread that ends with the process. A failure is logged."""

    def repeat() -> None:
        while True:
            time.sleep(seconds)
            try:
                work()
            except Exception:
                logging.getLogger("burnbag").exception("%s failed", name)

    threading.Thread(target=repeat, name=name, daemon=True).start()
