"""The first person of a stack: a password that any policy takes, and that nobody else reads."""

from pathlib import Path

import pytest

from tools import person, stack
from tools.stack import Stack

LOCAL = Stack("local", "http://api", "http://aws", "us-east-1", 1, {"user_pool_id": None})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(person, "stack_folder", lambda _: tmp_path)
    return tmp_path


def test_a_password_has_what_policies_ask_for_and_is_never_the_same() -> None:
    passwords = {person.make_password() for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        assert len(password) >= 14
        for has in (str.islower, str.isupper, str.isdigit, lambda each: each == "-"):
            assert any(map(has, password))


def test_only_its_owner_reads_the_file_with_the_password(folder: Path) -> None:
    file = folder / "password"
    file.write_text("old")
    file.chmod(0o644)
    person.write_privately(file, "new")
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_nobody_signs_in_nobody_is_made_and_nothing_is_said() -> None:
    assert person.add_first_person(LOCAL) is None
    assert person.describe_sign_in(Stack(**{**vars(LOCAL), "outputs": {"sign_in": None}})) == ""


def test_who_is_there_is_told_how_to_sign_in(folder: Path) -> None:
    (folder / "password").write_text("abcde-FGHIJ-12345-klmno\n")
    outputs = {"user_pool_id": "pool", "sign_in": {"redirect_url": "http://127.0.0.1:1/live/"}}
    there = Stack(**{**vars(LOCAL), "outputs": outputs})
    assert person.add_first_person(there) == person.Person(person.EMAIL, "abcde-FGHIJ-12345-klmno")
    said = person.describe_sign_in(there)
    assert "http://127.0.0.1:1/live/" in said
    assert "ada@example.com with the password abcde-FGHIJ-12345-klmno" in said
    assert "abcde" not in repr(person.find_first_person(there))


def test_the_password_ends_with_the_stack(folder: Path) -> None:
    (folder / "password").write_text("x")
    stack.forget(folder)
    assert not (folder / "password").exists()
