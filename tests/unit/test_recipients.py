"""Who is a named recipient: compared by account, kind and name, or by a verified address."""

import re

import pytest
from burnbag_core.people import EMAIL
from burnbag_core.recipients import is_named, principal_of, ways_to_identify
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.services import load

naming = load("create", "chalicelib.naming")

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/billing"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/billing/worker-7"

names = st.from_regex(r"[\w+=,.@-]{1,64}", fullmatch=True, alphabet=st.characters(codec="ascii"))
sessions = st.from_regex(r"[\w+=,.@-]{2,64}", fullmatch=True, alphabet=st.characters(codec="ascii"))
paths = st.from_regex(r"([a-zA-Z0-9@.-]{1,20}/){0,3}", fullmatch=True)
partitions = st.sampled_from(["aws", "aws-cn", "aws-us-gov"])
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True, alphabet=st.characters(codec="ascii"))
emails = st.from_regex(EMAIL, fullmatch=True).filter(lambda text: len(text) <= 254)
identities = st.one_of(
    st.builds("arn:{}:sts::{}:assumed-role/{}/{}".format, partitions, accounts, names, sessions),
    st.builds("arn:{}:iam::{}:user/{}{}".format, partitions, accounts, paths, names),
    emails,
)


def read(*sent: object, people: bool = True) -> tuple[str, ...]:
    found: tuple[str, ...] = naming.read_recipients({"recipients": list(sent)}, people)
    return found


@given(partitions, accounts, paths, names, sessions)
def test_a_role_is_each_of_its_sessions_whatever_its_path(
    partition: str, account: str, path: str, name: str, session: str
) -> None:
    listed = read(f"arn:{partition}:iam::{account}:role/{path}{name}")
    assert listed == (f"arn:{partition}:iam::{account}:role/{name}",)
    assert is_named(listed, f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}")


@given(partitions, accounts, paths, names)
def test_a_user_is_one_whatever_the_path(
    partition: str, account: str, path: str, name: str
) -> None:
    arn = f"arn:{partition}:iam::{account}:user/{path}{name}"
    assert is_named(read(arn), arn)
    assert is_named(read(arn), f"arn:{partition}:iam::{account}:user/{name}")


@given(identities, identities)
def test_nobody_is_taken_for_another(one: str, other: str) -> None:
    listed = principal_of(one)
    assert listed is not None
    assert is_named((listed,), one)
    assert is_named((listed,), other) == (principal_of(other) == listed)


@given(identities)
def test_what_stands_for_a_caller_can_be_put_on_a_list(identity: str) -> None:
    principal = principal_of(identity)
    assert principal is not None
    assert read(principal) == (principal,)


@pytest.mark.parametrize(
    "caller",
    [
        None,
        "",
        "arn:aws:sts::210987654321:assumed-role/billing/worker-7",
        "arn:aws-cn:sts::123456789012:assumed-role/billing/worker-7",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Billing/worker-7",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/billing2/worker-7",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/orders/billing",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/orders/role/billing",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/billing",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/billing/",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/billing/worker-7\n",
        f"arn:aws:sts::{ACCOUNT}:federated-user/billing",
        f"arn:aws:iam::{ACCOUNT}:user/billing",
        f"arn:aws:iam::{ACCOUNT}:user/role/billing",
        f"arn:aws:iam::{ACCOUNT}:root",
        ROLE,  # a role itself calls nothing
        "role/billing",
        ACCOUNT,
        "billing",
        "billing@example.com",
    ],
)
def test_a_role_is_not(caller: str | None) -> None:
    assert not is_named((ROLE,), caller)


@pytest.mark.parametrize(
    "caller",
    [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/ada/ada",
        "arn:aws:iam::210987654321:user/ada",
        f"arn:aws:iam::{ACCOUNT}:user/Ada",
        f"arn:aws:iam::{ACCOUNT}:user/ada/eve",
        f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:sts::{ACCOUNT}:federated-user/ada",
    ],
)
def test_a_user_is_not(caller: str) -> None:
    assert not is_named((USER,), caller)


@pytest.mark.parametrize(
    ("listed", "caller", "named"),
    [
        ("ada@example.com", "ada@example.com", True),
        ("ada@example.com", "ada+x@example.com", False),
        ("ada@example.com", "a.da@example.com", False),
        ("ada@example.com", "ada@example.com.evil.example", False),
        ("ada@example.com", "ada@sub.example.com", False),
        ("ada@example.com", "\u0430da@example.com", False),  # a Cyrillic a
        ("@example.com", "eve@example.com", True),
        ("@example.com", "eve@sub.example.com", False),
        ("@example.com", "eve@notexample.com", False),
        ("@example.com", "eve@example.com.evil.example", False),
        ("@example.com", "example.com", False),
        ("@example.com", "@example.com", False),
        ("@example.com", f"arn:aws:iam::{ACCOUNT}:user/eve@example.com", False),
        ("@example.com", f"arn:aws:sts::{ACCOUNT}:assumed-role/sso/eve@example.com", False),
        ("eve@example.com", f"arn:aws:sts::{ACCOUNT}:assumed-role/sso/eve@example.com", False),
    ],
)
def test_a_person_is_whom_the_sign_in_has_verified(listed: str, caller: str, named: bool) -> None:
    assert is_named((listed,), caller) is named


@given(emails, emails)
def test_a_domain_is_everybody_in_it_and_nobody_else(one: str, other: str) -> None:
    domain = one[one.index("@") :]
    assume(len(domain) > 1)
    assert is_named(read(domain), one)
    assert is_named(read(domain), other) == (other[other.index("@") :] == domain)


def test_nobody_is_on_an_empty_list() -> None:
    assert not is_named((), SESSION)
    assert not is_named((), "ada@example.com")


