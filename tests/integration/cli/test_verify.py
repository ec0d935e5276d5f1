"""`burnbag receipt --signed`, `burnbag verify` and `burnbag keys`: proof for somebody else."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burnbag.answers import parse_receipt
from burnbag.cli.formatting import to_dict
from tests.support.cli import Machine, make_stranger
from tests.support.server import Served
from tests.support.signatures import CLAIMS, RECEIPT, Signer, encode

LARGE = 256 * 1024
SIGNER = Signer()
NOT_GENUINE = "the signature is wrong: this was changed, or somebody else signed it"
UNKNOWN_KEY = "none of these keys has signed this; is the key set another's, or older?"


@pytest.fixture
def auditor(tmp_path: Path) -> Machine:
    """A machine that knows no burnbag and has no credentials."""
    return make_stranger(tmp_path / "auditor")


def send(machine: Machine, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.run("send", "--json", *args, stdin=b"x").out)
    return found


@pytest.fixture
def signed(machine: Machine, server: Served) -> str:
    """The signed receipt of a secret that was opened."""
    secret = send(machine, "--label", "staging")
    machine.run("open", secret["link"])
    server.reap()
    return machine.run("receipt", "--signed", secret["id"]).text


def offline(auditor: Machine, proof: str, keys: object = None) -> None:
    """Give the auditor a receipt and a key set, and nothing else."""
    (auditor.work / "proof").write_text(proof)
    (auditor.work / "keys.json").write_text(json.dumps(keys or SIGNER.keys()))


def test_what_a_sender_saved_an_auditor_verifies_without_a_network(
    machine: Machine, auditor: Machine, server: Served, signed: str
) -> None:
    keys = machine.run("keys")
    assert (keys.code, keys.err) == (0, "")
    offline(auditor, signed, json.loads(keys.out))
    server.requests.clear()
    ran = auditor.run("verify", "proof", "--keys", "keys.json")
    assert (ran.code, ran.err, server.requests) == (0, "", [])
    lines = ran.text.splitlines()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert lines[0] == "signature   good"
    assert lines[1] == "keys        keys.json"
    assert lines[2] == f"key         {json.loads(keys.out)['keys'][0]['kid']}"
    assert lines[3].startswith(f"signed      {day} ")
    assert lines[4] == f"issuer      {machine.env['BURNBAG_URL']} (as it says itself)"
    assert [line.split()[0] for line in lines[5:]] == [
        "id", "state", "kind", "size", "label", "passphrase", "created", "expires", "views",
        "viewed", "ended", "erased",
    ]  # fmt: skip
    assert lines[6] == "state       revealed"


def test_the_keys_may_come_from_the_burnbag_that_is_trusted(
    auditor: Machine, machine: Machine, server: Served, signed: str
) -> None:
    offline(auditor, signed)
    server.requests.clear()
    ran = auditor.run("verify", "proof", "--url", machine.env["BURNBAG_URL"])
    assert (ran.code, ran.err) == (0, "")
    assert f"keys        {machine.env['BURNBAG_URL']}\n" in ran.out.decode()
    assert server.requests == ["GET /live/v1/keys"]


def test_a_receipt_may_be_piped_from_one_command_to_the_other(machine: Machine) -> None:
    secret = send(machine)
    script = 'burnbag receipt --signed "$1" | burnbag verify -'
    machine.env["PATH"] += ":/usr/bin"
    ran = machine.shell(script, secret["id"])
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith("signature   good\n")


def test_a_verified_receipt_for_scripts_has_the_library_fields(auditor: Machine) -> None:
    offline(auditor, SIGNER.sign())
    ran = auditor.run("verify", "proof", "--keys", "keys.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "issuer": "https://burnbag.example",
        "signed_at": 1_800_000_200,
        "key_id": "key-1",
        "receipt": to_dict(parse_receipt(RECEIPT)),
    }


def test_a_final_newline_or_none_is_the_same(auditor: Machine) -> None:
    for ending in ("", "\n", "\r\n"):
        offline(auditor, SIGNER.sign() + ending)
        assert auditor.run("verify", "proof", "--keys", "keys.json").code == 0


def changed(proof: str) -> str:
    header, _, signature = proof.split(".")
    return ".".join([header, encode({**CLAIMS, "iat": 1}), signature])


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "changed": (lambda: changed(SIGNER.sign()), NOT_GENUINE),
    "a stranger's": (lambda: Signer().sign(), NOT_GENUINE),
    "of another key": (lambda: SIGNER.sign(kid="key-2"), UNKNOWN_KEY),
    "no receipt": (lambda: "hunter2-canary", "this is no signed receipt"),
    "empty": (lambda: "", "this is no signed receipt"),
    "too large": (lambda: "A" * (LARGE + 1), "this is no signed receipt: it has over 256 KiB"),
    "of another form": (
        lambda: SIGNER.sign({**CLAIMS, "receipt": {}}),
        "the signature is good, but this version can't read what it signs",
    ),
}


@pytest.mark.parametrize(("make", "error"), REFUSED.values(), ids=REFUSED)
def test_what_proves_nothing_is_refused_in_one_line(
    auditor: Machine, make: Callable[[], str], error: str
) -> None:
    offline(auditor, make())
    ran = auditor.run("verify", "proof", "--keys", "keys.json")
    assert (ran.code, ran.out, ran.err) == (6, b"", f"burnbag: {error}\n")


def test_an_endless_file_is_not_read_to_its_end(auditor: Machine) -> None:
    offline(auditor, "")
    ran = auditor.run("verify", "/dev/zero", "--keys", "keys.json")
    assert (ran.code, ran.out) == (6, b"")
    offline(auditor, SIGNER.sign())
    ran = auditor.run("verify", "proof", "--keys", "/dev/zero")
    assert (ran.code, ran.out) == (2, b"")


def test_a_url_in_a_receipt_is_not_asked(auditor: Machine, server: Served) -> None:
    thief = Signer()
    keys = thief.keys()
    claims = {**CLAIMS, "iss": server.url}
    server.requests.clear()
    proof = thief.sign(claims, jku=f"{server.url}/v1/keys", x5u=server.url, jwk=keys["keys"][0])
    offline(auditor, proof)
    ran = auditor.run("verify", "proof", "--keys", "keys.json")
    assert (ran.code, server.requests) == (6, [])
    ran = auditor.run("verify", "proof")
    assert (ran.code, server.requests) == (2, [])
    assert "Its URL is missing" in ran.err


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("x", "keys.json is no key set; burnbag keys > FILE makes one"),
        ("[]", "keys.json is no key set; burnbag keys > FILE makes one"),
        ("[" * 60_000, "keys.json is no key set; burnbag keys > FILE makes one"),
        (" " * 65_537, "keys.json is no key set; burnbag keys > FILE makes one"),
        ("{}", "keys.json: there is no key for receipts in this key set"),
        ('{"keys": []}', "keys.json: there is no key for receipts in this key set"),
    ],
    ids=["no JSON", "no object", "deep", "large", "no set", "no keys"],
)
def test_what_is_no_key_set_is_refused(auditor: Machine, content: str, error: str) -> None:
    offline(auditor, SIGNER.sign())
    (auditor.work / "keys.json").write_text(content)
    ran = auditor.run("verify", "proof", "--keys", "keys.json")
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


def test_a_missing_file_is_named(auditor: Machine) -> None:
    offline(auditor, SIGNER.sign())
    for args in (["nothing", "--keys", "keys.json"], ["proof", "--keys", "nothing"]):
        ran = auditor.run("verify", *args)
        error = "nothing: No such file or directory"
        assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")


def test_keys_come_from_one_place(auditor: Machine) -> None:
    offline(auditor, SIGNER.sign())
    ran = auditor.run("verify", "proof", "--keys", "keys.json", "--url", "https://burnbag.example")
    error = "--keys and --url are two places for keys: use one of them"
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


def test_what_a_signer_wrote_can_not_command_the_terminal(auditor: Machine) -> None:
    receipt = {**RECEIPT, "label": "a\x1b[2Jb", "created_by": "\u202ex", "ended_by": "c\rd"}
    offline(auditor, SIGNER.sign({**CLAIMS, "iss": "https://x\x1b]0;y\x07", "receipt": receipt}))
    ran = auditor.run("verify", "proof", "--keys", "keys.json")
    assert ran.code == 0
    shown = ran.out.decode()
    assert "label       a?[2Jb\n" in shown
    assert "issuer      https://x?]0;y? (as it says itself)\n" in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_the_keys_of_a_server_can_not_command_the_terminal(
    auditor: Machine, machine: Machine, server: Served
) -> None:
    keys = {"keys": [SIGNER.jwk() | {"kid": "\x1b[2J", "x\u202e": "\x9b"}]}
    body = json.dumps(keys, ensure_ascii=False).encode()
    server.faults.foreign.append((200, {"Content-Type": "application/jwk-set+json"}, body))
    ran = auditor.run("keys", "--url", machine.env["BURNBAG_URL"])
    assert (ran.code, json.loads(ran.out)) == (0, keys)
    assert all(line.isprintable() and line.isascii() for line in ran.text.splitlines())


def test_a_burnbag_without_keys_is_said_in_one_line(
    auditor: Machine, machine: Machine, server: Served
) -> None:
    server.faults.refuse.append(("GET /live/v1/keys", 404))
    ran = auditor.run("keys", "--url", machine.env["BURNBAG_URL"])
    assert (ran.code, ran.out) == (1, b"")
    host = machine.env["BURNBAG_URL"].split("/")[2]
    why = f"{host} answers 404, and not as burnbag does; is the URL right?"
    assert ran.err == f"burnbag: {why}\n"


def test_nobody_to_ask_for_keys_is_a_usage_error(auditor: Machine) -> None:
    ran = auditor.run("keys")
    assert (ran.code, ran.out) == (2, b"")
    assert "Its URL is missing" in ran.err


def test_a_signed_receipt_may_go_into_a_new_file(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("receipt", secret["id"], "--signed", "-o", "proof.jwt")
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    assert machine.files() == {"proof.jwt"}
    proof = (machine.work / "proof.jwt").read_text()
    assert proof.endswith("\n") and proof.count(".") == 2
    assert machine.run("verify", "proof.jwt").code == 0


def test_a_file_that_is_there_stays(machine: Machine, server: Served) -> None:
    secret = send(machine)
    (machine.work / "proof.jwt").write_text("older")
    server.requests.clear()
    ran = machine.run("receipt", secret["id"], "--signed", "-o", "proof.jwt")
    assert (ran.code, ran.err) == (2, "burnbag: proof.jwt exists already\n")
    assert ((machine.work / "proof.jwt").read_text(), server.requests) == ("older", [])
    ran = machine.run("receipt", secret["id"], "--signed", "-o", "nowhere/proof.jwt")
    assert (ran.code, ran.err) == (1, "burnbag: nowhere/proof.jwt: No such file or directory\n")
    assert machine.files() == {"proof.jwt"}


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--signed", "--json"], "--json and --signed are two forms of a receipt: use one of them"),
        (["-o", "x"], "-o is for a signed receipt: use --signed"),
    ],
)
def test_what_makes_no_sense_together_is_refused(
    machine: Machine, args: list[str], error: str
) -> None:
    ran = machine.run("receipt", send(machine)["id"], *args)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


def test_waiting_ends_with_the_signed_receipt_of_the_end(machine: Machine) -> None:
    secret = send(machine)
    machine.run("open", secret["link"])
    ran = machine.run("receipt", "--wait", "--signed", secret["id"])
    assert (ran.code, ran.err) == (0, "")
    (machine.work / "proof").write_text(ran.text)
    found = json.loads(machine.run("verify", "proof", "--json").out)
    assert found["receipt"]["state"] == "revealed"


def test_a_server_that_signs_nothing_is_said_in_one_line(machine: Machine, server: Served) -> None:
    secret = send(machine)
    server.faults.foreign.append((200, {"Content-Type": "application/json"}, b'{"id": "x"}'))
    ran = machine.run("receipt", "--signed", secret["id"])
    error = "the answer is no signed receipt; is the server older than this client?"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")
