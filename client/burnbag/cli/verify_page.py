"""`burnbag verify-page`: is the page that a server serves the one that was released?"""

from typing import TYPE_CHECKING, Any

import click

from burnbag.cli import interrupts, printing
from burnbag.cli.bar import waiting
from burnbag.cli.options import json_option
from burnbag.errors import PageDiffers

if TYPE_CHECKING:
    from burnbag.results import VerifiedPage


@click.command("verify-page")
@click.argument("url")
@click.option(
    "--user-agent", metavar="TEXT", help="Call yourself this; otherwise what a browser would."
)
@json_option
def verify_page(url: str, user_agent: str | None, as_json: bool) -> None:
    """Check that a server serves the page of this version.

    URL is where people open links: what stands before the # in one. Every file is compared with the
    hash that this package carries, and the headers that limit the page. What the page may talk to
    besides its own server is shown, for you to judge.
    """
    with interrupts.defer():
        from burnbag.cli.formatting import to_json
        from burnbag.pages import BROWSER
        from burnbag.pages import verify_page as verify

    base = url.partition("#")[0]
    try:
        with waiting():
            found = verify(base, user_agent=BROWSER if user_agent is None else user_agent)
    except PageDiffers as error:
        if as_json:
            printing.print_data(to_json({"differences": error.differences}))
        else:
            printing.print_lines(format_differences(error.differences))
        raise
    if as_json:
        printing.print_data(to_json(to_facts(found)))
    else:
        printing.print_lines(format_page(found))


def to_facts(found: "VerifiedPage") -> dict[str, Any]:
    from burnbag.cli.formatting import to_dict

    return {**to_dict(found), "differences": {}}


def format_differences(differences: dict[str, str]) -> list[str]:
    from burnbag.cli.formatting import tabulate

    return tabulate([(name, what) for name, what in sorted(differences.items())])


def format_page(found: "VerifiedPage") -> list[str]:
    """What was checked, and then what the page says of its stack, as it says itself."""
    from burnbag.cli.formatting import align

    brand = {name: say(value) for name, value in found.facts["brand"].items()}
    people = say(found.facts.get("people_auth"))
    return align(
        [
            ("page", found.url),
            ("files", f"{found.files}, all as released"),
            ("headers", "as released"),
            ("version", found.version),
            ("talks to", ", ".join(["its own server", *found.connections])),
            ("pictures", ", ".join(["its own server", *found.images])),
            ("sending", {None: "nobody", "NONE": "everybody"}.get(people, "who signs in")),
            ("name", brand.get("name")),
            ("imprint", brand.get("imprint_url")),
            ("help", brand.get("help_url")),
        ]
    )


def say(value: object) -> str | None:
    """A value of the server's, which may be of any type."""
    return None if value is None else str(value)[:300]
