"""Which positions a price may make liquidatable, said without looking at them: keys that no price moves.

A model that can say so offers a `Pointing`; an index keeps its keys in order and finds at each price the few
that may be due. Pointing is not deciding: whoever is found is asked by `breach`, in exact integers.

Positions with the same line of maintenance form a group. Each has a key; the group has a threshold, which
follows one number of the market, the unit price x, along a straight line.

Source: docs/concepts/liquidation-index.md#keys-that-no-price-moves
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from solvent.margin.parts import FundingNote
from solvent.money import Ratio


class Line(Struct, frozen=True, gc=False):
    """One key of a position, num / den: it may be due while its group's threshold is at or above the key."""

    group: Any
    num: int
    den: int


class Slope(Struct, frozen=True, gc=False):
    """How a group's threshold follows the unit price x: num / den * x + base / base_den; num is not zero."""

    num: int
    den: int
    base: int
    base_den: int


class Weight(Struct, frozen=True, gc=False):
    """What a position adds to sums over many: equity is (own - threshold * held) * money, by its side.

    The threshold is that of `gone`, where nothing is left; money is the market's `worth` of one unit.
    """

    side: int
    own: int
    held: int


class Span(Struct, frozen=True, gc=False, kw_only=True):
    """For how long the keys of a position hold.

    `paid` is the cumulative funding when the position was last settled, `low` and `high` bound what it may
    come to while the keys are in use. `fundings` is how many fundings may pass between settlement and use:
    each may be rounded once.
    """

    paid: Any
    low: Any
    high: Any
    fundings: int


class Columns(Struct, frozen=True, gc=False, kw_only=True):
    """Which attributes of a position tell a stress all that it asks for, in exact integers.

    `held` names the one that sums and keys hang on, signed by side, zero where there is nothing to
    liquidate; `own` those that add up to the other, each with its sign. `is_rated` where positions have a
    maintenance rate of their own, `is_settled` where they have a `settled_ms`.
    """

    held: str
    own: Mapping[str, int]
    is_rated: bool
    is_settled: bool


class Form(Struct, frozen=True, gc=False, kw_only=True):
    """Lines and weight of all positions of one side, rate and settlement, as sums of own and |held|.

    The weight is (own * of_own + |held| * of_held, |held| * weight); the key of a line
    (own * of_own + |held| * of_held + flat) / (|held| * den). A position is due while any of the lines,
    told as (group, flat), says so.
    """

    of_own: int
    of_held: int
    weight: int
    den: int
    lines: tuple[tuple[Any, int], ...]


class Pointing(Protocol):
    """What one market's model says of keys; cumulative funding is the model's own exact number."""

    @property
    def unpaid(self) -> Any:
        """The cumulative funding of a market that had none."""

    def settled_ms(self, position: Any) -> int:
        """Return up to which moment a position's funding was settled."""

    def paid(self, before: Any, note: FundingNote) -> Any:
        """Return the cumulative funding after one more note."""

    def band(self, paid: Any, book: Any, *, part: int) -> tuple[Any, Any]:
        """Return bounds around a cumulative funding that take long to leave; a part of the way to them."""

    def is_past(self, paid: Any, low: Any, high: Any) -> bool:
        """Tell whether a cumulative funding lies outside its bounds."""

    def lines(self, position: Any, span: Span) -> Sequence[Line]:
        """Return the keys of a position; none where no price can make it liquidatable."""

    def unit(self, book: Any, *, now_ms: int) -> tuple[int, int] | None:
        """Return x as (num, den) at a book without an account, settled up to now; num is above zero.

        None where nobody can be due; a den of zero where the model cannot tell: everybody may be.
        """

    def moved(self, unit: tuple[int, int], factor: Ratio) -> tuple[int, int]:
        """Return x once the price has been multiplied by a factor above zero."""

    def slopes(self, groups: Sequence[Any], paid: Any, bounds: tuple[Any, Any] | None = None) -> list[Slope]:
        """Return how each group's threshold follows x at a cumulative funding.

        `bounds` are those of the spans that the keys were made for. A funding beyond them leaves room for
        positions that it has brought into another group: their keys still name whoever is due.
        """

    # Sums over many positions: what a price would do to all of them.

    def weight(self, position: Any, paid: Any) -> Weight:
        """Return what a position that was settled at a cumulative funding adds to sums."""

    def gone(self, side: int, paid: Any) -> Slope:
        """Return how the threshold follows x at which the equity of a side's positions is zero."""

    def worth(self, book: Any) -> Ratio:
        """Return what one unit of weight is worth at a book, in smallest units of the settlement asset.

        Held times x times that is a position's notional; a loan's is its debt.
        """

    # Positions as columns of numbers, and what those numbers come to.

    @property
    def columns(self) -> Columns:
        """The attributes that are written into columns."""

    def rate(self, position: Any) -> Ratio | None:
        """Return a position's own maintenance rate; none where its model has none such."""

    def form(self, side: int, rate: Ratio | None, paid: Any) -> Form:
        """Return what positions of a side and rate, settled at a cumulative funding, have in common."""

    @property
    def is_due_at_key(self) -> bool:
        """Whether a position is due where its threshold equals its key."""
