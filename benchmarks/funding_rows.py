"""Row 17b: an hour of funding over a million positions that nobody touches, in the writer's own batches."""

import gc
from collections.abc import Callable, Sequence
from random import Random
from statistics import median
from time import thread_time

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.agreement import Disagreement
from benchmarks.crowds import MARK, Crowd, crowd
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from benchmarks.workload import NOW_MS
from solvent.engine import State, commands
from solvent.engine.books import settled_book
from solvent.engine.commands import AnyCommand
from solvent.journal import Journal, open_journal
from solvent.margin import tiered
from solvent.margin.parts import NOTHING, FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime.asked import Asked
from solvent.runtime.batch import carry_out
from solvent.runtime.watching import Watch

HOUR = Target("17b", "100 quiet asks of the index ÷ the first one after a funding", None, 1, "index")
COMMANDS = Target("17b", "100 quiet tick commands ÷ a funding and the tick after it", None, 1, "index")
PAUSE = Target("17b", "50 ms ÷ longest writer pause in an hour of funding", 1, 10, "index")
CAPPED = Target("17b", "50 ms ÷ longest writer pause in hours at the cap of 4 %", 1, 10, "index")
TARGETS = (HOUR, COMMANDS, PAUSE, CAPPED)
ROWS = frozenset({"17b"})
HOUR_MS = 3_600_000
PAUSE_US = 50_000.0
USUAL, CAP, CAP_BACK = Ratio(125, 10**7), Ratio(4, 100), Ratio(-4, 100)
# After so many hours in which nobody was touched, it is counted who is named in vain.
UNTOUCHED = (1, 24, 24 * 30)
CAPPED_HOURS = 4
SAMPLED, PROBED = 2_000, 1_000


class Load(Struct, frozen=True):
    """How much of it: positions, and ticks an hour."""

    positions: int
    ticks: int


FULL = Load(positions=1_000_000, ticks=500)
QUICK = Load(positions=1_000_000, ticks=200)
FLOORS = Load(positions=50_000, ticks=50)


class Venue:
    """A state with a crowd in it, its journal in memory and the writer's index of it.

    `spare` is margin on top, as a part of each notional.
    """

    def __init__(self, journal: Journal, found: Crowd, *, spare: Ratio = NOTHING) -> None:
        self.market = found.market
        self.state, self._watch, self._journal = State(), Watch(), journal
        # Two venues of other spare share a journal: their keys differ by it.
        self.now_ms, self._number, self._spare = NOW_MS, 0, spare
        self.do(commands.CreateMarket(name=self.market.name, market=self.market))
        held = self.state.positions[self.market.name]
        for name, position in found.positions.items():
            cash = position.cash + abs(position.size) * MARK * spare.num // spare.den
            held[name] = replace(position, cash=cash, settled_ms=NOW_MS)
        self.tick(MARK)

    def do(self, command: AnyCommand) -> float:
        """Carry one command out as the writer does, in a batch of its own; returns processor microseconds."""
        self._number += 1
        key = f"{self._spare.num}-{self._spare.den}-{self._number:012}"
        asked = Asked(commands=(command,), account="feed", key=key, request=key.encode())
        started = thread_time()
        (reply,) = carry_out(
            self._journal,
            self.state,
            [asked],
            now_ms=self.now_ms,
            candidates=self._watch,
            hear=self._watch.hear,
        )
        spent_us = (thread_time() - started) * 1e6
        if not reply.is_accepted:
            raise Disagreement(f"the venue refused {command}: {reply.body!r}")
        return spent_us

    def tick(self, mark: int) -> float:
        """Bring a price; returns the microseconds."""
        return self.do(commands.Tick(market=self.market.name, readings=self._readings(mark)))

    def fund(self, rate: Ratio) -> float:
        """Let an hour pass, and note its funding; returns the microseconds."""
        self.now_ms += HOUR_MS
        note = FundingNote(at_ms=self.now_ms, price=Ratio(MARK, self.market.price_scale), rate=rate)
        return self.do(commands.SetFunding(market=self.market.name, note=note))

    def ask_us(self) -> float:
        """Return the microseconds of asking the index alone, at the present readings."""
        started = thread_time()
        named = tuple(self._watch(self.state, self.market.name))
        spent_us = (thread_time() - started) * 1e6
        assert not named, named[:3]
        return spent_us

    def named_at(self, mark: int, accounts: Sequence[str] = ()) -> tuple[set[str], set[str]]:
        """Return who is named at a mark, and who of some accounts is due, or of the named ones."""
        name = self.market.name
        kept = self.state.markets[name]
        self.state.markets[name] = replace(kept, readings=self._readings(mark))
        try:
            named = set(self._watch(self.state, name))
            return named, {account for account in accounts or named if self.is_due(account)}
        finally:
            self.state.markets[name] = kept

    def is_due(self, account: str) -> bool:
        """Tell by the model whether an account is liquidatable, its funding settled."""
        book = settled_book(self.state, self.market.name, account, now_ms=self.now_ms)
        return tiered.breach(book, now_ms=self.now_ms) is not None

    def _readings(self, mark: int) -> tuple[FeedReading, ...]:
        return (FeedReading(feed="mark", price=Ratio(mark, self.market.price_scale), at_ms=self.now_ms),)


