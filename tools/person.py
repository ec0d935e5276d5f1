"""The first person who may send by the page of a stack on the embedded AWS."""

import os
import secrets
import string
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.caller import root_client
from tools.checkout import stack_folder
from tools.stack import Stack

EMAIL: Final = "ada@example.com"
ALPHABET: Final = string.ascii_letters + string.digits
KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
GROUPS: Final = 4
GROUP: Final = 5


@dataclass(frozen=True)
class Person:
    email: str
    password: str = field(repr=False)


def add_first_person(stack: Stack) -> Person | None:
    """Make the first user of the stack's pool, or find the one of the last time.

    Nobody could send it a first password by mail, so it has a random one that lies beside the
    stack's description, for its owner alone, and ends with the stack. None where nobody signs in.
    """
    pool = stack.outputs["user_pool_id"]
    if pool is None:
        return None
    known = find_first_person(stack)
    return known or add_person(stack, EMAIL, keep=password_file(stack))


def find_first_person(stack: Stack) -> Person | None:
    """The first user, None where `add_first_person` has made none."""
    try:
        return Person(EMAIL, password_file(stack).read_text().strip())
    except FileNotFoundError:
        return None


def add_person(stack: Stack, email: str, keep: Path | None = None, verified: bool = True) -> Person:
    """A user of the stack's pool with a password that need not be changed; `keep` gets that."""
    cognito, pool = root_client(stack, "cognito-idp"), stack.outputs["user_pool_id"]
    person = Person(email, make_password())
    attributes = {"email": email, "email_verified": str(verified).lower()}
    # Who is there already gets a new password.
    with suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            TemporaryPassword=person.password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
        )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=person.password, Permanent=True
    )
    if keep:
        write_privately(keep, person.password)
    return person


def make_password() -> str:
    """A random password with letters of both cases, a digit and a dash, as any policy wants it."""
    while True:
        groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
        password = "-".join(groups)
        if all(set(kind) & set(password) for kind in KINDS):
            return password


def write_privately(file: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text + "\n")


def password_file(stack: Stack) -> Path:
    return stack_folder(stack.name) / "password"


def describe_sign_in(stack: Stack) -> str:
    """How the first person sends by the page; empty where nobody does."""
    person, sign_in = find_first_person(stack), stack.outputs["sign_in"]
    if person is None:
        return ""
    return f"""
Send by the page:
  {sign_in["redirect_url"]}
  sign in as {person.email} with the password {person.password}
"""
