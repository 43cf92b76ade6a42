"""Long batches are read and told in a process of their own: as without it, and without it as before."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from solvent.api import desk as desks
from solvent.api.answers import StepsDone
from solvent.api.clerk import Clerk
from solvent.api.counting import Counted
from solvent.api.desk import STEPS_MIN, TEXT_CHARS_MIN, Desk, Found, Learn, Read
from solvent.api.signing import Signature
from solvent.api.telling import Plain
from solvent.api.wishes import Act, Batch, Step, Transfer
from solvent.money import Asset
from tests.contract.api.stage import Stage, User, on_stage

USDC = Asset("USDC", 6)
COUNTED = {("BTC-PERP", "add"): Counted(USDC), ("BTC-PERP", "take"): Counted(USDC)}
OPEN = Act(verb="open", market="BTC-PERP", fields=(("size", "0.01"),))
START_S = 30


def moving(verb: str, amount: str, *, market: str = "BTC-PERP", asset: str = "USDC") -> Act:
    return Act(verb=verb, market=market, fields=(("amount", amount),), asset=asset)


def amounts(count: int, *, first: int = 1) -> tuple[Step, ...]:
    """Return steps that add and take in turns, each another amount; every fifth is refused."""
    return tuple(
        moving("take", "900000")
        if number % 5 == 4
        else moving(*(("take", "0.5") if number % 2 else ("add", f"{number + first}.5")))
        for number in range(count)
    )


def batch_of(user: User, steps: tuple[Step, ...]) -> dict[str, str]:
    return user.wallet.signed(user.text(Batch(steps=steps)))


class Watched:
    """What a stage's desk was asked and did not leave to the loop."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Found] = []
        self.told: list[bytes] = []
        read, told = desk.read, desk.told

        async def watched_read(text: str, signed: Signature) -> Found | None:
            found = await read(text, signed)
            self.found += [found] if found else []
            return found

        async def watched_told(steps: StepsDone, *, account: str, nonce: str) -> bytes | None:
            found = await told(steps, account=account, nonce=nonce)
            self.told += [found] if found else []
            return found

        monkeypatch.setattr(desk, "read", watched_read)
        monkeypatch.setattr(desk, "told", watched_told)


async def at_work(stage: Stage) -> User:
    """Return somebody with a position, behind whose first long batches the desk is ready."""
    ada = await stage.user()
    await ada.must(OPEN)
    for _ in range(2):  # what the amounts of both verbs count is learnt from the first
        answer = await stage.post("/batches", batch_of(ada, amounts(STEPS_MIN)))
        assert answer.status_code == 200, answer.text
        await until(lambda: clerk_of(stage.desk).is_ready)
    return ada


def clerk_of(desk: Desk) -> Any:
    assert desk._clerk is not None
    return desk._clerk


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(START_S):
        while not holds():  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.01)


def with_desk(
    play: Callable[[Stage, User, Watched], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole(stage: Stage) -> None:
        ada = await at_work(stage)
        await play(stage, ada, Watched(stage.desk, monkeypatch))

    on_stage(whole)


def test_a_batch_is_answered_byte_for_byte_as_the_loop_answers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        body = batch_of(ada, amounts(100, first=7))
        first = await stage.post("/batches", body)
        assert (len(watched.found), len(watched.told)) == (1, 1)
        accepted = [one["accepted"] for one in first.json()["outcomes"]]
        assert accepted == [number % 5 != 4 for number in range(100)]
        again = await stage.post("/batches", body)
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
        await stage.desk.close()
        in_loop = await stage.post("/batches", body)
        assert (in_loop.content, in_loop.headers["Idempotency-Replayed"]) == (first.content, "true")
        assert len(watched.told) == 2
        other = await stage.post("/batches", {**body, **batch_of(ada, amounts(100))})
        assert other.status_code == 200

    with_desk(play, monkeypatch)


def test_a_batch_does_the_same_with_a_desk_as_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, int]] = []
    for cores in (2, 1):
        monkeypatch.setattr(desks, "_cores", lambda cores=cores: cores)

        async def play(stage: Stage, cores: int = cores) -> None:
            ada = await stage.user()
            await ada.must(OPEN)
            for number in range(3):
                answer = await stage.post("/batches", batch_of(ada, amounts(60, first=number + 1)))
                assert answer.status_code == 200, answer.text
                assert (stage.desk._clerk is not None) is (cores > 1)
                if cores > 1:
                    await until(lambda: clerk_of(stage.desk).is_ready)
            done.append((stage.house.follower.seq, ada.held("USDC")))

        on_stage(play)
    with_one, without = done
    assert with_one == without


