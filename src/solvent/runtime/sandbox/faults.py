"""What goes wrong on request: rules that meet requests, seeded and written down, so that it goes wrong again.

Whether a rule fires follows from its seed and from how many requests it has met, and from no clock but where
it is to last for a while. Nothing of it is kept over a restart.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from solvent.prices.draws import draw
from solvent.runtime.errors import RuntimeRefused

PPM = 1_000_000
LOG_MAX = 10_000
RULES_MAX = 100
WHILE_MS_MAX = 86_400_000
DELAY_MS_MAX = 600_000
Listener = Callable[["Rule"], None]


class Kind(StrEnum):
    """What goes wrong. Append-only."""

    LOSE_RESPONSE = "lose_response"
    """The request is carried out, and the connection is cut before a byte of the answer."""
    DELAY = "delay"
    """The request waits before it is read."""
    DUPLICATE = "duplicate"
    """The request arrives twice; the first answer is the one that is sent."""
    RATE_LIMIT = "rate_limit"
    """The venue says that there were too many requests."""
    UNAVAILABLE = "unavailable"
    """The venue says that it cannot answer, and nothing was done."""
    DISCONNECT = "disconnect"
    """Open WebSockets are closed, and with `times` or `for_ms` those that come as well."""
    STALE_PRICES = "stale_prices"
    """A market hears no price any more, so that its last one gets old."""
    MARGIN_TIER = "margin_tier"
    """A market's margin table changes while positions are open, once and for good."""


# What goes wrong with a market, and meets no request.
OF_MARKETS = frozenset({Kind.STALE_PRICES, Kind.MARGIN_TIER})


class Surface(StrEnum):
    """Where a request comes in."""

    ANY = "any"
    NATIVE = "native"
    HYPERLIQUID = "hyperliquid"
    KUCOIN = "kucoin"


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go wrong, and for which requests.

    `path` is the path behind a gateway's prefix, `*` for any letters; `action` the `type` in the body of a
    request to Hyperliquid. A rule fires at most `times`, within `for_ms` of its making (wall clock), at a
    chance of `chance_ppm` drawn from `seed`; with `at` at exactly those of the requests that it meets.
    What goes wrong with a `market` meets no request; `tiers` is its other margin table.
    """

    kind: Kind
    surface: Surface = Surface.ANY
    path: str = "*"
    action: str | None = None
    market: str | None = None
    tiers: str | None = None
    delay_ms: Annotated[int, Meta(ge=0, le=DELAY_MS_MAX)] = 0
    times: Annotated[int, Meta(ge=1)] | None = None
    for_ms: Annotated[int, Meta(ge=1, le=WHILE_MS_MAX)] | None = None
    chance_ppm: Annotated[int, Meta(ge=0, le=PPM)] = PPM
    seed: int = 0
    at: tuple[int, ...] | None = None
    id: int = 0


class Arrived(Struct, frozen=True, kw_only=True):
    """A request, as far as a rule looks at it."""

    surface: Surface
    method: str
    path: str
    action: str | None = None


class Fired(Struct, frozen=True, kw_only=True):
    """A rule that fired: at the request with this number among those that it met."""

    rule: int
    kind: Kind
    surface: Surface
    method: str
    path: str
    action: str | None
    met: int
    wall_ms: int
    venue_ms: int


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every rule that was made, and each time that one fired; `Faults.replay` takes it."""

    rules: tuple[Rule, ...]
    fired: tuple[Fired, ...]


class _Kept(Struct, kw_only=True):
    rule: Rule
    until_ms: int | None
    met: int = 0
    fired: int = 0


