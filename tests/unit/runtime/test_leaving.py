"""What an event loop hands in leaves together, and nobody is forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from solvent.engine import commands
from solvent.runtime import Overloaded, Reply, RuntimeProblem
from solvent.runtime.leaving import ENOUGH, HELD_MAX, ROUNDS_MAX, Leave, Leaving
from solvent.runtime.promises import Told

YES = [Reply(is_accepted=True, told=b"{}")]
COMMAND = commands.OpenAccount(account="a" * 32)


class Desk:
    """A venue that notes what comes with each `begin`, and answers when the test says so."""

    def __init__(self, refuses: str = "", breaks: str = "") -> None:
        self.refuses, self.breaks = refuses, breaks
        self.batches: list[list[str]] = []
        self.told: list[tuple[str, bool]] = []
        self._arrived: list[str] = []
        self._waiting: list[Told] = []
        self.leaving = Leaving(self, lambda told: told)

    def hand_in(self, keyed: Sequence[tuple[str, Any]], told: Told, **_: Any) -> None:
        key = keyed[0][0]
        if key == self.refuses:
            raise Overloaded("too many")
        if key == self.breaks:
            raise ZeroDivisionError
        self._arrived.append(key)
        self._waiting.append(told)

    def begin(self) -> None:
        self.batches.append(self._arrived)
        self._arrived = []

    def add(self, *keys: str) -> None:
        for key in keys:
            self.leaving.add(Leave([(key, (COMMAND,))], self._note(key), "a", b""))

    def add_long(self, key: str, count: int) -> None:
        """Add so many commands that one request asked for."""
        self.leaving.add(Leave([(key, (COMMAND,) * count)], self._note(key), "a", b""))

    def _note(self, key: str) -> Told:
        def note(replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
            assert (replies is None) != (stopped is None)
            self.told.append((key, replies is not None))

        return note

    def answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            told(YES, None)


async def rounds(count: int = ROUNDS_MAX + 2) -> None:
    """Let the loop come round."""
    for _ in range(count):
        await asyncio.sleep(0)


def at_desk(play: Callable[[Desk], Any], **kinds: str) -> None:
    async def whole() -> None:
        await play(Desk(**kinds))

    asyncio.run(whole())


def test_what_comes_one_behind_the_other_leaves_together() -> None:
    async def play(desk: Desk) -> None:
        desk.add("a", "b")
        await rounds(1)
        desk.add("c")
        await rounds()
        desk.answer()
        assert desk.batches == [["a", "b", "c"]]
        assert desk.told == [("a", True), ("b", True), ("c", True)]

    at_desk(play)


def test_what_never_ends_to_come_is_not_waited_for() -> None:
    async def play(desk: Desk) -> None:
        for number in range(ROUNDS_MAX * 2):
            desk.add(f"{number}")
            await rounds(1)
        assert len(desk.batches) == 1
        assert len(desk.batches[0]) <= ROUNDS_MAX + 1

    at_desk(play)


def test_what_comes_while_the_writer_is_busy_leaves_when_it_has_answered() -> None:
    async def play(desk: Desk) -> None:
        desk.add("a")
        await rounds()
        for key in ("b", "c"):
            desk.add(key)
            await rounds()
        assert desk.batches == [["a"]]
        desk.answer()
        await rounds()
        assert desk.batches == [["a"], ["b", "c"]]
        desk.answer()
        await rounds()
        assert [key for key, _ in desk.told] == ["a", "b", "c"]
        assert len(desk.batches) == 2

    at_desk(play)


def test_too_many_do_not_wait_for_the_writer() -> None:
    async def play(desk: Desk) -> None:
        for key in ("a", "b"):
            desk.add(key)
            await rounds()
        desk.add(*(f"{number}" for number in range(HELD_MAX)))
        await rounds()
        assert [len(batch) for batch in desk.batches] == [1, HELD_MAX + 1]

    at_desk(play)


def test_who_is_refused_is_told_and_holds_nobody_back() -> None:
    async def play(desk: Desk) -> None:
        desk.add("a", "b", "c")
        await rounds()
        assert desk.told == [("b", False)]
        desk.answer()
        desk.add("d")
        await rounds()
        assert desk.batches == [["a", "c"], ["d"]]

    at_desk(play, refuses="b")


def test_a_fault_of_the_venue_holds_up_nobody_who_comes_later() -> None:
    async def play(desk: Desk) -> None:
        faults: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: faults.append(told["exception"]))
        desk.add("a")
        await rounds()
        desk.add("b")
        await rounds()
        assert [type(fault) for fault in faults] == [ZeroDivisionError]
        assert desk.batches == [["b"]]

    at_desk(play, breaks="a")


@pytest.mark.parametrize("count", [1, 3])
def test_each_is_told_once(count: int) -> None:
    async def play(desk: Desk) -> None:
        for number in range(count):
            desk.add(f"{number}")
            await rounds()
            desk.answer()
            await rounds()
        assert desk.told == [(f"{number}", True) for number in range(count)]
        assert len(desk.batches) == count

    at_desk(play)


def test_the_steps_of_a_long_intent_wait_for_no_answer_and_for_nobody_behind_them() -> None:
    async def play(desk: Desk) -> None:
        desk.add("first")
        await rounds()
        desk.add("second")
        desk.add_long("short", ENOUGH - 1)
        await rounds()
        assert desk.batches == [["first"]]
        desk.add_long("long", ENOUGH)
        desk.add("behind")
        await rounds(1)
        assert desk.batches == [["first"], ["second", "short", "long", "behind"]]
        desk.add("last")
        await rounds()
        assert len(desk.batches) == 2
        desk.answer()
        await rounds()
        assert desk.batches[2:] == [["last"]]

    at_desk(play)
