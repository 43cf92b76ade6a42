"""Many commands as one stream: lines are sent as they are read, and each is answered once it is durable."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from solvent.api import intents
from solvent.api.intents import Intent, IntentRefused
from solvent.api.keys import Scope, Signed, signature_of
from solvent.api.wishes import CreateKey
from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.remote import URL_DEFAULT
from solvent.cli.trade.carrying import Reached
from solvent.cli.trade.connection import Connection
from solvent.runtime.clock import wall_ms

PATH = "/api/v1/stream"
MEDIA_TYPE = "application/x-ndjson"
OWNERS_ALONE = 0o600
TIMEOUT_S = 90.0
DAY_MS, MINUTE_MS, SECOND_MS = 86_400_000, 60_000, 1_000
OK = 200
ENDS = {
    "idle": "nothing came for a while",
    "full": "it takes no more lines",
    "key": "the key is good no more",
    "stopped": "it takes no more commands",
}


class KeyFile(Struct, frozen=True):
    """An API key as it is kept in a file: whoever reads it may act with it."""

    id: str
    secret: str


class _End(Struct, frozen=True):
    lines: int
    reason: str


class _Line(Struct, frozen=True):
    """An answer, or the end."""

    line: int = 0
    status: int = 0
    replayed: bool = False
    answer: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    end: _End | None = None


def run_key(reached: Reached, path: Path, *, label: str, scopes: tuple[str, ...], days: int) -> Exit:
    """Have a key created by the wallet, and keep it in a new file that its owner alone may read."""
    _require_scopes(scopes)
    with Connection(reached.url, reached.wallet) as venue:
        now_ms = wall_ms() // SECOND_MS * SECOND_MS  # floor: an intent's moments are whole seconds
        wish = Intent(
            venue=venue.get("/venue")["id"],
            ask=CreateKey(label=label, scopes=scopes, key_expires_ms=now_ms + days * DAY_MS),
            account=venue.account,
            nonce=os.urandom(12).hex(),
            expires_ms=now_ms + MINUTE_MS,
        )
        try:
            text = intents.render(wish)
        except IntentRefused as error:
            raise Complaint(f"--label {label!r} cannot be signed: {error}") from error
        # The file first: a key that could be kept nowhere is not created.
        with _new_file(path) as file:
            found = msgspec.convert(venue.carry_out(text)["key"], KeyFile)
            file.write(msgspec.json.encode(found) + b"\n")
    if reached.as_json:
        print(jsonable.dumps({"id": found.id, "file": str(path)}))
    else:
        render.console().print(render.words(f"{path} has the key {found.id}, which may {', '.join(scopes)}"))
    return Exit.OK


def run_stream(reached: Reached, source: Path, key_file: Path | None) -> Exit:
    """Send a file's lines, or those of standard input, and print each answer as it comes."""
    key = None if key_file is None else _read_key(key_file)
    with _opened(source) as lines, closing(_connected(reached.url)) as connection:
        return _print(reached, _answers(reached.url, connection, key, lines))


def _require_scopes(scopes: tuple[str, ...]) -> None:
    known = tuple(scope.value for scope in Scope)
    if not scopes or not set(scopes) <= set(known):
        raise Complaint(f"--scopes {','.join(scopes)!r} are none; give some of {', '.join(known)}")


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
    except OSError as error:
        raise Complaint(f"{path} cannot be written: {error.strerror}; name a new file") from error
    with ExitStack() as undo:
        undo.callback(path.unlink)
        with os.fdopen(descriptor, "wb") as file:
            yield file
        undo.pop_all()