class Faults:
    """The rules in force and what they did; in one thread, the event loop's."""

    def __init__(self, *, wall_ms: Callable[[], int], now_ms: Callable[[], int]) -> None:
        self._wall_ms = wall_ms
        self._now_ms = now_ms
        self._kept: list[_Kept] = []
        self._made: list[Rule] = []
        self._fired: list[Fired] = []
        self._listeners: list[Listener] = []

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, oldest first."""
        self._forget_ended()
        return tuple(kept.rule for kept in self._kept)

    @property
    def log(self) -> Log:
        """Everything since the beginning, or since it was last cleared."""
        return Log(rules=tuple(self._made), fired=tuple(self._fired))

    def first_end_ms(self, kind: Kind) -> int | None:
        """Return how long it is until the first rule of a kind ends by itself; none where none does."""
        now_ms = self._wall_ms()
        left = [kept.until_ms - now_ms for kept in self._kept if kept.until_ms and kept.rule.kind is kind]
        return min(left, default=None)

    def subscribe(self, listener: Listener) -> None:
        """Tell a listener each rule that is made."""
        self._listeners.append(listener)

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force, and return it with its number.

        Errors: `RuntimeRefused` for too many.
        """
        self._forget_ended()
        if len(self._kept) >= RULES_MAX:
            raise RuntimeRefused(f"{RULES_MAX} rules are in force; take some back first")
        numbered = replace(rule, id=len(self._made) + 1)
        until_ms = None if rule.for_ms is None else self._wall_ms() + rule.for_ms
        if not _is_done_at_once(rule):
            self._kept.append(_Kept(rule=numbered, until_ms=until_ms))
        self._made.append(numbered)
        for listener in self._listeners:
            listener(numbered)
        return numbered

    def remove(self, number: int | None) -> None:
        """Take a rule back, or all of them.

        Errors: `RuntimeRefused` for a number that no rule in force has.
        """
        if number is not None and all(kept.rule.id != number for kept in self._kept):
            raise RuntimeRefused(f"no rule in force has the number {number}")
        self._kept = [kept for kept in self._kept if number not in (None, kept.rule.id)]

    def forget(self) -> None:
        """Take all rules back, and forget what they did."""
        self.remove(None)
        self._made.clear()
        self._fired.clear()

    def replay(self, log: Log) -> tuple[Rule, ...]:
        """Begin anew with a log's rules, each firing at exactly the requests at which it did."""
        self.forget()
        return tuple(self.add(rule) for rule in _as_they_fired(log))

    @property
    def is_quiet(self) -> bool:
        """Whether no rule is in force, so that nobody need look."""
        return not self._kept

    def may_meet(self, surface: Surface, path: str) -> bool:
        """Tell whether a request to a path might be met, whatever is in it."""
        return any(is_for(rule, surface, path) for rule in self.rules)

    def meet(self, arrived: Arrived) -> tuple[Rule, ...]:
        """Return the rules that fire at a request, in the order in which they were made, and note it."""
        found = []
        for kept in self._of(arrived):
            kept.met += 1
            if self._fires(kept):
                kept.fired += 1
                found.append(kept.rule)
                self.note(kept.rule, arrived, met=kept.met)
        return tuple(found)

    def note(self, rule: Rule, arrived: Arrived, *, met: int = 0) -> None:
        """Write down that a rule fired; `met` is 0 for what was there before the rule."""
        if len(self._fired) < LOG_MAX:
            self._fired.append(
                Fired(
                    rule=rule.id,
                    kind=rule.kind,
                    surface=arrived.surface,
                    method=arrived.method,
                    path=arrived.path,
                    action=arrived.action,
                    met=met,
                    wall_ms=self._wall_ms(),
                    venue_ms=self._now_ms(),
                )
            )

    def _of(self, arrived: Arrived) -> Iterable[_Kept]:
        self._forget_ended()
        for kept in tuple(self._kept):
            rule = kept.rule
            if is_for(rule, arrived.surface, arrived.path) and rule.action in (None, arrived.action):
                yield kept

    def _fires(self, kept: _Kept) -> bool:
        rule = kept.rule
        if rule.at is not None:
            return kept.met in rule.at
        drawn = draw(f"{rule.seed}|{rule.id}|{kept.met}", PPM)
        # A draw is one of 2·PPM + 1 numbers around zero.
        return drawn + PPM < 2 * rule.chance_ppm or rule.chance_ppm == PPM

    def _forget_ended(self) -> None:
        if self._kept:
            now_ms = self._wall_ms()
            self._kept = [kept for kept in self._kept if not _has_ended(kept, now_ms)]


def _has_ended(kept: _Kept, now_ms: int) -> bool:
    rule = kept.rule
    return (
        (kept.until_ms is not None and now_ms >= kept.until_ms)
        or (rule.times is not None and kept.fired >= rule.times)
        or (rule.at is not None and kept.met >= max(rule.at, default=0))
    )


def is_for(rule: Rule, surface: Surface, path: str) -> bool:
    """Tell whether a rule is for requests to a path, whatever is in them."""
    is_met = rule.kind not in OF_MARKETS and rule.surface in (Surface.ANY, surface)
    return is_met and fnmatchcase(path, rule.path)


def _is_done_at_once(rule: Rule) -> bool:
    """Tell whether a rule is over once what is there has been told of it."""
    is_lasting = rule.times is not None or rule.for_ms is not None or rule.at
    return rule.kind is Kind.MARGIN_TIER or (rule.kind is Kind.DISCONNECT and not is_lasting)


def _as_they_fired(log: Log) -> Iterable[Rule]:
    for rule in log.rules:
        at = tuple(fired.met for fired in log.fired if fired.rule == rule.id and fired.met)
        yield rule if rule.kind in OF_MARKETS else replace(rule, at=at, times=None, for_ms=None)