@pytest.mark.parametrize(
    ("listed", "ways"),
    [
        ((ROLE,), ["iam"]),
        (("@example.com",), ["people"]),
        ((USER, "ada@example.com", "@example.com"), ["iam", "people"]),
        ((), []),
    ],
)
def test_the_ways_to_identify_are_those_of_use(listed: tuple[str, ...], ways: list[str]) -> None:
    assert ways_to_identify(listed) == ways


def test_a_list_is_sorted_and_has_each_once() -> None:
    path = f"arn:aws:iam::{ACCOUNT}:role/team/billing"
    sent = ["Ada@Example.com", path, USER, ROLE, "ada@example.com", "@EXAMPLE.org"]
    assert read(*sent) == ("@example.org", "ada@example.com", ROLE, USER)


def test_without_the_field_nobody_is_named() -> None:
    assert naming.read_recipients({}, True) == ()


NO_PRINCIPALS = {
    "a session": (SESSION, f"Entry 1 is a session: name the role itself, {ROLE}."),
    "root": (f"arn:aws:iam::{ACCOUNT}:root", "neither a role nor a user"),
    "a federated user": (f"arn:aws:sts::{ACCOUNT}:federated-user/ada", "neither a role"),
    "a group": (f"arn:aws:iam::{ACCOUNT}:group/admins", "neither a role"),
    "an account": (f"arn:aws:iam::{ACCOUNT}", "neither a role"),
    "a function": (f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x", "neither a role"),
    "any role": (f"arn:aws:iam::{ACCOUNT}:role/*", "neither a role"),
    "any path": (f"arn:aws:iam::{ACCOUNT}:role/*/billing", "wildcard"),
    "a path of any sign": (f"arn:aws:iam::{ACCOUNT}:role/a?/billing", "wildcard"),
    "any account": ("arn:aws:iam::*:role/billing", "neither a role"),
    "another cloud": (f"arn:gcp:iam::{ACCOUNT}:role/billing", "neither a role"),
    "other digits": ("arn:aws:iam::\u0661\u0662345678901\u0662:role/billing", "neither a role"),
    "a newline": (f"{ROLE}\n", "neither a role"),
    "two": (f"{ROLE},{USER}", "neither a role"),
    "no name": (f"arn:aws:iam::{ACCOUNT}:role/", "neither a role"),
    "a long name": (f"arn:aws:iam::{ACCOUNT}:role/{'a' * 65}", "neither a role"),
    "a long path": (f"arn:aws:iam::{ACCOUNT}:role/{'a' * 512}/b", "neither a role"),
    "only a name": ("billing", "must be the ARN"),
    "nothing": ("", "must be the ARN"),
    "an upper-case ARN": (ROLE.upper(), "must be the ARN"),
    "only a domain": ("example.com", "must be the ARN"),
    "a top-level domain": ("@com", "must be the ARN"),
    "any domain": ("@*.example.com", "must be the ARN"),
    "two signs": ("@@example.com", "must be the ARN"),
    "a name before": ("Ada <ada@example.com>", "must be the ARN"),
    "a Kelvin sign": ("mar\u212a@example.com", "must be the ARN"),
    "a Kelvin sign in a domain": ("@mar\u212aet.example", "must be the ARN"),
    "a long domain": (f"@{'a.' * 130}com", "must be the ARN"),
}


@pytest.mark.parametrize(("sent", "why"), NO_PRINCIPALS.values(), ids=NO_PRINCIPALS)
def test_nobody_can_be_named_by(sent: str, why: str) -> None:
    with pytest.raises(naming.BadRequest, match=why.replace(".", "[.]")) as refused:
        read(sent)
    assert refused.value.extensions == {"field": "recipients"}
    assert (refused.value.status, refused.value.type) == (400, "bad-request")
    assert re.match(r"Entry 1 (is|has|must) .*[.]$", refused.value.detail)


@pytest.mark.parametrize("sent", [None, "ada@example.com", {}, 1, True, [1], [None], [[ROLE]]])
def test_what_is_no_list_of_texts_is_refused(sent: object) -> None:
    with pytest.raises(naming.BadRequest, match="Must be a list of strings"):
        naming.read_recipients({"recipients": sent}, True)


@pytest.mark.parametrize("count", [0, 21])
def test_a_list_has_one_to_twenty_entries(count: int) -> None:
    with pytest.raises(naming.OutOfRange, match=r"^Must have 1 to 20 entries\.$") as refused:
        read(*[f"a{number}@example.com" for number in range(count)])
    assert refused.value.status == 422
    assert len(read(*[f"a{number}@example.com" for number in range(20)])) == 20


@pytest.mark.parametrize(("length", "is_one"), [(254, True), (255, False)])
def test_a_domain_has_at_most_as_many_characters_as_an_address(length: int, is_one: bool) -> None:
    domain = f"@{'a.' * 120}".ljust(length, "b")
    assert naming.is_domain(domain) is is_one


def test_a_wrong_entry_is_named_by_its_place_and_not_repeated() -> None:
    with pytest.raises(naming.BadRequest) as refused:
        read(ROLE, "ada@example.com", "hunter2")
    assert refused.value.detail.startswith("Entry 3 ")
    assert "hunter2" not in refused.value.detail


@pytest.mark.parametrize("sent", ["ada@example.com", "@example.com"])
def test_people_can_be_named_only_where_they_sign_in(sent: str) -> None:
    told = "^Entry 2 is for people, and nobody can sign in here[.]$"
    with pytest.raises(naming.OutOfRange, match=told) as refused:
        read(ROLE, sent, people=False)
    assert (refused.value.status, refused.value.extensions["field"]) == (422, "recipients")
    assert read(ROLE, people=False) == (ROLE,)
