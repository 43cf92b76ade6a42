"""A book taken apart: what an engine keeps of one account in one market, whatever the model."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Protocol

from msgspec import Struct

from solvent.margin.seam import Account, InputRefused, Model, Row, Stake
from solvent.money import Asset, Ratio

NOTHING = Ratio(0, 1)
_moment = attrgetter("at_ms")


class FeedReading(Struct, frozen=True, gc=False, kw_only=True):
    """One feed's price in its own unit per whole unit, its confidence in the same, and its moment."""

    feed: str
    price: Ratio
    confidence: Ratio = NOTHING
    at_ms: int = 0


class FundingNote(Struct, frozen=True, gc=False, kw_only=True):
    """One funding of a market: its moment, the price that it is charged on, the rate as a fraction."""

    at_ms: int
    price: Ratio
    rate: Ratio


class Parts(Struct, frozen=True, gc=False, kw_only=True):
    """What a book is put together from.

    `free` are the wallet's balances by asset symbol and `reserved` what resting orders of every market
    hold of them, `orders` the account's own in this market. `valid_readings` are the last ones that were
    valid together, `funding` every note of the market, oldest first. `quoted` is what the model's own
    `quoted` made of these very readings, where somebody keeps that; else it is made again.
    """

    market: Any
    position: Any | None
    pool: Any | None = None
    free: Mapping[str, int] = {}
    reserved: Mapping[str, int] = {}
    orders: tuple[Any, ...] = ()
    supply_shares: int = 0
    readings: tuple[FeedReading, ...] = ()
    valid_readings: tuple[FeedReading, ...] = ()
    funding: tuple[FundingNote, ...] = ()
    quoted: Any | None = None

    def reading(self, feed: str) -> FeedReading | None:
        """Return the present reading of one feed, or none."""
        return find_reading(self.readings, feed)

    def spare(self, symbol: str) -> int:
        """Return what the wallet holds of an asset beyond what resting orders reserve."""
        return max(0, self.free.get(symbol, 0) - self.reserved.get(symbol, 0))

    def owed_funding(self, settled_ms: int) -> tuple[FundingNote, ...]:
        """Return the notes after `settled_ms`, oldest first, without looking at older ones."""
        if not self.funding or self.funding[-1].at_ms <= settled_ms:
            return ()
        return self.funding[bisect_right(self.funding, settled_ms, key=_moment) :]


class Kept(Struct, frozen=True, gc=False, kw_only=True):
    """What is kept of a book after an action; balances follow from the postings alone.

    `reserved` is what resting orders hold of the settlement asset in every market, none in a model that
    has no resting orders and so leaves the reservations of others alone.
    """

    position: Any | None
    pool: Any | None = None
    reserved: int | None = None
    orders: tuple[Any, ...] = ()
    supply_shares: int = 0


class PlainMove(Struct, frozen=True, gc=False, kw_only=True):
    """A move of margin that changes nothing but cash: `units` enter the position's bucket from the wallet.

    They count the settlement asset and are negative where they leave. `working` is the outcome's.
    """

    position: Any
    units: int
    working: Any


class Shortage(Struct, frozen=True, gc=False, kw_only=True):
    """A failed position that others must be reduced for: contracts (unsigned) at a price, against a side."""

    size: int
    price: Any
    failed_side: int


class Standing(Struct, frozen=True, gc=False, kw_only=True):
    """Where a position stands among those that others' failures may reduce: its side, then its score.

    `side` is 1 for a long and -1 for a short. Of one side a higher score is reduced first; ties go by account
    id in byte order.
    """

    side: int
    score: Ratio


