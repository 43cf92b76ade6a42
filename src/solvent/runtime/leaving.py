"""Commands of an event loop handed in together: a batch costs a commit, however small it is."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct

from solvent.runtime.asked import Keyed, commands_of
from solvent.runtime.errors import RuntimeProblem
from solvent.runtime.promises import Told
from solvent.runtime.replies import Reply

# So often the loop is let come round for more, as long as more comes.
ROUNDS_MAX = 8
# So many requests are held at most while others are under way: what is too many is told so soon.
HELD_MAX = 512
# So many commands are a batch worth its commit, and wait for no others.
ENOUGH = 32


class Entered(Protocol):
    """What is needed of a venue."""

    def hand_in(
        self,
        keyed: Sequence[Keyed],
        told: Told,
        *,
        account: str,
        request: bytes | None,
        is_last: bool,
    ) -> None:
        """Hand commands in, which wait for `begin`."""

    def begin(self) -> None:
        """Carry out what was handed in."""


class Leave(Struct, frozen=True, gc=False):
    """Commands with their keys that become durable together, who is told, the account, and the request."""

    keyed: Sequence[Keyed]
    told: Told
    account: str
    request: bytes | None


class Leaving:
    """What an event loop hands in; all of it in the loop's thread, to which `brought` brings answers.

    What comes one behind the other leaves together: the loop is let come round until nothing more has come.
    While answers are waited for the writer is busy, so that what comes meanwhile waits here as well as there,
    and is handed over in one go. The steps of a long intent wait for nobody: the writer works at them while
    the next one is read.
    """

    def __init__(self, venue: Entered, brought: Callable[[Told], Told]) -> None:
        self._venue = venue
        self._brought = brought
        self._held: list[Leave] = []
        self._is_enough = False
        self._seen = 0
        self._rounds = 0
        self._under_way = 0

    def add(self, leave: Leave) -> None:
        """Hand in soon; `told` is called in the loop's thread, and must raise nothing."""
        self._held.append(leave)
        is_long = len(commands_of(leave.keyed)) >= ENOUGH
        self._is_enough = self._is_enough or is_long
        if is_long or len(self._held) in (1, HELD_MAX):
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Hand in what is held, unless more comes or the writer is busy."""
        count = len(self._held)
        if count < HELD_MAX and not self._is_enough:
            if self._under_way or not count:
                return
            if count > self._seen and self._rounds < ROUNDS_MAX:
                self._seen, self._rounds = count, self._rounds + 1
                asyncio.get_running_loop().call_soon(self._look)
                return
        self._leave()

    def _leave(self) -> None:
        """Hand in what is held; what is not taken is told so."""
        held, self._held, self._is_enough = self._held, [], False
        self._seen = self._rounds = 0
        for leave in held:
            told = self._brought(partial(self._tell, leave.told))
            try:
                self._venue.hand_in(
                    leave.keyed, told, account=leave.account, request=leave.request, is_last=False
                )
            except RuntimeProblem as error:
                told(None, error)
            self._under_way += 1
        self._venue.begin()

    def _tell(self, told: Told, replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
        self._under_way -= 1
        if self._held and not self._under_way:
            asyncio.get_running_loop().call_soon(self._look)
        told(replies, stopped)
