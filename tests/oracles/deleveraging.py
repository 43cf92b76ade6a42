"""Deleveraging told plainly: for each position that fails everybody's book is made and ranked anew."""

from collections import Counter
from typing import Any

from solvent.engine.acting import carry_out, moves_of
from solvent.engine.books import model_of, settled_book
from solvent.engine.events import Acted, Moved
from solvent.engine.own_accounts import inherited_book
from solvent.engine.recorder import Recorder
from solvent.margin import Account, Refused, risk_limit, tiered
from solvent.margin.parts import Shortage

BACKSTOP = Account.BACKSTOP.value


def ranking(books: dict[str, Any], failed_side: int) -> list[str]:
    """Return who is reduced for a failed side, by each model's own ranking of positions."""
    held = [(name, book.position) for name, book in books.items()]
    ranked: tuple[tuple[str, Any], ...] = ()
    for book in list(books.values())[:1]:
        if isinstance(book, tiered.Book):
            ranked = tiered.adl_ranking(held, failed_side=failed_side, mark=book.mark)
        else:
            assert isinstance(book, risk_limit.Book), book
            ranked = risk_limit.adl_ranking(book.market, held, failed_side=failed_side, mark=book.mark)
    return [name for name, _ in ranked]


class Plain:
    """Stands in for the engine's `Deleveraging`; notes in `seen` what came about."""

    def __init__(self, recorder: Recorder, market: str, *, seen: Counter[str]) -> None:
        self.seen = seen
        self.recorder = recorder
        self.market = market
        self.model = model_of(recorder.state.markets[market])
        self.sides: set[int] = set()
        self.passed_over: set[str] = set()
        self.reduced: Counter[str] = Counter()

    def cover(self, shortage: Shortage) -> None:
        """Reduce counterparts, then the backstop, until the failed size is covered."""
        recorder, market, model = self.recorder, self.market, self.model
        self._note_failure(shortage)
        books = {
            account: settled_book(recorder.state, market, account, now_ms=recorder.now_ms)
            for account in recorder.state.positions[market]
        }
        left = shortage.size
        for account in ranking(books, shortage.failed_side):
            action = model.deleverage(books[account], shortage, left=left)
            refusal = carry_out(recorder, market, account, action, cause="deleveraging")
            self._note(account, is_refused=refusal is not None)
            if refusal is None:
                left -= model.deleveraged(action)
            if left == 0:
                return
        self._reduce_backstop(shortage, left)

    def _reduce_backstop(self, shortage: Shortage, left: int) -> None:
        recorder, market, model = self.recorder, self.market, self.model
        book = inherited_book(recorder, market)
        if book is None or not ranking({BACKSTOP: book}, shortage.failed_side):
            self.seen["left with the house"] += 1
            return
        action = model.deleverage(book, shortage, left=left)
        outcome = model.decide(book, action, now_ms=recorder.now_ms)
        assert not isinstance(outcome, Refused), outcome
        moves = moves_of(recorder.state, market, BACKSTOP, outcome.postings)
        recorder.emit(Moved(at_ms=recorder.now_ms, cause="deleveraging", moves=moves))
        self.seen["backstop reduced"] += 1

    def _note_failure(self, shortage: Shortage) -> None:
        self.seen["failed"] += 1
        self.sides.add(shortage.failed_side)
        self.seen["failed beside the other side"] += len(self.sides) == 2
        last = self.recorder.events[-1]
        assert isinstance(last, Acted), last
        failed = last.account
        self.seen["failed after it was reduced"] += bool(self.reduced[failed])
        self.seen["failed after it was passed over"] += failed in self.passed_over

    def _note(self, account: str, *, is_refused: bool) -> None:
        if is_refused:
            self.seen["passed over"] += 1
            self.seen["passed over twice"] += account in self.passed_over
            self.passed_over.add(account)
            return
        self.seen["reduced"] += 1
        self.seen["reduced twice"] += self.reduced[account] == 1
        self.seen["reduced after it was passed over"] += account in self.passed_over
        self.reduced[account] += 1