class Housed(Model, Protocol):
    """A model that an engine can keep books of, beside what every model offers.

    A model without a pool, resting orders or deleveraging names `nothing` and `none_of_them` in their
    places. Books that are liquidated, ranked or deleveraged are settled up to the present.
    """

    @property
    def STORED(self) -> Mapping[str, Any]:  # noqa: N802 - a module's constant
        """The types of what is kept: market, position, pool, order, action."""

    def wallet_assets(self, market: Any) -> tuple[Asset, ...]:
        """Return the assets that a wallet needs in this market, the settlement asset first."""

    def empty_pool(self, market: Any, *, now_ms: int) -> Any | None:
        """Return the pool that a new market begins with, or none."""

    def feeds(self, market: Any) -> tuple[str, ...]:
        """Return the feeds that a price tick of this market must bring."""

    def quoted(
        self, market: Any, readings: tuple[FeedReading, ...], valid_readings: tuple[FeedReading, ...]
    ) -> Any:
        """Return what a book takes from the readings, the same for every account until the next ones."""

    def assemble(self, parts: Parts) -> Any:
        """Put a book together; every feed must have a reading."""

    @property
    def PLAIN_MOVES(self) -> frozenset[type[Any]]:  # noqa: N802 - a module's constant
        """The classes of the actions that `plain_move` may answer."""

    def plain_move(
        self,
        action: Any,
        position: Any | None,
        *,
        market: Any,
        quoted: Any,
        funding: tuple[FundingNote, ...],
        spare: int,
        now_ms: int,
    ) -> PlainMove | None:
        """Return what an action comes to that moves margin and nothing else, without a book.

        By the same checks as `decide`, and with the same numbers; none where it is refused, or where more
        than margin moves: then `decide` is asked. `spare` is what the wallet holds beyond reservations.
        """

    def dismantle(self, book: Any) -> Kept:
        """Take a book apart again."""

    def are_valid(self, book: Any, *, now_ms: int) -> bool:
        """Tell whether the book's prices may be used for opening and taking."""

    def reached(self, book: Any) -> tuple[Any, ...]:
        """Return the fills of resting orders that the quote has reached, in order of their ids."""

    def liquidation(self, book: Any, funds: Mapping[Account, int], *, now_ms: int) -> Any | None:
        """Return what liquidates a book in breach with what keeper and insurance hold, or none."""

    def own_fields(self, action: Any) -> tuple[str, ...]:
        """Return the fields given in an action that are the venue's to give, such as what a swap delivers."""

    def cancel_of(self, order_id: str) -> Any:
        """Return the action that takes a resting order back."""

    def shortage(self, book: Any, action: Any, *, now_ms: int) -> Shortage | None:
        """Return what others must be deleveraged for when this position is handed to the house."""

    def standing(self, book: Any) -> Standing | None:
        """Return where a book stands when others fail; none where it is reduced for nobody.

        It hangs on the position, the market and its prices alone: not on who failed, nor on other accounts.
        """

    def deleverage(self, book: Any, short: Shortage, *, left: int) -> Any:
        """Return the action that reduces a counterpart by at most `left`."""

    def deleveraged(self, action: Any) -> int:
        """Return how much of a shortage such an action covers."""

    def accrued(self, market: Any, pool: Any, *, now_ms: int) -> Any:
        """Return the pool with interest up to now."""

    def inherited(self, parts: Parts, held: Callable[[str], int], *, now_ms: int) -> Any | None:
        """Return the book of what the backstop holds by asset in a market, flat where that is nothing."""

    def unwinding(self, size: int | None) -> Any | None:
        """Return the action that closes a size of what the backstop holds, or all of it; or none."""

    def collect(self, parts: Parts, amount: int | None, *, now_ms: int) -> tuple[Any, Any] | None:
        """Redeem the protocol's own supply: the action with its outcome or refusal; none without a pool."""

    def market_rows(self, parts: Parts, positions: Iterable[Any], *, now_ms: int) -> tuple[Row, ...]:
        """Return what a list of markets shows of one, from its parts without an account's own.

        `positions` are all of the market.
        """

    def stake(self, book: Any) -> Stake | None:
        """Return what a liquidation of a settled book's position may take; none where there is nothing."""

    def stake_rows(self, book: Any, units: int) -> tuple[Row, Row]:
        """Return so many units of size, of any positions of a market, and their value at its prices."""

    def step_rows(self, market: Any) -> tuple[Row, ...]:
        """Return what a form needs of a market: least steps and largest choices."""

    def pool_rows(self, market: Any, pool: Any, *, now_ms: int) -> tuple[Row, ...] | None:
        """Return the pool up to now as labelled lines, or none without a pool."""

    def order_rows(self, market: Any, order: Any) -> tuple[Row, ...]:
        """Return a resting order as labelled lines, its id first."""

    def holdings(self, market: Any, position: Any) -> Mapping[str, int]:
        """Return what a position's own account must hold, in smallest units by asset symbol."""

    def pool_faults(
        self, pool: Any, *, positions: Iterable[Any], supply_shares: int, vault: int
    ) -> tuple[str, ...]:
        """Say in sentences which invariants a pool breaks; none where it has none to break.

        `positions` are all of its market, `supply_shares` the sum of the accounts' claims on it, `vault`
        what its own account holds of the settlement asset.
        """


def nothing(*_: Any, **__: Any) -> None:
    """Answer for what a model does not have: no pool, no order to cancel, no shortage, no standing."""


def none_of_them(*_: Any, **__: Any) -> tuple[Any, ...]:
    """Answer for what a model has none of: orders that were reached, faults of a pool."""
    return ()


def find_reading(readings: Iterable[FeedReading], feed: str) -> FeedReading | None:
    """Return the reading of one feed, or none."""
    for reading in readings:
        if reading.feed == feed:
            return reading
    return None


def housed(model: Model) -> Housed:
    """Return the model as one that an engine can keep books of.

    Errors: `InputRefused` when it offers no way to take its books apart.
    """
    if not hasattr(model, "assemble"):
        raise InputRefused(name="model", found=model.NAME, accepted="a model with assemble and dismantle")
    return model  # type: ignore[return-value]