def _read_key(path: Path) -> KeyFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except OSError as error:
        raise Complaint(f"--key-file {path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise Complaint(f"--key-file {path} holds no key; `solvent trade key FILE` writes one") from error


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    if str(source) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise Complaint(f"{source} cannot be read: {error.strerror}") from error
    with file:
        yield file


def _connected(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Complaint(f"--url {url!r} is no address; give one such as {URL_DEFAULT}")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_S)
    try:
        connection.connect()
    except OSError as error:
        raise Complaint(
            f"no venue answers at {url} ({error}); start one with `solvent serve`, or name its address with "
            "--url"
        ) from error
    return connection


def _answers(url: str, connection: HTTPConnection, key: KeyFile | None, lines: BinaryIO) -> Iterator[bytes]:
    """Yield each answer as it comes, while a thread sends the lines.

    Errors: `Complaint` for a stream that is not opened, and for one that breaks off.
    """
    try:
        _begin(connection, key)
        Thread(target=_send, args=(connection.sock, lines), name="solvent-lines", daemon=True).start()
        response = connection.getresponse()
        if response.status != OK:
            raise _complaint(url, response)
        while text := response.readline():
            yield text
    except (HTTPException, OSError) as error:
        raise _broken_off(repr(error)) from error


def _broken_off(why: str) -> Complaint:
    return Complaint(
        f"the stream broke off ({why}); send the same lines again: "
        "what was done is answered as before, and done once"
    )


def _begin(connection: HTTPConnection, key: KeyFile | None) -> None:
    connection.putrequest("POST", PATH, skip_accept_encoding=True)
    connection.putheader("Content-Type", MEDIA_TYPE)
    connection.putheader("Transfer-Encoding", "chunked")
    if key is not None:
        signed = Signed(
            key=key.id, timestamp=str(wall_ms()), method="POST", path=PATH, idempotency="", body=b""
        )
        connection.putheader("Solvent-Key", key.id)
        connection.putheader("Solvent-Timestamp", signed.timestamp)
        connection.putheader("Solvent-Signature", signature_of(key.secret, signed))
    connection.endheaders()


def _send(sock: Any, lines: BinaryIO) -> None:
    """Send each line as it is read; where the venue hangs up, its last answer says why."""
    with suppress(OSError):
        for line in lines:
            sock.sendall(b"%x\r\n%b\r\n" % (len(line), line))
        sock.sendall(b"0\r\n\r\n")


def _complaint(url: str, response: HTTPResponse) -> Complaint:
    try:
        problem = msgspec.json.decode(response.read(), type=dict[str, Any])
        return Complaint(f"{url} answers {problem['code']}: {problem['detail']}")
    except (msgspec.MsgspecError, KeyError):
        return Complaint(f"{url} answers, but not as a Solvent venue does; check --url")


def _print(reached: Reached, answers: Iterator[bytes]) -> Exit:
    done, out = Exit.OK, render.console()
    for text in answers:
        try:
            found = msgspec.json.decode(text, type=_Line)
        except msgspec.MsgspecError as error:
            raise _broken_off("an answer cannot be read") from error
        if reached.as_json:
            print(text.decode().rstrip("\n"), flush=True)
        if found.end is not None:
            if found.end.reason in ENDS:
                raise Complaint(
                    f"the venue ended the stream after line {found.end.lines}, as {ENDS[found.end.reason]}; "
                    "send the rest again"
                )
            return done
        told, is_done = _told(found)
        if not is_done:
            done = Exit.REFUSED
        if not reached.as_json:
            again = ", as before" if found.replayed else ""
            style = "green" if is_done else "red"
            out.print(render.words(f"line {found.line}: {told}{again}", style=style), soft_wrap=True)
    raise _broken_off("it has no end")


def _told(found: _Line) -> tuple[str, bool]:
    """Return what came of a line in words, and whether all of it was done."""
    if found.answer is None:
        problem = found.problem or {}
        return f"{problem.get('code')}: {problem.get('detail')}", False
    outcomes = found.answer.get("outcomes")
    if outcomes is None:
        return f"done, seq {found.answer['reply']['as_of']['seq']}", True
    accepted = sum(outcome["accepted"] for outcome in outcomes)
    codes = sorted({outcome["problem"]["code"] for outcome in outcomes if not outcome["accepted"]})
    refused = f"; refused: {', '.join(codes)}" if codes else ""
    return f"{accepted} of {len(outcomes)} steps done{refused}", not codes