def run(load: Load, rounds: int, say: Callable[[str], None]) -> Outcome:
    """Measure hours in rounds; then compare whom the index names with everybody, asked one by one.

    Errors: `Disagreement` where the index names too few after all these hours.
    """
    timed = {target: Timed([], []) for target in TARGETS}
    found = crowd(load.positions)
    with open_journal(":memory:", venue_id="bench") as journal:
        venue = Venue(journal, found)
        _settle_down(say, f"built    a venue of {load.positions:,} positions")
        vain = [_vain(venue, hours) for hours in UNTOUCHED]
        say("counted  who is named in vain")
        for number in range(rounds):
            _hour(venue, load, timed)
            say(f"measured funding round {number + 1} of {rounds}")
        agreed = {"funding": _compared(venue)}
        del venue
        venue = Venue(journal, found, spare=Ratio(1, 2))
        _settle_down(say, "built    the same with more margin")
        for number in range(rounds):
            _note(timed[CAPPED], _capped(venue, load, CAP if number % 2 == 0 else CAP_BACK), PAUSE_US)
    told = f"{load.positions:,} positions that nobody touches, {load.ticks} ticks an hour"
    measured = [Measured(target, one) for target, one in timed.items()]
    return Outcome(agreed, measured, [], [], {"funding": f"{told}; {'; '.join(vain)}"})


def _settle_down(say: Callable[[str], None], line: str) -> None:
    """Collect, and look no more at what was set up; the collector stays on, as in a venue."""
    gc.collect()
    gc.freeze()
    say(line)


def _note(timed: Timed, ours_us: float, peer_us: float) -> None:
    timed.ours_us.append(ours_us)
    timed.peer_us.append(peer_us)


def _marks(count: int) -> list[int]:
    """Return marks of which each is new, up and down around the usual one."""
    return [MARK + (step // 2 + 1) * (1 if step % 2 else -1) for step in range(count)]


def _hour(venue: Venue, load: Load, timed: dict[Target, Timed]) -> None:
    quiet_us = median(venue.tick(mark) for mark in _marks(load.ticks))
    asked_us = median(venue.ask_us() for _ in range(load.ticks))
    funded_us = venue.fund(USUAL)
    first_us = venue.ask_us()
    _note(timed[HOUR], first_us, 100 * asked_us)
    # The index has answered once since: the next hour shows what a tick pays.
    funded_us = venue.fund(USUAL)
    pauses = [funded_us, *(venue.tick(mark) for mark in _marks(load.ticks))]
    _note(timed[COMMANDS], funded_us + pauses[1], 100 * quiet_us)
    _note(timed[PAUSE], max(pauses), PAUSE_US)


def _capped(venue: Venue, load: Load, rate: Ratio) -> float:
    """Return the longest batch of some hours in which funding is as high as it may be."""
    pauses = []
    for _ in range(CAPPED_HOURS):
        pauses += [venue.fund(rate), *(venue.tick(mark) for mark in _marks(load.ticks))]
    return max(pauses)


def _vain(venue: Venue, hours: int) -> str:
    """Count whom the index names in vain where about a hundred are due, so many hours after the start."""
    while (venue.now_ms - NOW_MS) // HOUR_MS < hours:
        venue.fund(USUAL)
    mark, due, named = MARK, set[str](), set[str]()
    while len(due) < 100:
        mark -= 10
        named, due = venue.named_at(mark)
    return f"{len(named) - len(due)} of {len(named)} named in vain after {hours} hours"


def _compared(venue: Venue) -> str:
    """Ask many one by one at their liquidation prices and at two marks: whoever is due must be named."""
    random = Random(17)  # noqa: S311 - positions, not secrets
    name = venue.market.name
    sampled = random.sample(sorted(venue.state.positions[name]), SAMPLED)
    marks = {MARK - MARK // 25: sampled, MARK + MARK // 25: sampled}
    for account in sampled[:PROBED]:
        book = settled_book(venue.state, name, account, now_ms=venue.now_ms)
        root = tiered.liquidation_price(venue.market, book.position)
        if root is not None:
            mark = root.num * venue.market.price_scale // root.den
            marks |= {beside: [account] for beside in (mark, mark + 1) if abs(beside - MARK) < MARK // 12}
    due_in_all = vain = 0
    for mark, accounts in marks.items():
        named, due = venue.named_at(mark, accounts)
        if not due <= named:
            raise Disagreement(f"at {mark} {sorted(due - named)[:3]} are due and not named")
        due_in_all, vain = due_in_all + len(due), vain + len(named.intersection(accounts) - due)
    hours = (venue.now_ms - NOW_MS) // HOUR_MS
    return f"{due_in_all:,} due at {len(marks)} marks after {hours} hours: 0 missed, {vain} named in vain"
