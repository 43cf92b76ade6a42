"""A stream is so many requests: the same answers in the order of the lines, once each, whatever breaks."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.api.lines import MEDIA_TYPE, UNDER_WAY_MAX
from solvent.api.wishes import Act, Batch, RevokeKey
from solvent.engine import commands
from tests.contract.api.stage import BASE, TAKE, Program, Stage, User, on_stage

ADD = replace(TAKE, verb="add")
TOUCH = commands.Touch(market="wETH/SOL")
OPEN = Caps(address_rate=10**6, address_burst=10**6, stream_rate=10**6, stream_burst=10**6)


async def positioned(stage: Stage) -> User:
    user = await stage.user()
    await user.must(Act(verb="open", market="BTC-PERP", fields=(("size", "0.01"),)))
    await user.must(replace(ADD, fields=(("amount", "500"),)))
    return user


def joined(lines: Iterable[Any]) -> bytes:
    return b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)


async def streamed(stage: Stage, lines: Iterable[Any], headers: dict[str, str] | None = None) -> list[Any]:
    answer = await stage.raw("/stream", joined(lines), {"Content-Type": MEDIA_TYPE, **(headers or {})})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return [json.loads(line) for line in answer.text.splitlines()]


def command(key: str, verb: str = "take", amount: str = "1", **more: Any) -> dict[str, Any]:
    fields = {"amount": amount}
    return {"key": key, "command": "act", "market": "BTC-PERP", "verb": verb, "fields": fields, **more}


class Driven:
    """A stream whose two ends a test holds: it sends parts, and lets answers be written or not."""

    def __init__(self, stage: Stage, caps: Caps = OPEN, headers: dict[str, str] | None = None) -> None:
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.read = 0
        self.written: list[Any] = []
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.head_alone = False
        app: Any = create_app(stage.house, caps=caps)
        given = {"host": "127.0.0.1", "content-type": MEDIA_TYPE, **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": f"{BASE}/stream",
            "raw_path": f"{BASE}/stream".encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        part = await self.parts.get()
        self.read += 1
        return part

    def may_write_head(self) -> None:
        self.head_alone = True

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] != "http.response.start" or not self.head_alone:
            await self.may_write.wait()
        self.written += [json.loads(line) for line in message.get("body", b"").splitlines()]

    def put(self, data: bytes, *, more: bool = True) -> None:
        self.parts.put_nowait({"type": "http.request", "body": data, "more_body": more})

    def hang_up(self) -> None:
        self.parts.put_nowait({"type": "http.disconnect"})

    async def until(self, count: int) -> None:
        while len(self.written) < count:
            await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0)), self.task], timeout=0.01)
            assert not self.task.done() or len(self.written) >= count, self.task


def test_lines_are_answered_as_their_requests_would_be_in_their_order_and_once() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        signed = user.wallet.signed
        batch = signed(user.text(Batch(steps=(TAKE, ADD, replace(TAKE, fields=(("amount", "999999"),))))))
        lines = [
            signed(user.text(TAKE)),
            batch,
            signed(user.text(replace(TAKE, market="none"))),
            signed(user.text(ADD)),
        ]
        before = user.held("USDC")
        first = await streamed(stage, lines)
        assert [line.get("line") for line in first] == [1, 2, 3, 4, None]
        assert [line["status"] for line in first[:4]] == [200, 200, 404, 200]
        assert first[4] == {"end": {"lines": 4, "reason": "done"}}
        assert [step["accepted"] for step in first[1]["answer"]["outcomes"]] == [True, True, False]
        assert user.held("USDC") == before
        seqs = [line["answer"]["reply"]["as_of"]["seq"] for line in (first[0], first[3])]
        assert seqs[0] < seqs[1]
        again = await streamed(stage, lines)
        assert [line["replayed"] for line in again[:4]] == [True, True, False, True]
        assert [line.get("answer") for line in again[:4]] == [line.get("answer") for line in first[:4]]
        for line, body in zip(first, lines, strict=False):
            path = "/batches" if body is batch else "/intents"
            alone = await stage.post(path, body)
            found = line.get("answer") or line["problem"]
            told = alone.json()
            assert {**told, "request_id": ""} == {**found, "request_id": ""}
            assert alone.status_code == line["status"]

    on_stage(play)


def test_a_line_that_is_wrong_is_told_what_is_wrong_and_the_next_is_carried_out() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        good = user.wallet.signed(user.text(TAKE))
        long = b'{"text": "' + b"x" * (64 * 1024) + b'"}\n'
        expired = user.wallet.signed(user.text(TAKE, expires_ms=stage.wall.now_ms - 60_000))
        forged = {**good, "text": good["text"].replace("take", "add")}
        wrong: list[tuple[Any, int, str]] = [
            (b"{\n", 400, "BODY_UNREADABLE"),
            (b"[1]\n", 400, "FIELD_INVALID"),
            (b"\xff\n", 400, "BODY_UNREADABLE"),
            (b"[" * 100 + b"\n", 400, "BODY_TOO_DEEP"),
            ({**good, "txt": ""}, 400, "FIELD_UNKNOWN"),
            ({"text": "nothing"}, 400, "FIELD_INVALID"),
            (long, 413, "BODY_TOO_LARGE"),
            (expired, 400, "INTENT_EXPIRED"),
            (forged, 400, "INTENT_INVALID"),
            (command("no-key-here"), 401, "NOT_AUTHENTICATED"),
        ]
        lines: list[Any] = [line for one, _, _ in wrong for line in (one, b"\r\n")]
        found = await streamed(stage, [*lines, good])
        assert [(line["status"], line["problem"]["code"]) for line in found[: len(wrong)]] == [
            (status, code) for _, status, code in wrong
        ]
        # Empty lines are counted as an editor counts them, and not answered.
        assert [line["line"] for line in found[:-1]] == [*range(1, 2 * len(wrong), 2), 2 * len(wrong) + 1]
        assert found[-2]["status"] == 200
        # The same line without its end, as the last of a file may be.
        (last, end) = await streamed(stage, [joined([good]).rstrip()])
        assert (last["replayed"], end["end"]["lines"]) == (True, 1)

    on_stage(play)


def test_a_key_opens_a_stream_whose_commands_it_may_give_and_each_once() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        program = await user.key("read", "margin")

        async def told(lines: Iterable[Any], **changes: Any) -> list[Any]:
            stage.wall.now_ms += 1_000
            return await streamed(stage, lines, program.headers("POST", "/stream", **changes))

        lines = [
            command("command-one"),
            command("command-two", "add"),
            command("command-one", amount="2"),
            command("command-for", "open"),
            command("short"),
            command("command-fiv", amount="x"),
        ]
        before = user.held("USDC")
        found = await told(lines)
        codes = [line.get("problem", {}).get("code") for line in found[:-1]]
        assert codes == [None, None, "KEY_REUSED", "NOT_ALLOWED", "IDEMPOTENCY_KEY_MISSING", "FIELD_INVALID"]
        assert user.held("USDC") == before
        again = await told(lines)
        assert [line["replayed"] for line in again[:2]] == [True, True]
        assert again[0]["answer"] == found[0]["answer"]
        assert user.held("USDC") == before
        # What a wallet signed may come in between.
        mixed = await told([user.wallet.signed(user.text(TAKE)), command("command-six")])
        assert [line["status"] for line in mixed[:2]] == [200, 200]

    on_stage(play)


def test_an_opening_that_was_overheard_opens_no_second_stream() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        program = await user.key("margin")
        headers = {"Content-Type": MEDIA_TYPE, **program.headers("POST", "/stream")}
        first = await stage.raw("/stream", joined([command("command-one")]), headers)
        second = await stage.raw("/stream", joined([command("command-two")]), headers)
        assert (first.status_code, second.status_code) == (200, 401)
        assert second.json()["code"] == "KEY_SIGNATURE_INVALID"
        late = {
            "Content-Type": MEDIA_TYPE,
            **program.headers("POST", "/stream", at_ms=stage.wall.now_ms - 31_000),
        }
        assert (await stage.raw("/stream", b"", late)).json()["code"] == "TIMESTAMP_OUT_OF_WINDOW"
        stranger = Program(stage, "0" * 32, "1" * 64)
        headers = {"Content-Type": MEDIA_TYPE, **stranger.headers("POST", "/stream")}
        assert (await stage.raw("/stream", b"", headers)).status_code == 401
        assert (await stage.raw("/stream", b"{}", {})).json()["code"] == "MEDIA_TYPE_UNSUPPORTED"

    on_stage(play)


def test_a_stream_ends_when_its_key_does() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        program = await user.key("margin")
        stream = Driven(stage, headers=program.headers("POST", "/stream"))
        stream.put(joined([command("command-one")]))
        await stream.until(1)
        await user.must(RevokeKey(key=program.id))
        stream.put(joined([command("command-two"), command("command-thr")]))
        await stream.task
        assert stream.written[0]["status"] == 200
        assert {line["problem"]["code"] for line in stream.written[1:-1]} == {"KEY_EXPIRED"}
        assert stream.written[-1]["end"]["reason"] == "key"

    on_stage(play)


def test_each_line_is_answered_before_the_stream_ends_and_who_does_not_read_is_not_read_from() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        program = await user.key("margin")
        stream = Driven(stage, headers=program.headers("POST", "/stream"))
        stream.put(joined([command("command-first")]))
        await stream.until(1)
        stream.may_write.clear()
        parts = 4 * UNDER_WAY_MAX
        for number in range(parts):
            stream.put(joined([command(f"command-{number:04}", "take" if number % 2 else "add")]))
        # It reads until so many lines are under way, and no further, however long it is waited for.
        for _ in range(200):
            await stage.house.submit(TOUCH, key=f"still {next(stage.numbers)}")
        assert UNDER_WAY_MAX <= stream.read <= UNDER_WAY_MAX + 3
        stream.may_write.set()
        stream.put(b"", more=False)
        await stream.task
        assert [line["line"] for line in stream.written[:-1]] == list(range(1, parts + 2))
        assert {line["status"] for line in stream.written[:-1]} == {200}

    on_stage(play)


def test_what_a_cut_connection_left_of_a_line_is_not_carried_out_and_what_was_whole_is() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        before = user.held("USDC")
        whole, cut = (
            user.wallet.signed(user.text(replace(TAKE, fields=(("amount", n),)))) for n in ("1", "2")
        )
        stream = Driven(stage)
        stream.put(joined([whole]) + joined([cut]).rstrip())
        stream.hang_up()
        await stream.task
        assert user.held("USDC") == before + 10**6
        found = await streamed(stage, [whole, cut])
        assert [line["replayed"] for line in found[:2]] == [True, False]
        assert user.held("USDC") == before + 3 * 10**6

    on_stage(play)


@pytest.mark.parametrize(
    ("caps", "reason", "answered"),
    [
        (replace(OPEN, stream_lines_max=3), "full", 3),
        (replace(OPEN, stream_idle_s=0.01), "idle", 1),
    ],
)
def test_a_stream_has_its_limits_and_says_which_it_reached(caps: Caps, reason: str, answered: int) -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        stream = Driven(stage, caps)
        lines = [user.wallet.signed(user.text(TAKE)) for _ in range(5 if reason == "full" else 1)]
        stream.put(joined(lines))
        await stream.task
        assert stream.written[-1] == {"end": {"lines": answered, "reason": reason}}
        assert len(stream.written) == answered + 1

    on_stage(play)


def test_who_takes_no_answers_for_long_is_hung_up_on_and_what_he_asked_is_done() -> None:
    async def play(stage: Stage) -> None:
        user = await positioned(stage)
        before = user.held("USDC")
        stream = Driven(stage, replace(OPEN, stream_idle_s=0.05))
        stream.may_write.clear()
        line = user.wallet.signed(user.text(TAKE))
        stream.put(joined([line]))
        stream.may_write_head()
        await stream.task
        assert stream.written == []
        assert user.held("USDC") == before + 10**6

    on_stage(play)


def test_one_address_has_a_few_streams() -> None:
    async def play(stage: Stage) -> None:
        app: Any = create_app(stage.house, caps=replace(OPEN, streams_max=0))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client:
            answer = await client.post(f"{BASE}/stream", content=b"", headers={"Content-Type": MEDIA_TYPE})
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")

    on_stage(play)
