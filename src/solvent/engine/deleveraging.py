"""Who is reduced for the positions that fail in one tick: ranked once, then kept true by its events."""

from heapq import heappop, heappush

from solvent.engine.acting import carry_out
from solvent.engine.books import model_of, settled_book
from solvent.engine.events import Acted
from solvent.engine.own_accounts import deleverage_backstop
from solvent.engine.recorder import Recorder
from solvent.margin import Verb
from solvent.margin.parts import Shortage
from solvent.money import Ratio

# The score below zero, so that the highest is the least of a heap; the account's bytes; the account.
Place = tuple[Ratio, bytes, str]


class Deleveraging:
    """One tick's deleveraging in one market.

    Within a tick prices, fundings and the moment are the same for everybody, so that only an event of an
    account changes where it stands. Nobody is ranked in a tick in which nobody fails.
    """

    def __init__(self, recorder: Recorder, market: str) -> None:
        self._recorder = recorder
        self._market = market
        self._model = model_of(recorder.state.markets[market])
        # Everybody who stands somewhere; what a queue has beside these very places is out of date.
        self._places: dict[str, Place] = {}
        self._queues: dict[int, list[Place]] = {1: [], -1: []}
        self._events_read: int | None = None

    def cover(self, shortage: Shortage) -> None:
        """Reduce ranked counterparts, then the backstop, until the failed size is covered.

        The house, which took the failed position over, keeps what is left.

        A counterpart whose reduction an empty insurance would have to pay for is passed over.
        """
        self._rank_anew()
        left, passed_over = shortage.size, []
        while left and (place := self._first(-shortage.failed_side)) is not None:
            covered = self._reduce(place[-1], shortage, left=left)
            if covered:
                left -= covered
            else:
                passed_over.append(place)
        for place in passed_over:
            self._put(place, -shortage.failed_side)
        if left:
            deleverage_backstop(self._recorder, self._market, shortage, left=left)

    def _reduce(self, account: str, shortage: Shortage, *, left: int) -> int:
        """Return how much of the shortage a counterpart covered: nothing where it is passed over."""
        recorder = self._recorder
        book = settled_book(recorder.state, self._market, account, now_ms=recorder.now_ms)
        action = self._model.deleverage(book, shortage, left=left)
        assert action.verb is Verb.DELEVERAGE, action
        refusal = carry_out(recorder, self._market, account, action, cause="deleveraging")
        return self._model.deleveraged(action) if refusal is None else 0

    def _rank_anew(self) -> None:
        """Rank everybody at the first failure, then whoever had an event since the last one."""
        recorder, read = self._recorder, self._events_read
        if read is None:
            for account in recorder.state.positions[self._market]:
                self._rank(account)
        else:
            for event in recorder.events[read:]:
                if isinstance(event, Acted):
                    self._rank(event.account)
        self._events_read = len(recorder.events)

    def _rank(self, account: str) -> None:
        recorder = self._recorder
        self._places.pop(account, None)
        book = settled_book(recorder.state, self._market, account, now_ms=recorder.now_ms)
        standing = self._model.standing(book)
        if standing is not None:
            score = standing.score
            self._put((Ratio(-score.num, score.den), account.encode(), account), standing.side)

    def _put(self, place: Place, side: int) -> None:
        self._places[place[-1]] = place
        heappush(self._queues[side], place)

    def _first(self, side: int) -> Place | None:
        """Take the first of a side out of its queue, and whoever is out of date with it."""
        queue, places = self._queues[side], self._places
        while queue:
            place = heappop(queue)
            if places.get(place[-1]) is place:
                del places[place[-1]]
                return place
        return None
