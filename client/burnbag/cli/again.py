"""What to do about trouble that came after a view was used: the view can be fetched again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from burnbag.cli.failures import Failed, naming
from burnbag.cli.target import Unshowable
from burnbag.errors import Damaged, LinkError

AGAIN: Final = "; run the same again within two minutes"
WHOLE: Final = "; no view is lost if the whole link is opened here within two minutes"


@contextmanager
def advised(output: str, possible: bool) -> Iterator[None]:
    """Tell of trouble with `output` or the link, and of the way out if it is `possible`."""
    again, whole = (AGAIN, WHOLE) if possible else ("", "")
    with naming(output, advice=again):
        try:
            yield
        except FileExistsError as error:
            # Into a folder: the name is the sender's.
            how = f"{again}, with --force" if possible else ""
            raise Failed(f"{error.filename} exists already{how}") from None
        except Unshowable:
            how = f"{again}, with -o FILE or -o -" if possible else ""
            raise Failed(f"this is not plain text{how}") from None
        except (Damaged, LinkError) as error:
            raise Failed(f"{error}{whole}") from None
