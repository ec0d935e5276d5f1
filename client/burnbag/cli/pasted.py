"""A link in what somebody pasted: in a sentence, wrapped by a mail program, or inside the link of a
mail gateway, which is taken apart and never followed.

One link has to come out. Where none does, or two, LinkError says so without repeating anything.
"""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from burnbag.errors import LinkError
from burnbag.links import MISTYPED, Link

# More than any mail that somebody pastes; a link has some 150 characters.
LONGEST: Final = 65_536
# The last "http" before the fragment counts: what stands before it wraps the link.
ADDRESS: Final = r"https?://(?:(?!https?://)[^\s#<>\"'])*"
FRAGMENT: Final = r"[\w-]{22}\.[\w-]{43}(?:\.[\w-]*)?(?![\w-])"
LINK: Final = re.compile(rf"({ADDRESS})#({FRAGMENT})", re.ASCII | re.IGNORECASE)
# Without an address, as copied from the end of one.
BARE: Final = re.compile(rf"(?<![\w./-])#?({FRAGMENT})", re.ASCII)
# An id, or two parts of what should be two or three.
CUT: Final = re.compile(r"#(?:[\w-]{16}|[\w-]+\.[\w-])", re.ASCII)
ANY_URL: Final = re.compile(r"https?://", re.IGNORECASE)
# The marks of a quotation before a line; behind it, quoted-printable's mark of a line that goes on.
QUOTING: Final = " \t>|"
GOES_ON: Final = "="
INVISIBLE: Final = {**dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff")), 0xA0: " "}
# Proofpoint's forms: version 2 writes "%" as "-" and "/" as "_"; version 3 takes characters out.
PROOFPOINT_2: Final = re.compile(r"https://urldefense(?:\.proofpoint)?\.com/v2/url\?u=([\w.~-]+)")
PROOFPOINT_3: Final = re.compile(
    r"https://urldefense(?:\.proofpoint)?\.com/v3/__(\S{1,4096}?)__;([\w-]*={0,2})!"
)
NO_LINK: Final = (
    "this is not a link to a secret, which has a # and then two or three parts with a dot between "
    "them; ask its sender for it"
)
# A gateway's link inside another's.
LAYERS: Final = 4
# The lines that a mail program may have made of a link.
LINES: Final = 8


def find_link(text: str, find_base: Callable[[], str | None] = lambda: None) -> Link:
    """The link in a text. `find_base` finds the address of one that lacks it. Raises LinkError."""
    if len(text) > LONGEST:
        raise LinkError("that is too long for a link; give the link alone")
    if not (found := find_all(text, None)) and BARE.search(text) and not ANY_URL.search(text):
        found = find_all(text, find_base())
    links = [link for link in found if isinstance(link, Link)]
    # A link whose key was wrapped into the next line is there without its key too.
    whole = {link.id: link for link in sorted(links, key=lambda link: link.key is not None)}
    if len(whole) > 1 or len({link.base for link in links}) > 1:
        raise LinkError("there is more than one link in it; give one of them")
    if whole:
        return whole.popitem()[1]
    raise next((each for each in found if isinstance(each, LinkError)), LinkError(explain(text)))


def find_all(text: str, base: str | None) -> list[Link | LinkError]:
    """The links in a text, and why others are none."""
    found: list[Link | LinkError] = []
    for form in forms_of(text.translate(INVISIBLE)):
        for address, fragment in find_parts(form, base):
            try:
                found.append(read(address, fragment))
            except LinkError as error:
                found.append(error)
    return found


def forms_of(text: str) -> Iterator[str]:
    """The text, and each line joined with those after it: as it is, and with links taken apart."""
    lines = [line.lstrip(QUOTING).rstrip().removesuffix(GOES_ON) for line in text.splitlines()]
    starts = [number for number, line in enumerate(lines[:-1]) if "#" in line or "http" in line]
    joined = ("".join(lines[at : at + more]) for at in starts for more in range(2, LINES + 1))
    for each in dict.fromkeys((text, *joined)):
        for _ in range(LAYERS):
            yield each
            plain = unquote(take_apart(each))
            if plain == each:
                break
            each = plain


def take_apart(text: str) -> str:
    """The text, with Proofpoint's links as they were. The other gateways only percent-encode."""
    text = PROOFPOINT_2.sub(lambda found: found[1].replace("-", "%").replace("_", "/"), text)
    return PROOFPOINT_3.sub(lambda found: put_back(found[1], found[2]), text)


def put_back(url: str, taken: str) -> str:
    """A URL of version 3, with each `*` as the character that was taken out."""
    try:
        characters = iter(base64.urlsafe_b64decode(taken + "=" * (-len(taken) % 4)).decode())
    except ValueError:
        return url
    return re.sub(r"\*", lambda star: next(characters, star[0]), url)


def find_parts(text: str, base: str | None) -> Iterator[tuple[str, str]]:
    """What looks like a link's address and its fragment."""
    if base is not None:
        yield from ((base, each[1]) for each in BARE.finditer(text))
        return
    for each in LINK.finditer(text):
        # What has a URL in its query wraps another, and gets no token.
        if not ANY_URL.search(unquote(urlsplit(each[1]).query)):
            yield each[1], each[2]


def read(address: str, fragment: str) -> Link:
    """The link of an address and a fragment. Raises LinkError.

    Nobody needs an address's query, in which gateways and advertisers write, nor its case. A point
    at the end is a sentence's.
    """
    parts = urlsplit(address)
    path = parts.path.partition("&")[0]
    base = urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, "", ""))
    return Link.parse(f"{base}#{fragment.removesuffix('.')}")


def explain(text: str) -> str:
    """Why there is no link in a text."""
    if not text.strip():
        return "no link was given"
    if BARE.search(text):
        return "the link lacks its address: set BURNBAG_URL, or ask its sender for all of it"
    plain = unquote(text)
    if ANY_URL.search(text) and "#" not in plain:
        return "the link lacks what follows its #: ask its sender for all of it; nothing was used"
    return MISTYPED if CUT.search(plain) else NO_LINK