def test_short_batches_and_other_steps_are_left_to_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        ben = await stage.user()
        give = Transfer(asset="USDC", amount="1", receiver=ben.account)
        for steps in ((moving("add", "1"),) * 3, (*amounts(30), give), (*amounts(30), OPEN)):
            answer = await stage.post("/batches", batch_of(ada, steps))
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["outcomes"]) == len(steps)
        assert watched.found == []
        assert len(watched.told) == 2, "what came of long ones is told there all the same"

    with_desk(play, monkeypatch)


def test_what_is_wrong_with_a_long_batch_is_said_as_by_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        ben = await stage.user()
        good = batch_of(ada, amounts(40))
        text = ada.text(Batch(steps=amounts(40)), venue="0" * 32)
        wrong = [
            {**good, "text": good["text"].replace("nonce: nonce-", "nonce: nonce_", 1)},
            {**good, "signature": batch_of(ada, amounts(41))["signature"]},
            {**good, "public_key": ben.wallet.public_key},
            {**good, "public_key": "nothing"},
            ben.wallet.signed(good["text"]),
            ada.wallet.signed(text),
            ada.wallet.signed(ada.text(Batch(steps=amounts(40)), expires_ms=stage.wall.now_ms - 60_000)),
            ada.wallet.signed(good["text"] + "\n"),
        ]
        before = stage.house.follower.state.hash()
        at_desk = [await stage.post("/batches", body) for body in wrong]
        assert stage.house.follower.state.hash() == before
        await stage.desk.close()
        in_loop = [await stage.post("/batches", body) for body in wrong]
        assert [told(one) for one in at_desk] == [told(one) for one in in_loop]
        assert [one.json()["code"] for one in at_desk] == [
            "SIGNATURE_INVALID",
            "SIGNATURE_INVALID",
            "SIGNATURE_INVALID",
            "SIGNATURE_UNREADABLE",
            "ACCOUNT_UNKNOWN",
            "INTENT_OF_ANOTHER_VENUE",
            "INTENT_EXPIRED",
            "INTENT_INVALID",
        ]
        assert {found.account for found in watched.found} == {ada.account}
        assert watched.told == []

    with_desk(play, monkeypatch)


def told(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    found = {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}
    return answer.status_code, found


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_ends_or_hangs_costs_no_batch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, end: signal.Signals
) -> None:
    monkeypatch.setattr(desks, "GIVE_UP_S", 0.2)

    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        process = clerk_of(stage.desk)._process
        os.kill(process.pid, end)
        bodies = [batch_of(ada, amounts(30, first=number)) for number in range(1, 5)]
        found = await asyncio.gather(*[stage.post("/batches", body) for body in bodies])
        assert [one.status_code for one in found] == [200] * 4
        assert (watched.found, watched.told) == ([], [])
        assert process.wait() == -signal.SIGKILL
        assert (await stage.post("/batches", bodies[0])).content == found[0].content
        assert stage.desk._clerk is not None
        assert stage.desk._clerk.is_over, "another is not started at once"
        monkeypatch.setattr(stage.desk, "_not_before_s", 0.0)
        await stage.post("/batches", bodies[1])
        await until(lambda: clerk_of(stage.desk).is_ready)
        assert (await stage.post("/batches", bodies[2])).content == found[2].content
        assert (len(watched.found), len(watched.told)) == (1, 1), "the next one knows what amounts count"

    with_desk(play, monkeypatch)
    said = [record.getMessage() for record in caplog.records if record.name == "solvent.api"]
    (one,) = said
    assert one.startswith("batches are read in the service's own process for now"), one


def test_who_hangs_up_gets_nobody_elses_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        os.kill(clerk_of(stage.desk)._process.pid, signal.SIGSTOP)
        gone = asyncio.create_task(stage.post("/batches", batch_of(ada, amounts(30))))
        other = asyncio.create_task(stage.post("/batches", batch_of(ada, amounts(40))))
        await until(lambda: len(clerk_of(stage.desk)._waiting) == 2)
        gone.cancel()
        await asyncio.wait([gone])
        os.kill(clerk_of(stage.desk)._process.pid, signal.SIGCONT)
        assert len((await other).json()["outcomes"]) == 40
        assert [len(found.steps) for found in watched.found] == [40]

    with_desk(play, monkeypatch)


