"""Corrections of the embedded AWS for one test: `with corrected(metrics):`, and they are gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ministack.services import cloudwatch, cloudwatch_logs

from tools.emulator_differences import alarms, service_metrics


@contextmanager
def corrected(*corrections: Any) -> Iterator[None]:
    """Apply `corrections`, without threads of their own, on an emulator with empty CloudWatch."""
    with pytest.MonkeyPatch.context() as patch:
        for threaded in (alarms, service_metrics):
            patch.setattr(threaded, "repeat_in_background", lambda *_: None)
        for correction in corrections:
            for owner, names in correction.WRAPPED.items():
                for name in names.split():
                    patch.setattr(owner, name, getattr(owner, name))
            correction.correct()
        try:
            yield
        finally:
            cloudwatch.reset()
            cloudwatch_logs.reset()
