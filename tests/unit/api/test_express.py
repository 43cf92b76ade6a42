"""A plain POST is answered without an ASGI request as with one; what is not plain has one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from solvent.api import answers
from solvent.api.app import express_of
from solvent.api.express import HEAD_S, ExpressProtocol
from solvent.api.lane import Plain, Way
from solvent.api.wishes import RevokeKey
from tests.contract.api.stage import BASE, TAKE, Program, Stage, User, on_stage

HEAD_END = b"\r\n\r\n"
# What differs from answer to answer, whoever gives it.
OWN = ("date", "x-request-id")


class Noting(ExpressProtocol):
    """The protocol, which notes what it answered by itself."""

    short: list[bytes]

    def _set_out(self, way: Way, plain: Plain, asked: Any) -> None:
        self.short.append(plain.path)
        super()._set_out(way, plain, asked)


class Line:
    """A connection of a client that writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        head = await self.reader.readuntil(HEAD_END)
        first, *lines = head.decode().split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        return (
            int(first.split(" ")[1]),
            headers,
            await self.reader.readexactly(int(headers["content-length"])),
        )

    async def asked(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        self.send(request)
        return await self.answer()

    async def ended(self) -> bytes:
        return await self.reader.read()


class Desk:
    """A stage that listens at a port."""

    def __init__(self, stage: Stage, port: int, state: ServerState, short: list[bytes]) -> None:
        self.stage, self.port, self.state, self.short = stage, port, state, short
        self.lines: list[Line] = []

    async def line(self) -> Line:
        self.lines.append(Line(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.lines[-1]

    async def program(self) -> tuple[User, Program]:
        user = await self.stage.user()
        done = await user.stage.post("/intents", user.wallet.signed(user.text(OPENING)))
        assert done.status_code == 200, done.text
        return user, await user.key("margin")


OPENING = TAKE.__class__(verb="open", market="BTC-PERP", fields=(("size", "0.01"),), asset="")
ADD = json.dumps({"command": "act", "market": "BTC-PERP", "verb": "add", "fields": {"amount": "1"}}).encode()


async def until(happened: Callable[[], bool]) -> None:
    """Let the event loop come round until something has happened."""
    while not happened():  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0)


@asynccontextmanager
async def desk_of(stage: Stage, *, is_open: bool = True, **changes: Any) -> AsyncIterator[Desk]:
    gate: Any = stage.client._transport.app  # type: ignore[attr-defined]
    config = uvicorn.Config(gate, lifespan="off", log_level="critical", **changes)
    config.load()
    state, short = ServerState(), list[bytes]()
    express = express_of(gate, is_open=lambda _: is_open)

    def made() -> Noting:
        protocol = Noting(config, state, {}, asyncio.get_running_loop(), express=express)
        protocol.short = short
        return protocol

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    desk = Desk(stage, server.sockets[0].getsockname()[1], state, short)
    try:
        yield desk
    finally:
        for line in desk.lines:
            line.writer.close()
        server.close()


def at_desk(play: Callable[[Desk], Any], **changes: Any) -> None:
    async def whole(stage: Stage) -> None:
        async with desk_of(stage, **changes) as desk:
            await play(desk)

    on_stage(whole)


def request(path: str, body: bytes, headers: dict[str, str], *, first: str = "POST {} HTTP/1.1") -> bytes:
    given = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in (given | headers).items() if value]
    return "\r\n".join((first.format(BASE + path), *lines, "", "")).encode() + body


def signed(
    program: Program, *, idempotency: str = "command-00000001", body: bytes = ADD, **changes: Any
) -> bytes:
    headers = program.headers("POST", "/commands", body, idempotency=idempotency, **changes)
    return request("/commands", body, headers)


async def same(desk: Desk, line: Line, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Ask both ways what was asked before, and return the one answer."""
    status, told, found = await line.asked(request(path, body, headers))
    other = await desk.stage.client.post(
        BASE + path, content=body, headers={"Host": "127.0.0.1", "Content-Type": "application/json"} | headers
    )
    if "request_id" in other.json() and "x-request-id" in told:
        own = told["x-request-id"].encode(), other.headers["x-request-id"].encode()
        assert found.replace(own[0], b"") == other.content.replace(own[1], b"")
    else:
        assert found == other.content
    assert status == other.status_code
    kept = [{name: value for name, value in all_.items() if name not in OWN and name != "content-length"}
            for all_ in (told, dict(other.headers))]  # fmt: skip
    assert kept[0] == kept[1]
    return status, found


def test_a_keys_command_is_answered_to_the_byte_as_by_the_application() -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        before = user.held("USDC")
        line = await desk.line()
        status, headers, _ = await line.asked(signed(program))
        assert (status, "idempotency-replayed" in headers) == (200, False)
        told = program.headers("POST", "/commands", ADD, idempotency="command-00000001")
        assert (await same(desk, line, "/commands", ADD, told))[0] == 200
        assert desk.short == [b"/api/v1/commands"] * 2
        assert before - user.held("USDC") == 10**6

    at_desk(play)


def test_a_signed_text_is_answered_to_the_byte_as_by_the_application() -> None:
    async def play(desk: Desk) -> None:
        user, _ = await desk.program()
        line = await desk.line()
        for text in (user.text(TAKE), user.text(TAKE, account="f" * 32), "no intent"):
            body = json.dumps(user.wallet.signed(text)).encode()
            await line.asked(request("/intents", body, {}))
            await same(desk, line, "/intents", body, {})
        assert desk.short == [b"/api/v1/intents"] * 6

    at_desk(play)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Host": "evil.example"}, "HOST_NOT_ALLOWED"),
        ({"Origin": "http://evil.example"}, "ORIGIN_NOT_ALLOWED"),
        ({"Content-Type": "text/plain"}, "MEDIA_TYPE_UNSUPPORTED"),
        ({"Solvent-Signature": "0" * 64}, "KEY_SIGNATURE_INVALID"),
        ({"Solvent-Key": "f" * 32}, "KEY_SIGNATURE_INVALID"),
        ({"Solvent-Timestamp": "1"}, "KEY_SIGNATURE_INVALID"),
    ],
)
def test_what_the_gate_or_the_signature_refuses_is_refused_alike_and_changes_nothing(
    changes: dict[str, str], code: str
) -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        before = user.held("USDC")
        told = program.headers("POST", "/commands", ADD, idempotency="command-00000001") | changes
        _, found = await same(desk, await desk.line(), "/commands", ADD, told)
        assert (json.loads(found)["code"], user.held("USDC")) == (code, before)
        assert len(desk.short) == 1

    at_desk(play)


def test_a_key_is_held_to_its_window_its_scopes_and_its_idempotency() -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        line = await desk.line()
        now_ms = desk.stage.wall.now_ms
        opening = ADD.replace(b'"add"', b'"open"').replace(b"amount", b"size")
        asked = {
            "TIMESTAMP_OUT_OF_WINDOW": signed(program, at_ms=now_ms - 30_001),
            "IDEMPOTENCY_KEY_MISSING": signed(program, idempotency=""),
            "NOT_ALLOWED": signed(program, body=opening),
        }
        for code, sent in asked.items():
            assert json.loads((await line.asked(sent))[2])["code"] == code
        assert (await line.asked(signed(program)))[0] == 200
        before = user.held("USDC")
        status, _, found = await line.asked(signed(program, body=ADD.replace(b'"1"', b'"2"')))
        assert (status, json.loads(found)["code"], user.held("USDC")) == (409, "KEY_REUSED", before)
        assert len(desk.short) == 5

    at_desk(play)


@pytest.mark.parametrize(("code", "lasts_ms"), [("KEY_REVOKED", 3_600_000), ("KEY_EXPIRED", 1_000)])
def test_a_key_that_was_good_for_the_last_request_is_looked_at_again_for_the_next(
    code: str, lasts_ms: int
) -> None:
    async def play(desk: Desk) -> None:
        user, _ = await desk.program()
        program = await user.key("margin", lasts_ms=lasts_ms)
        line = await desk.line()
        for number in range(2):
            assert (await line.asked(signed(program, idempotency=f"command-{number:08}")))[0] == 200
        if code == "KEY_REVOKED":
            await user.must(RevokeKey(key=program.id))
        else:
            desk.stage.wall.now_ms += lasts_ms
        before = user.held("USDC")
        status, _, found = await line.asked(signed(program, idempotency="command-00000009"))
        assert (status, json.loads(found)["code"], user.held("USDC")) == (401, code, before)

    at_desk(play)


def odd(program: Program, kind: str) -> list[bytes]:
    """Return the pieces of a request that is good but not plain."""
    told = program.headers("POST", "/commands", ADD, idempotency="command-00000001")
    match kind:
        case "an old version":
            keep = {"Connection": "keep-alive"}
            return [request("/commands", ADD, told | keep, first="POST {} HTTP/1.0")]
        case "the last one":
            return [request("/commands", ADD, told | {"Connection": "close"})]
        case "a name twice":
            return [signed(program).replace(b"Host:", b"Accept: a\r\nAccept: b\r\nHost:")]
        case "in pieces":
            whole = signed(program)
            return [whole[:-10], whole[-10:]]
        case "head and body":
            whole = signed(program)
            return [whole[: -len(ADD)], whole[-len(ADD) :]]
        case _:
            head = request("/commands", b"", told | {"Content-Length": "", "Transfer-Encoding": "chunked"})
            return [head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(ADD), ADD)]


@pytest.mark.parametrize(
    "kind", ["an old version", "the last one", "a name twice", "in pieces", "head and body", "in chunks"]
)
def test_what_is_not_plain_is_answered_by_the_servers_own_machinery(kind: str) -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        for piece in odd(program, kind):
            line.send(piece)
            await line.writer.drain()
            # The server reads what has come before more is sent.
            for _ in range(10):
                await asyncio.sleep(0)
        status, _, found = await line.answer()
        assert (status, desk.short) == (200, []), found

    at_desk(play)


def test_what_cannot_be_read_and_who_asks_otherwise_are_left_to_the_framework() -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        line = await desk.line()
        told = program.headers("POST", "/commands", b"{", idempotency="command-00000001")
        assert json.loads((await same(desk, line, "/commands", b"{", told))[1])["code"] == "BODY_UNREADABLE"
        session = {"Authorization": f"Bearer {user.token}", "Idempotency-Key": "command-00000001"}
        assert json.loads((await same(desk, line, "/commands", ADD, session))[1])["code"] == "NOT_ALLOWED"
        assert (await same(desk, line, "/intents?a=b", b"{}", {}))[0] == 400
        assert (await same(desk, line, "/intents", b" " * 70_000, {}))[0] == 413
        assert desk.short == []

    at_desk(play)


def test_where_the_service_does_not_stand_alone_the_application_answers() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        assert (await (await desk.line()).asked(signed(program)))[0] == 200
        assert desk.short == []

    at_desk(play, is_open=False)


def test_past_its_connections_the_server_turns_requests_away_as_ever() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        line.send(signed(program))
        assert (await line.reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 503")
        assert desk.short == []

    at_desk(play, limit_concurrency=1)


def test_requests_one_behind_the_other_are_answered_in_order_on_either_way() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        venue = request("/venue", b"", {"Content-Type": "", "Content-Length": ""}, first="GET {} HTTP/1.1")
        numbers = range(1, 5)
        for number in numbers:
            line.send(signed(program, idempotency=f"command-{number:08}"), venue)
        seen = []
        for _ in numbers:
            status, _, found = await line.answer()
            assert (status, b'"reply"' in found) == (200, True)
            seen.append(json.loads(found)["reply"]["as_of"]["seq"])
            assert b'"intent_version"' in (await line.answer())[2]
        assert seen == sorted(set(seen))
        # What stands behind a request that is under way waits in the server's own line.
        assert desk.short[:1] == [b"/api/v1/commands"]

    at_desk(play)


class Held:
    """A way whose work ends when the test says so."""

    def __init__(self, desk: Desk) -> None:
        self.begun, self.going_on = asyncio.Event(), asyncio.Event()
        gate: Any = desk.stage.client._transport.app  # type: ignore[attr-defined]
        self.way = gate.app.ways[f"{BASE}/commands"]

    async def carry_out(self, *given: Any) -> Any:
        self.begun.set()
        await self.going_on.wait()
        acting, *_ = given
        return await acting.handed_in(self.way.carry_out(*given))


async def held(desk: Desk, line: Line, program: Program) -> tuple[Held, Noting]:
    """Send a command that is not carried out yet; return what lets it go on, and its protocol."""
    hold = Held(desk)
    (protocol,) = [one for one in desk.state.connections if isinstance(one, Noting)]
    ways: Any = protocol.express.ways
    ways[f"{BASE}/commands".encode()] = Way(hold.way.read, hold.carry_out)
    line.send(signed(program))
    await hold.begun.wait()
    return hold, protocol


async def connected(desk: Desk, line: Line) -> None:
    """Wait until the server knows of a connection."""
    await line.asked(request("/intents", b"{", {}))
    assert len(desk.state.connections) == 1


def test_a_server_that_ends_answers_what_was_begun_and_hangs_up() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        await connected(desk, line)
        hold, protocol = await held(desk, line, program)
        assert len(desk.state.tasks) == 1
        protocol.shutdown()
        hold.going_on.set()
        status, headers, _ = await line.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await line.ended() == b""

    at_desk(play)


def test_a_client_that_hangs_up_takes_nothing_back() -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        before = user.held("USDC")
        line = await desk.line()
        await connected(desk, line)
        hold, protocol = await held(desk, line, program)
        line.writer.close()
        protocol.transport.close()
        await until(lambda: not desk.state.connections)
        hold.going_on.set()
        await asyncio.gather(*desk.state.tasks)
        assert before - user.held("USDC") == 10**6
        status, headers, _ = await (await desk.line()).asked(signed(program))
        assert (status, headers["idempotency-replayed"]) == (200, "true")

    at_desk(play)


class Busy:
    """A writer that is held up while the block lasts."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._going_on = desk, Event()

    async def __aenter__(self) -> None:
        begun = Event()

        def look(_: Any) -> None:
            begun.set()
            self._going_on.wait()

        self._desk.stage.house.venue.at_rest(look)
        await asyncio.to_thread(begun.wait)

    async def __aexit__(self, *_: object) -> None:
        self._going_on.set()


async def under_way(desk: Desk) -> Noting:
    """Return the one connection's protocol, once its command is handed in."""
    (protocol,) = desk.state.connections
    assert isinstance(protocol, Noting)
    await until(lambda: not protocol.cycle.response_complete)
    await asyncio.sleep(0)
    return protocol


def test_a_command_that_waits_for_the_writer_keeps_its_connection_at_the_servers_end() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        await connected(desk, line)
        async with Busy(desk):
            line.send(signed(program))
            protocol = await under_way(desk)
            protocol.shutdown()
            assert not protocol.transport.is_closing()
        status, headers, _ = await line.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await line.ended() == b""

    at_desk(play)


def test_who_hangs_up_on_a_command_that_waits_for_the_writer_takes_nothing_back() -> None:
    async def play(desk: Desk) -> None:
        user, program = await desk.program()
        before = user.held("USDC")
        line = await desk.line()
        await connected(desk, line)
        async with Busy(desk):
            line.send(signed(program))
            (await under_way(desk)).transport.close()
            await until(lambda: not desk.state.connections)
        status, headers, _ = await (await desk.line()).asked(signed(program))
        assert (status, headers["idempotency-replayed"]) == (200, "true")
        assert before - user.held("USDC") == 10**6

    at_desk(play)


def test_a_reply_that_cannot_be_told_is_a_fault_that_keeps_no_other_from_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        lines = [await desk.line() for _ in range(3)]
        told = answers.sent_accepted

        def broken(*_: Any, **__: Any) -> str:
            monkeypatch.setattr(answers, "sent_accepted", told)
            raise ZeroDivisionError("a secret")

        async with Busy(desk):
            for number, line in enumerate(lines):
                line.send(signed(program, idempotency=f"command-{number:08}"))
            await until(lambda: len(desk.short) == len(lines))
            monkeypatch.setattr(answers, "sent_accepted", broken)
        found = [await line.answer() for line in lines]
        assert sorted(status for status, _, _ in found) == [200, 200, 500]
        assert not any(b"secret" in body for _, _, body in found)

    at_desk(play)


class Timed:
    """An event loop whose time and timers are the test's."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.timers: list[Any] = []
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[..., None]) -> Any:
        timer = SimpleNamespace(at_s=self.now_s + delay_s, call=call, is_off=False)
        timer.cancel = lambda: setattr(timer, "is_off", True)
        self.timers.append(timer)
        return timer

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds
        due = [timer for timer in self.timers if timer.at_s <= self.now_s]
        self.timers = [timer for timer in self.timers if timer.at_s > self.now_s]
        for timer in due:
            if not timer.is_off:
                timer.call()


async def timed(desk: Desk, line: Line) -> tuple[Noting, Timed]:
    """Let a connection's timers be the test's, from its first request on."""
    await connected(desk, line)
    (protocol,) = desk.state.connections
    assert isinstance(protocol, Noting)
    protocol._unset_keepalive_if_required()
    time = Timed()
    protocol.loop = time  # type: ignore[assignment]
    return protocol, time


def test_a_connection_ends_when_nothing_was_asked_for_a_while_and_not_before() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        protocol, time = await timed(desk, line)
        for number in range(1, 4):
            assert (await line.asked(signed(program, idempotency=f"command-{number:08}")))[0] == 200
            time.pass_by(3)
        assert not protocol.transport.is_closing()
        assert len(time.timers) == 1
        time.pass_by(3)
        assert await line.ended() == b""

    at_desk(play)


def test_a_request_under_way_keeps_its_connection() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        protocol, time = await timed(desk, line)
        await line.asked(signed(program, idempotency="command-00000009"))
        hold, _ = await held(desk, line, program)
        time.pass_by(60)
        assert not protocol.transport.is_closing()
        hold.going_on.set()
        assert (await line.answer())[0] == 200
        time.pass_by(6)
        assert await line.ended() == b""

    at_desk(play)


def test_a_head_that_does_not_come_ends_its_connection_with_a_reason() -> None:
    async def play(desk: Desk) -> None:
        line = await desk.line()
        protocol, time = await timed(desk, line)
        line.send(b"POST /api/v1/intents HTTP/1.1\r\nHost:")
        await until(lambda: bool(time.timers))
        time.pass_by(HEAD_S)
        assert protocol.transport.is_closing()
        found = await line.ended()
        assert found.startswith(b"HTTP/1.1 408 ")
        assert found.endswith(b"the request's head did not come whole within 10 s; send it at once")

    at_desk(play)


def test_a_head_that_comes_in_time_is_waited_for() -> None:
    async def play(desk: Desk) -> None:
        _, program = await desk.program()
        line = await desk.line()
        _, time = await timed(desk, line)
        whole = signed(program)
        line.send(whole[:30])
        await until(lambda: bool(time.timers))
        time.pass_by(HEAD_S - 1)
        line.send(whole[30:])
        assert (await line.answer())[0] == 200
        assert all(timer.is_off or timer.at_s > time.now_s for timer in time.timers)

    at_desk(play)


def test_who_says_nothing_at_all_is_let_go_without_a_word() -> None:
    async def play(desk: Desk) -> None:
        line = await desk.line()
        await until(lambda: bool(desk.state.connections))
        (protocol,) = desk.state.connections
        assert isinstance(protocol, Noting)
        protocol._give_head_up()
        assert await line.ended() == b""

    at_desk(play)
