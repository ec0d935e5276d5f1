"""For whom a secret can be: what the client takes, and what it says of the rest."""

import re
from typing import Final

import pytest
from burnbag_core.errors import BadRequest
from hypothesis import example, given
from hypothesis import strategies as st

from burnbag import Burnbag, NotTheRecipient, RecipientRequired, Refused
from burnbag.recipients import describe, normalize_recipients
from tests.support.services import load

naming = load("create", "chalicelib.naming")
ROLE = "arn:aws:iam::123456789012:role/orders"
USER = "arn:aws:iam::123456789012:user/ada"


def test_a_list_is_sorted_has_each_once_and_no_paths() -> None:
    texts = [
        "arn:aws:iam::123456789012:role/service-role/of/ours/orders",
        "Ada@Example.COM",
        " @Example.com ",
        USER,
        ROLE,
        "ada@example.com",
        "arn:aws-cn:iam::123456789012:role/a,b+c=d.e@f-g_h",
    ]
    assert normalize_recipients(texts) == [
        "@example.com",
        "ada@example.com",
        "arn:aws-cn:iam::123456789012:role/a,b+c=d.e@f-g_h",
        ROLE,
        USER,
    ]


REFUSED = {
    "arn:aws:sts::123456789012:assumed-role/orders/1": f"name the role itself: {ROLE}",
    "arn:aws-us-gov:sts::123456789012:assumed-role/orders": (
        "name the role itself: arn:aws-us-gov:iam::123456789012:role/orders"
    ),
    "arn:aws:iam::123456789012:root": "no account, group, root",
    "arn:aws:iam::123456789012:group/admins": "no account, group, root",
    "arn:aws:sts::123456789012:federated-user/ada": "no account, group, root or federated",
    "arn:aws:iam::123456789012:role/*": "whole, without",
    "arn:aws:iam::123456789012:role/?/orders": "whole, without",
    "role/orders": "with its account, as in arn:aws:iam::123456789012:role/NAME",
    "user/ada": "with its account, as in arn:aws:iam::123456789012:user/NAME",
    "arn:aws:iam::12345678901:role/orders": "a recipient is a role or a user",
    "arn:aws:iam::123456789012:role/": "a recipient is a role or a user",
    "arn:aws:iam::123456789012:role/" + "x" * 65: "a recipient is a role or a user",
    "ada@example": "a recipient is a role or a user",
    "ada@@example.com": "a recipient is a role or a user",
    "ada": "a recipient is a role or a user",
    "@": "a recipient is a role or a user",
    "@*.example.com": "a recipient is a role or a user",
    "\u212aelvin@example.com": "a recipient is a role or a user",
    "ad\u0430@example.com": "a recipient is a role or a user",
    "": "a recipient is a role or a user",
    f"{ROLE}\n{USER}": "a recipient is a role or a user",
    "a" * 400 + "@example.com": "a recipient is a role or a user",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items())
def test_what_can_not_be_compared_is_refused_and_it_is_said_what_to_name(
    text: str, why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        normalize_recipients([text])


def test_the_reason_does_not_repeat_what_is_no_recipient() -> None:
    with pytest.raises(ValueError, match="a recipient is") as refused:
        normalize_recipients(["canary-secret"])
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("given_list", "why"),
    [([], "empty"), ("ada@example.com", "give a list"), ([f"{ROLE}{n}" for n in range(21)], "20")],
)
def test_a_list_that_would_name_nobody_or_too_many_is_refused_before_anything_is_sent(
    given_list: list[str], why: str
) -> None:
    burnbag = Burnbag("https://unreachable.example")
    with burnbag, pytest.raises(Refused, match=why) as refused:
        burnbag.send("hunter2", recipients=given_list)
    assert refused.value.field == "recipients"


@given(st.lists(st.sampled_from([*REFUSED, ROLE, USER, "ada@example.com", "@example.com"])))
def test_what_is_normal_stays_as_it_is(texts: list[str]) -> None:
    try:
        found = normalize_recipients(texts)
    except ValueError:
        return
    assert normalize_recipients(found) == found == sorted(set(found))


PARTS: Final = st.lists(
    st.sampled_from(
        [
            *("arn:aws:", "arn:aws-cn:", "iam::", "sts::", "123456789012:", "role/", "user/"),
            *(
                "assumed-role/",
                "path/",
                "orders",
                "/1",
                "*",
                "@",
                "Ada",
                "example",
                ".com",
                ",",
                "-",
            ),
            *(" ", "\u212a", "root", "x" * 64),
        ]
    ),
    max_size=7,
).map("".join)


@given(PARTS)
@example("arn:aws:iam::123456789012:role/path/a,b+c=d.e@f-g_h")
@example("Ada@Example.com")
@example("@Example.com")
def test_the_server_takes_what_the_client_takes_and_makes_the_same_of_it(text: str) -> None:
    taken: list[list[str] | None] = []
    for read in (
        lambda: normalize_recipients([text]),
        lambda: list(naming.read_recipients({"recipients": [text.strip()]}, people_sign_in=True)),
    ):
        try:
            taken.append(read())
        except (ValueError, BadRequest):
            taken.append(None)
    assert taken[0] == taken[1]


def test_people_are_told_how_to_identify_themselves() -> None:
    assert "sign in" in str(RecipientRequired(("people",)))
    assert "AWS" not in str(RecipientRequired(("people",)))
    assert "browser" not in str(RecipientRequired(("iam",)))
    assert str(RecipientRequired(("iam", "people"), "no profile")).endswith("; no profile")


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        (
            "arn:aws:sts::123456789012:assumed-role/orders/ada",
            "role orders of account 123456789012 "
            "(arn:aws:sts::123456789012:assumed-role/orders/ada)",
        ),
        (
            "arn:aws:iam::123456789012:user/a/b/ada",
            "user ada of account 123456789012 (arn:aws:iam::123456789012:user/a/b/ada)",
        ),
        ("ada@example.com", "ada@example.com"),
    ],
)
def test_somebody_else_is_told_which_account_and_role_they_are(identity: str, told: str) -> None:
    assert describe(identity) == told
    error = NotTheRecipient(("iam",), identity)
    assert f"not for {told}; no view was used" in str(error)
    assert (error.identify, error.identified_as) == (("iam",), identity)
