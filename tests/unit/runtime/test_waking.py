"""Answers that reach an event loop: many by one call, and never before what was posted ahead of them."""

import asyncio
from collections.abc import Callable

import pytest

from solvent.engine import commands
from solvent.runtime import Profile, Reply, Settings, VenueStopped, open_house
from solvent.runtime.promises import Told
from solvent.runtime.waking import Waiting, Waking, promised

YES = [Reply(is_accepted=True, told=b"{}")]


class Posted:
    """A post that keeps what it is given until it is let through."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def __call__(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def let_through(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def promise(waking: Waking) -> tuple[Waiting, Told]:
    waiting, told = promised()
    return waiting, waking.brought(told)


def test_what_is_told_before_the_loop_comes_round_shares_one_call() -> None:
    async def play() -> None:
        posted = Posted()
        waking = Waking(posted)
        promises = [promise(waking) for _ in range(5)]
        for _, told in promises:
            told(YES, None)
        assert len(posted.calls) == 1
        posted.let_through()
        assert [waiting.result() for waiting, _ in promises] == [YES] * 5
        late, told = promise(waking)
        told(YES, None)
        assert not late.done()
        posted.let_through()
        assert late.result() == YES

    asyncio.run(play())


def test_an_answer_never_overtakes_what_was_posted_before_it_was_told() -> None:
    async def play() -> None:
        posted, seen = Posted(), []
        waking = Waking(posted)
        (first, tell_first), (second, tell_second) = promise(waking), promise(waking)
        tell_first(YES, None)
        waking.seal()
        posted(lambda: seen.append((first.done(), second.done())))
        tell_second(YES, None)
        posted.let_through()
        assert seen == [(True, False)]
        assert second.result() == YES

    asyncio.run(play())


def test_a_stop_is_told_and_who_waits_no_more_disturbs_nobody() -> None:
    async def play() -> None:
        posted = Posted()
        waking = Waking(posted)
        (gone, tell_gone), (waiting, told) = promise(waking), promise(waking)
        gone.cancel()
        tell_gone(YES, None)
        told(None, VenueStopped("it stopped"))
        posted.let_through()
        with pytest.raises(VenueStopped, match="it stopped"):
            waiting.result()

    asyncio.run(play())


def test_an_answer_that_cannot_be_told_holds_up_nobody_elses() -> None:
    def fails(*_: object) -> None:
        raise OSError("the connection is gone")

    async def play() -> None:
        posted = Posted()
        waking = Waking(posted)
        broken = waking.brought(fails)
        waiting, told = promise(waking)
        broken(YES, None)
        told(YES, None)
        posted.let_through()
        assert waiting.result() == YES

    asyncio.run(play())


def test_a_loop_that_is_closed_is_told_nothing() -> None:
    def refuse(_: Callable[[], None]) -> None:
        raise RuntimeError("the event loop is closed")

    async def play() -> None:
        waiting, told = promise(Waking(refuse))
        told(YES, None)
        assert not waiting.done()

    asyncio.run(play())


def test_what_the_venue_does_not_take_is_told_to_each_who_waits() -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        settings = Settings(clock="virtual", data_folder=":memory:")
        house = await asyncio.to_thread(
            open_house, settings, profile=Profile(name="test"), post=loop.call_soon_threadsafe
        )
        command = commands.OpenAccount(account="a" * 32)
        await asyncio.to_thread(house.close)
        waiting = [
            house.hand_in([(f"k{number}", (command,))], account="a", request=None) for number in range(3)
        ]
        for one in waiting:
            with pytest.raises(VenueStopped):
                await one

    asyncio.run(play())
