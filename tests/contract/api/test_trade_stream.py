"""`solvent trade key` and `stream` against a served venue, one that is killed in the middle among them."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from solvent.api.keys import Signed, signature_of
from solvent.runtime.clock import wall_ms
from tests.contract.api.serving import Served, served
from tests.unit.cli.calling import Called, Solvent

pytestmark = pytest.mark.slow
COUNT = 400


@pytest.fixture
def solvent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Solvent:
    return Solvent(monkeypatch, capsys)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("stream")) as found:
        found.http.post("/sandbox/clock", json={"op": "pause"}).raise_for_status()
        yield found


def line(key: str, amount: str = "0.01", verb: str = "take", **more: Any) -> str:
    fields = {"amount": amount}
    return json.dumps(
        {"key": key, "command": "act", "market": "BTC-PERP", "verb": verb, "fields": fields, **more}
    )


def free(solvent: Solvent, url: str) -> Decimal:
    balances = solvent("trade", "wallet", "--json", "--url", url).json["balances"]
    return Decimal(next(one["free"] for one in balances if one["asset"] == "USDC"))


def keyed(solvent: Solvent, url: str, path: Path, *more: str) -> Called:
    return solvent("trade", "key", str(path), "--url", url, *more)


def test_lines_are_carried_out_by_a_key_in_a_file_and_the_same_lines_once(
    solvent: Solvent, sandbox: Served, tmp_path: Path
) -> None:
    key, lines, before = tmp_path / "key.json", tmp_path / "lines.ndjson", free(solvent, sandbox.url)
    made = keyed(solvent, sandbox.url, key)
    assert made.code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert json.loads(key.read_text())["secret"] not in made.out
    lines.write_text("\n".join([line("first-line"), "", line("second-line", "1e9"), line("third-line")]))
    given = ("trade", "stream", str(lines), "--key-file", str(key), "--url", sandbox.url)
    told = solvent(*given)
    assert told.code == 3
    first, second, third = told.out.splitlines()
    assert first.startswith("line 1: done, seq ")
    assert re.match("line 3: [A-Z0-9_]{2,}: ", second), second
    assert third.startswith("line 4: done, seq ")
    again = solvent(*given)
    assert again.out.splitlines()[0] == f"{first}, as before"
    assert free(solvent, sandbox.url) == before + Decimal("0.02")
    piped = solvent("trade", "stream", "-", *given[3:], "--json", given=line("fourth-line") + "\n")
    assert piped.code == 0
    answer, end = (json.loads(text) for text in piped.out.splitlines())
    assert (answer["status"], end) == (200, {"end": {"lines": 1, "reason": "done"}})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stream", "nowhere.ndjson"), "nowhere.ndjson cannot be read"),
        (("stream", "-", "--key-file", "nowhere.json"), "--key-file nowhere.json cannot be read"),
        (("stream", "-", "--url", "nowhere"), "--url 'nowhere' is no address"),
        (("stream", "-", "--url", "http://127.0.0.1:9"), "no venue answers at http://127.0.0.1:9"),
        (("key", "/nowhere/key.json"), "/nowhere/key.json cannot be written"),
        (("key", "key.json", "--scopes", "all"), "give some of read, trade, margin"),
        (("key", "key.json", "--label", "ä"), "--label 'ä' cannot be signed"),
    ],
)
def test_what_cannot_be_begun_is_said_in_a_sentence(
    solvent: Solvent, sandbox: Served, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    given = arguments if "--url" in arguments else (*arguments, "--url", sandbox.url)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        told = solvent("trade", *given, given=line("never-done"))
    assert told.code == 2
    assert words in told.said
    assert not list(tmp_path.iterdir())


def test_a_key_that_is_none_and_one_that_is_unknown_open_no_stream(
    solvent: Solvent, sandbox: Served, tmp_path: Path
) -> None:
    path = tmp_path / "key.json"
    path.write_text("[]")
    told = solvent("trade", "stream", "-", "--key-file", str(path), "--url", sandbox.url)
    assert (told.code, "holds no key" in told.said) == (2, True)
    path.write_text(json.dumps({"id": "0" * 32, "secret": "1" * 64}))
    told = solvent("trade", "stream", "-", "--key-file", str(path), "--url", sandbox.url, given=line("x" * 8))
    assert (told.code, "KEY_SIGNATURE_INVALID" in told.said) == (2, True)
    # Without a key only what a wallet signed is carried out.
    told = solvent("trade", "stream", "-", "--url", sandbox.url, given=line("x" * 8))
    assert (told.code, told.out.startswith("line 1: NOT_AUTHENTICATED")) == (3, True)


def test_a_venue_killed_in_the_middle_answers_the_same_lines_the_same_and_does_each_once(
    solvent: Solvent, tmp_path: Path
) -> None:
    folder, key = tmp_path / "venue", tmp_path / "key.json"
    lines = [line(f"line-{number:06}") for number in range(COUNT)]
    with served(folder) as first:
        assert keyed(solvent, first.url, key).code == 0
        before = free(solvent, first.url)
        heard = heard_until_killed(first, json.loads(key.read_text()), lines)
    assert 0 < len(heard) < COUNT
    with served(folder) as second:
        told = solvent(
            "trade",
            "stream",
            "-",
            "--key-file",
            str(key),
            "--json",
            "--url",
            second.url,
            given="\n".join(lines),
        )
        found = [json.loads(text) for text in told.out.splitlines()]
        assert found[-1] == {"end": {"lines": COUNT, "reason": "done"}}
        assert {one["status"] for one in found[:-1]} == {200}
        for one in heard:
            again = found[one["line"] - 1]
            assert again["replayed"]
            assert again["answer"] == one["answer"]
        assert free(solvent, second.url) == before + Decimal("0.01") * COUNT


def heard_until_killed(venue: Served, key: dict[str, str], lines: list[str]) -> list[Any]:
    """Send every line, kill the venue once a few are answered, and return what was answered whole."""
    path, host = "/api/v1/stream", venue.url.removeprefix("http://")
    signed = Signed(
        key=key["id"], timestamp=str(wall_ms()), method="POST", path=path, idempotency="", body=b""
    )
    head = {
        "Host": host,
        "Content-Type": "application/x-ndjson",
        "Content-Length": str(sum(len(one) + 1 for one in lines)),
        "Solvent-Key": key["id"],
        "Solvent-Timestamp": signed.timestamp,
        "Solvent-Signature": signature_of(key["secret"], signed),
    }
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=60) as connection:
        asked = f"POST {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items()) + "\r\n"
        connection.sendall(asked.encode() + "\n".join([*lines[: COUNT // 2], ""]).encode())
        told = b""
        while told.count(b'{"line":') < COUNT // 10:
            told += connection.recv(1 << 16)
        venue.end(signal.SIGKILL)
        while more := _received(connection):
            told += more
    answers = [text.strip() for text in told.split(b"\r\n")]
    return [
        json.loads(text)
        for part in answers
        for text in part.split(b"\n")
        if text.startswith(b'{"line":') and text.endswith(b"}}")
    ]


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionError:
        return b""
