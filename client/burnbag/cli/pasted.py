"""A link in what somebody pasted: in a sentence, wrapped by a mail program, or inside the link of a
mail gateway, which is taken apart and never followed.

One link has to come out. Where none does, or two, LinkError says so without repeating anything.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from burnbag.errors import LinkError
from burnbag.links import MISTYPED, Link
from burnbag.request_links import AnswerLink, RequestLink

L = TypeVar("L", bound=Link | RequestLink | AnswerLink)

# More than any mail that somebody pastes; a link has some 150 characters, or 300.
LONGEST: Final = 65_536
# The last "http" before the fragment counts: what stands before it wraps the link.
ADDRESS: Final = r"https?://(?:(?!https?://)[^\s#<>\"'])*"
FRAGMENT: Final = r"[\w-]{22}\.[\w-]{43}(?:\.[\w-]*)?(?![\w-])"
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
NO_REQUEST: Final = (
    "this is not a link to a request, which has #request. in it and then three parts with a dot "
    "between them; ask whoever sent it for it"
)
NO_ANSWER: Final = (
    "this is not a link to the answer of a request, which has #answer. in it and then three parts"
)
# A gateway's link inside another's.
LAYERS: Final = 4
# The lines that a mail program may have made of a link.
LINES: Final = 8


@dataclass(frozen=True)
class Form(Generic[L]):
    """How a link of one kind looks, what to say where there is none, and what else to do with one.

    `word` is what its fragment begins with.
    """

    parse: Callable[[str], L]
    word: str
    is_none: str
    instead: str

    @cached_property
    def link(self) -> re.Pattern[str]:
        return re.compile(rf"({ADDRESS})#({self.word}{FRAGMENT})", re.ASCII | re.IGNORECASE)

    @cached_property
    def bare(self) -> re.Pattern[str]:
        """Without an address, as copied from the end of one."""
        return re.compile(rf"(?<![\w./-])#?({self.word}{FRAGMENT})", re.ASCII)


SECRET: Final = Form(Link.parse, "", NO_LINK, "this link opens a secret: burnbag open")
REQUEST: Final = Form(
    RequestLink.parse,
    r"request\.",
    NO_REQUEST,
    "this link asks for a secret and opens none: answer it with burnbag submit",
)
ANSWER: Final = Form(
    AnswerLink.parse,
    r"answer\.",
    NO_ANSWER,
    "this link is yours alone: burnbag open opens the answer to your request by it",
)
FORMS: Final[tuple[Form[Any], ...]] = (SECRET, REQUEST, ANSWER)


def find_nothing() -> None:
    """No address is known."""


def find_link(text: str, find_base: Callable[[], str | None] = find_nothing) -> Link:
    """The link to a secret in a text."""
    return find(SECRET, text, find_base)


def find(form: Form[L], text: str, find_base: Callable[[], str | None] = find_nothing) -> L:
    """The link in a text. `find_base` finds the address of one that lacks it. Raises LinkError."""
    if len(text) > LONGEST:
        raise LinkError("that is too long for a link; give the link alone")
    found = find_all(form, text, None)
    if not found and form.bare.search(text) and not ANY_URL.search(text):
        found = find_all(form, text, find_base())
    links = [link for link in found if not isinstance(link, LinkError)]
    # A link whose key was wrapped into the next line is there without its key too.
    whole = {link.id: link for link in sorted(links, key=has_key)}
    if len(whole) > 1 or len({link.base for link in links}) > 1:
        raise LinkError("there is more than one link in it; give one of them")
    if whole:
        return whole.popitem()[1]
    why = next((each for each in found if isinstance(each, LinkError)), None)
    raise why or LinkError(explain_others(form, text) or explain(form, text))


def has_key(link: Link | RequestLink | AnswerLink) -> bool:
    return not isinstance(link, Link) or link.key is not None


def find_any(
    text: str, find_base: Callable[[], str | None] = find_nothing
) -> Link | RequestLink | AnswerLink:
    """The link in a text, of whatever kind. Raises LinkError."""
    if has_one(REQUEST, text):
        return find(REQUEST, text, find_base)
    if has_one(ANSWER, text):
        return find(ANSWER, text, find_base)
    return find(SECRET, text, find_base)


def has_one(form: Form[L], text: str) -> bool:
    """Whether there is a link of this kind in a text, perhaps a broken one."""
    return bool(find_all(form, text[:LONGEST], None) or form.bare.search(text))


def find_all(form: Form[L], text: str, base: str | None) -> list[L | LinkError]:
    """The links in a text, and why others are none."""
    found: list[L | LinkError] = []
    for shape in shapes_of(text.translate(INVISIBLE)):
        for address, fragment in find_parts(form, shape, base):
            try:
                found.append(read(form, address, fragment))
            except LinkError as error:
                found.append(error)
    return found


def shapes_of(text: str) -> Iterator[str]:
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


def find_parts(form: Form[L], text: str, base: str | None) -> Iterator[tuple[str, str]]:
    """What looks like a link's address and its fragment."""
    if base is not None:
        yield from ((base, each[1]) for each in form.bare.finditer(text))
        return
    for each in form.link.finditer(text):
        # What has a URL in its query wraps another, and gets no token.
        if not ANY_URL.search(unquote(urlsplit(each[1]).query)):
            yield each[1], each[2]


def read(form: Form[L], address: str, fragment: str) -> L:
    """The link of an address and a fragment. Raises LinkError.

    Nobody needs an address's query, in which gateways and advertisers write, nor its case. A point
    at the end is a sentence's.
    """
    parts = urlsplit(address)
    path = parts.path.partition("&")[0]
    base = urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, "", ""))
    return form.parse(f"{base}#{fragment.removesuffix('.')}")


def explain_others(form: Form[L], text: str) -> str | None:
    """What to do with the link of another kind that is there instead."""
    others = (other for other in FORMS if other is not form)
    return next((other.instead for other in others if has_one(other, text)), None)


def explain(form: Form[L], text: str) -> str:
    """Why there is no link in a text."""
    if not text.strip():
        return "no link was given"
    if form.bare.search(text):
        return "the link lacks its address: set BURNBAG_URL, or ask its sender for all of it"
    plain = unquote(text)
    if ANY_URL.search(text) and "#" not in plain:
        return "the link lacks what follows its #: ask its sender for all of it; nothing was used"
    return MISTYPED if CUT.search(plain) else form.is_none
