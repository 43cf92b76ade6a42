"""What has happened: events read back newest first, and the state as it was after one of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import Struct

from solvent.api.limits import Caps
from solvent.api.problems import Code, Problem
from solvent.api.reading import Look
from solvent.engine import State, decode
from solvent.engine.events import AnyEvent
from solvent.engine.snapshot import copied
from solvent.journal import Journal, StoredRecord
from solvent.runtime import STREAM, House, state_at

READ_AT_ONCE = 1_000
STATES_KEPT = 4
SEARCHES_MAX = 2
OWNERS_KEPT = 16_384
OWN_ROLES = frozenset({"wallet", "aside", "position"})


class Told(Struct, frozen=True, kw_only=True):
    """One event and its seq."""

    seq: int
    event: AnyEvent


class Found(Struct, frozen=True, kw_only=True):
    """What a search found, newest first, and the seq before which it goes on; none at the beginning."""

    told: tuple[Told, ...]
    before: int | None


class Records:
    """The venue's events, searched in a thread, a few searches at a time: each may look at thousands."""

    def __init__(self, house: House, caps: Caps) -> None:
        self._house = house
        self._scanned_max = caps.scanned_events_max
        self._few_at_a_time = asyncio.Semaphore(SEARCHES_MAX)

    async def search(
        self,
        *,
        may_be: Callable[[StoredRecord], bool],
        is_wanted: Callable[[AnyEvent], bool],
        before: int | None,
        limit: int,
    ) -> Found:
        """Return the newest wanted events before a seq.

        A search looks at a bounded number of events: a page may have fewer items and still a next one.
        `may_be` looks at the bytes, so that few events are decoded.
        """
        last = self._house.follower.seq
        end = last if before is None else min(before - 1, last)
        async with self._few_at_a_time:
            return await asyncio.to_thread(
                _search, self._house.venue.journal, end, may_be, is_wanted, limit, self._scanned_max
            )


def _search(
    journal: Journal,
    end: int,
    may_be: Callable[[StoredRecord], bool],
    is_wanted: Callable[[AnyEvent], bool],
    limit: int,
    scanned_max: int,
) -> Found:
    told: list[Told] = []
    last = max(0, end - scanned_max)
    while end > last:
        begin = max(last, end - READ_AT_ONCE)
        for record in reversed(journal.read(STREAM, begin, end - begin)):
            if not may_be(record):
                continue
            event = decode(record.payload)
            if is_wanted(event):
                told.append(Told(seq=record.seq, event=event))
                if len(told) == limit:
                    return Found(told=tuple(told), before=record.seq if record.seq > 1 else None)
        end = begin
    return Found(told=tuple(told), before=last + 1 if last > 0 else None)


class Past:
    """States as they were, replayed in a thread one at a time; the last few are kept."""

    def __init__(self, house: House, caps: Caps) -> None:
        self._house = house
        self._events_max = caps.replayed_events_max
        self._kept: OrderedDict[int, State] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def look(self, seq: int | None) -> Look:
        """Look at the venue after an event; none looks at it as it is.

        Errors: `Problem` for a seq ahead of the last one, and one too far from what can be replayed.
        """
        if seq is None:
            return Look.now(self._house)
        last = self._house.follower.seq
        if seq > last:
            raise Problem(
                Code.AS_OF_AHEAD,
                f"as_of is {seq} and the last event is {last}; give at most that",
                terms={"as_of": seq, "last": last},
            )
        async with self._one_at_a_time:
            found = self._kept.pop(seq, None)
            state = found if found is not None else await asyncio.to_thread(self._replayed, seq)
            self._kept[seq] = state
            while len(self._kept) > STATES_KEPT:
                self._kept.popitem(last=False)
        return Look(state, now_ms=state.now_ms)

    def _replayed(self, seq: int) -> State:
        begin = max((kept for kept in self._kept if kept <= seq), default=None)
        state = state_at(
            self._house.venue.journal,
            seq,
            begin=None if begin is None else copied(self._kept[begin]),
            events_max=self._events_max,
        )
        if state is None:
            raise Problem(
                Code.AS_OF_TOO_OLD,
                f"event {seq} is more than {self._events_max} events after anything that it can be replayed "
                f"from; up to {self._events_max} and from the oldest snapshot on it can",
                terms={"as_of": seq, "events_max": self._events_max},
            )
        return state


def concerns(event: Any, account: str) -> bool:
    """Tell whether an event is an account's own: it acted, or something of its own moved."""
    if getattr(event, "account", None) == account:
        return True
    return any(is_own(move.name, account) for move in getattr(event, "moves", ()))


@lru_cache(OWNERS_KEPT)
def is_own(name: str, account: str) -> bool:
    """Tell whether a ledger account is an account's wallet, aside or one of its positions."""
    role, _, rest = name.partition(":")
    return role in OWN_ROLES and rest.rpartition(":")[2] == account
