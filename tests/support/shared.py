"""What every test would make anew and none needs for itself: it is made once per process."""

import functools
from typing import Any

from moto.kms import models


def share() -> None:
    """Give all of moto's KMS keys one RSA key. Called once, by conftest.py.

    moto makes an RSA key for every KMS key, also for a symmetric one, which has no use for it. That
    was three quarters of the time that a world on moto took.
    """
    make: Any = models.generate_private_key  # type: ignore[attr-defined]
    models.generate_private_key = functools.cache(make)  # type: ignore[attr-defined]
