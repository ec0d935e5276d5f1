"""`make letters` and `make reconcile`: what they ask the functions, and what they say."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools import letters
from tools.console import Problem
from tools.reconcile import reconcile
from tools.target import Target

LETTER = {
    "id": "3f2a91c0-0000-4000-8000-000000000000",
    "since": 1_795_971_600,
    "kind": "record",
    "of": "audit",
    "why": "KeyError",
    "secrets": ["A" * 22],
    "until": None,
}
OTHER = LETTER | {"id": "77aa0000-0000-4000-8000-000000000000", "of": "reap"}


@dataclass
class Functions:
    """Answers in turn, and remembers what it was asked."""

    answers: list[Any]
    asked: list[tuple[str, Any]] = field(default_factory=list)
    fails: bool = False

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        self.asked.append((FunctionName, json.loads(Payload)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        failed = {"FunctionError": "Unhandled"} if self.fails else {}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}


def target_of(functions: Functions) -> Target:
    names = {"function_names": {"letters": "b-letters", "reconcile": "b-reconcile"}}
    return Target(names, True, lambda service, **_: functions, lambda: None)  # type: ignore[arg-type,return-value]


def answer(*found: Any, everything: bool = True) -> dict[str, Any]:
    return {"letters": list(found), "all": everything}


def test_a_letter_is_told_with_what_is_missing_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    letters.list_letters(target_of(Functions([answer(LETTER)])), None)
    assert capsys.readouterr().out == (
        "1 dead letter, the oldest first:\n\n"
        "3f2a91c0  audit could not take a receipt's change: KeyError\n"
        "          since 2026-11-29 17:00:00 UTC\n"
        f"          secret {'A' * 22}\n"
        "          The audit log lacks this change; the receipt has it. Find out why it can't be"
        " read, deploy\n          what can read it, and replay it.\n"
    )


def test_no_letter_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    letters.list_letters(target_of(Functions([answer()])), None)
    assert capsys.readouterr().out == "no dead letters\n"


@pytest.mark.parametrize("of", ["reap", "audit"])
def test_a_position_says_how_long_it_can_be_replayed_and_when_it_no_longer_can(
    of: str, capsys: pytest.CaptureFixture[str]
) -> None:
    position = LETTER | {"kind": "position", "of": of, "until": 1_796_058_000}
    forgotten = position | {"outcome": "forgotten"}
    letters.list_letters(target_of(Functions([answer(position, forgotten)])), None)
    said = capsys.readouterr().out
    assert said.count("in the stream until 2026-11-30 17:00:00 UTC") == 1
    assert said.count("The stream has forgotten it") == 1


def test_every_kind_of_letter_has_words(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [*letters.WHAT, ("event", "chat"), ("unknown", "")]
    many = [LETTER | {"kind": kind, "of": of} for kind, of in kinds]
    letters.list_letters(target_of(Functions([answer(*many)])), None)
    said = capsys.readouterr().out
    assert letters.WHAT.keys() == letters.THEN.keys()
    assert "the notification chat could not be delivered" in said
    assert "a letter that burnbag does not know" in said


def test_many_secrets_are_not_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    many = LETTER | {"secrets": [f"{n:022}" for n in range(7)]}
    letters.list_letters(target_of(Functions([answer(many)])), None)
    assert f"{4:022} and 2 more\n" in capsys.readouterr().out


def test_what_was_not_replayed_is_a_problem_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = [
        {"outcome": "replayed"},
        {"outcome": "again", "because": "KeyError"},
        {"outcome": "refused", "because": "reap could not do it now"},
        {"outcome": "forgotten"},
    ]
    told = [LETTER | {"id": f"{n}" * 36} | each for n, each in enumerate(outcomes)]
    with pytest.raises(Problem) as failed:
        letters.replay(target_of(Functions([answer(*told)])), None)
    assert capsys.readouterr().out == "1 letter processed again\n"
    first, *lines = str(failed.value).splitlines()
    assert first == "3 letters could not be:"
    assert [line.split(": ", 1)[1][:30] for line in lines] == [
        "it was set aside again (KeyErr",
        "reap could not do it now",
        "The stream has forgotten it, s",
    ]


def test_more_letters_than_one_run_takes_are_taken_by_several() -> None:
    first = answer(LETTER | {"outcome": "replayed"}, everything=False)
    second = answer(OTHER | {"outcome": "replayed"})
    functions = Functions([first, second])
    letters.replay(target_of(functions), None)
    assert functions.asked == [("b-letters", {"do": "replay"})] * 2


def test_letters_that_stay_do_not_keep_it_going_for_ever() -> None:
    stays = answer(LETTER | {"outcome": "refused", "because": "x"}, everything=False)
    functions = Functions([stays, stays])
    with pytest.raises(Problem):
        letters.replay(target_of(functions), None)
    assert functions.answers == []


def test_one_letter_is_named_by_how_its_id_begins() -> None:
    functions = Functions([answer(LETTER, OTHER), answer(LETTER | {"outcome": "replayed"})])
    letters.replay(target_of(functions), "3f2a")
    assert functions.asked[1] == ("b-letters", {"do": "replay", "ids": [LETTER["id"]]})


def test_an_id_that_no_letter_has_touches_none() -> None:
    functions = Functions([answer(LETTER), answer()])
    letters.replay(target_of(functions), "zzz")
    assert functions.asked[1] == ("b-letters", {"do": "replay", "ids": []})


def test_only_what_was_shown_is_dropped_and_only_if_that_is_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    functions = Functions([answer(LETTER)])
    with pytest.raises(Problem, match="nothing was dropped"):
        letters.drop(target_of(functions), None, auto=False)
    assert functions.asked == [("b-letters", {"do": "list"})]


def refuse(error: type[BaseException]) -> Callable[[str], str]:
    def ask(_: str) -> str:
        raise error

    return ask


def test_the_word_or_auto_drops_them() -> None:
    letters.confirm("drop", lambda _: " drop\n")
    with pytest.raises(Problem):
        letters.confirm("drop", refuse(EOFError))
    functions = Functions([answer(LETTER), answer(LETTER | {"outcome": "dropped"})])
    letters.drop(target_of(functions), None, auto=True)
    assert functions.asked[1] == ("b-letters", {"do": "drop", "ids": [LETTER["id"]]})


def test_whoever_may_not_is_told_so() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke")
    with pytest.raises(Problem, match=r"b-letters was not invoked: .*AccessDeniedException"):
        letters.list_letters(target_of(Functions([denied])), None)


def test_a_function_that_fails_is_named_with_its_log() -> None:
    said = {"errorType": "Unfinished", "errorMessage": "AccessDenied"}
    with pytest.raises(Problem, match=r"Unfinished: AccessDenied.*/aws/lambda/b-reconcile"):
        reconcile(target_of(Functions([said], fails=True)))


NOTHING: dict[str, Any] = {
    "seen": {"records": 1, "receipts": 2, "objects": 3},
    "found": {}, "mended": {}, "failed": {}, "examples": {}, "words": {}, "left": [],
}  # fmt: skip


def test_nothing_amiss_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    reconcile(target_of(Functions([NOTHING])))
    assert capsys.readouterr().out == (
        "Seen: records 1, receipts 2, objects 3\nEverything is as it should be.\n"
    )


def test_what_was_mended_is_said_and_is_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        "found": {"unsettled": 11},
        "mended": {"unsettled": 11},
        "examples": {"unsettled": ["a", "b"]},
        "words": {"unsettled": "secrets that ended, and were not erased"},
    }
    reconcile(target_of(Functions([NOTHING | found])))
    said = capsys.readouterr().out
    assert said.startswith("- 11 secrets that ended, and were not erased: a b …\n  11 mended\n")


def test_what_could_not_be_mended_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        "found": {"unreceipted": 1},
        "examples": {"unreceipted": ["a"]},
        "words": {"unreceipted": "records without a receipt"},
        "failed": {"ThrottlingException": 2},
    }
    with pytest.raises(Problem) as failed:
        reconcile(target_of(Functions([NOTHING | found])))
    assert "1 records without a receipt: a" in str(failed.value)
    assert "ThrottlingException: 2 times" in str(failed.value)


def test_what_time_ran_out_for_is_asked_for_again(capsys: pytest.CaptureFixture[str]) -> None:
    functions = Functions([NOTHING | {"left": ["receipts/3"]}, NOTHING])
    reconcile(target_of(functions))
    assert functions.asked[1] == ("b-reconcile", {"parts": ["receipts/3"]})
    assert "Seen: records 1, receipts 4, objects 6" in capsys.readouterr().out


def test_what_is_left_for_ever_is_a_problem() -> None:
    left = NOTHING | {"left": ["receipts/3"]}
    with pytest.raises(Problem, match="not looked at: receipts/3"):
        reconcile(target_of(Functions([left, left])))