def test_a_closed_desk_leaves_no_process_and_starts_none() -> None:
    async def play(stage: Stage) -> None:
        ada = await at_work(stage)
        process = clerk_of(stage.desk)._process
        await stage.desk.close()
        assert process.returncode == 0
        assert (await stage.post("/batches", batch_of(ada, amounts(30)))).status_code == 200
        assert stage.desk._clerk is None

    on_stage(play)


def test_a_desk_that_is_closed_while_it_begins_leaves_no_process_and_no_trace(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        await ada.must(OPEN)
        assert (await stage.post("/batches", batch_of(ada, amounts(30)))).status_code == 200
        process = clerk_of(stage.desk)._process
        await stage.desk.close()
        assert process.returncode is not None

    on_stage(play)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("interpreter", ["/missing/python", "/bin/false"])
def test_batches_are_read_in_the_loop_where_no_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch, interpreter: str
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)

    async def play(stage: Stage) -> None:
        ada = await stage.user()
        await ada.must(OPEN)
        for number in range(1, 4):
            answer = await stage.post("/batches", batch_of(ada, amounts(30, first=number)))
            assert answer.status_code == 200, answer.text

    on_stage(play)


def test_nothing_is_imported_from_the_folder_that_a_service_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('imported from here')")
    monkeypatch.chdir(tmp_path)

    async def play(stage: Stage) -> None:
        await at_work(stage)

    on_stage(play)


def test_an_amount_beyond_64_bits_is_told_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage, ada: User, watched: Watched) -> None:
        take = Plain("command", "take", "BTC-PERP", "USDC", "one", "other")
        for units in (2**63, -(2**63), 2**200):
            done = StepsDone([take], [(0, 1, 1, units)] * STEPS_MIN)
            found = await stage.desk.told(done, account=ada.account, nonce="nonce-of-test")
            assert (found is None) is (abs(units) >= 2**64), units
        assert len(watched.told) == 2

    with_desk(play, monkeypatch)


def read(user: User, steps: tuple[Step, ...], **changes: str) -> Found | None:
    body = {**batch_of(user, steps), **changes}
    clerk = Clerk()
    clerk.learn(Learn(list(COUNTED.items()), [USDC]))
    return clerk.found(Read(body["text"], body["public_key"], body["signature"]))


def test_amounts_are_read_as_the_venue_reads_them() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        found = read(ada, (moving("add", "1.5"), moving("take", "2"), moving("add", "0.000001")))
        assert found is not None
        assert (found.account, found.venue) == (ada.account, stage.house.venue_id)
        assert found.verbs == [("BTC-PERP", "add"), ("BTC-PERP", "take")]
        assert found.steps == [(0, 1_500_000), (1, 2_000_000), (0, 1)]
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Found) == found
        largest = read(ada, (moving("add", f"{(2**63 - 1) // 10**6}.{(2**63 - 1) % 10**6:06}"),))
        assert largest is not None
        assert largest.steps == [(0, 2**63 - 1)]
        for odd in (
            (moving("add", "1.0000001"),),
            (moving("add", "9223372036854.775808"),),
            (moving("add", "max", asset=""),),
            (moving("add", "1", asset="SOL"),),
            (moving("borrow", "1"),),
            (moving("add", "1", market="ETH-PERP"),),
            (
                Act(
                    verb="add",
                    market="BTC-PERP",
                    fields=(("amount", "1"),),
                    asset="USDC",
                    guards=(("leverage_max", "9"),),
                ),
            ),
            (Transfer(asset="USDC", amount="1", receiver="0" * 32),),
        ):
            assert read(ada, (moving("add", "1"), *odd)) is None, odd
        assert read(ada, (moving("add", "1"),), signature="") is None
        single = ada.wallet.signed(ada.text(moving("add", "1")))
        assert Clerk().found(Read(single["text"], single["public_key"], single["signature"])) is None

    on_stage(play)


def test_a_text_of_so_few_characters_has_fewer_steps_than_are_worth_it() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        shortest = Act(verb="a", market="M", fields=(("amount", "1"),), asset="U")
        assert len(ada.text(Batch(steps=(shortest,) * STEPS_MIN))) >= TEXT_CHARS_MIN

    on_stage(play)
