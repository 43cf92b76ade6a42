"""Exact values as they are sent: amounts and ratios as decimal strings, times as whole milliseconds.

The service answers with these shapes and the command line prints them, so that both say the same.
"""

from typing import Any

from msgspec import Struct

from solvent.margin import (
    Guards,
    Headline,
    Limits,
    LiquidationPrice,
    Maximum,
    OpensAt,
    Posting,
    Preview,
    Refused,
    Row,
    Solved,
    Term,
    Unreachable,
)
from solvent.margin.wording import shown
from solvent.money import Amount, Ratio, Rounding

DIGITS = 15
PLACES_MAX = 40

Scalar = str | int | bool | None


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every request's body: a field that is not known is refused."""


class AsOf(Struct, frozen=True, kw_only=True):
    """What an answer was computed from: the venue's events up to `seq`, at the venue's moment."""

    seq: int
    at_ms: int


class AmountShape(Struct, frozen=True):
    """An amount of an asset in whole units, as a decimal string."""

    amount: str
    asset: str


class RowShape(Struct, frozen=True, kw_only=True):
    """One line of a full view: the exact `value` for machines, `text` as people read it."""

    name: str
    label: str
    value: AmountShape | Scalar
    text: str
    unit: str


class OpensAtShape(Struct, frozen=True, kw_only=True):
    """Where a zero maximum opens up: on this side of a feed's price."""

    feed: str
    side: str
    price: str
    text: str


class MaximumShape(Struct, frozen=True, kw_only=True):
    """The exact maximum of one verb, what binds it, and every limit with its own amount."""

    amount: str
    asset: str
    binding: str
    limits: dict[str, str]
    opens_at: OpensAtShape | None
    remedies: dict[str, AmountShape | Scalar]
    note: str


class LiquidationShape(Struct, frozen=True, kw_only=True):
    """A price beyond which liquidation begins; none where no price of this feed does it."""

    feed: str
    unit: str
    price: str | None
    liquidates: str
    text: str


class HeadlineShape(Struct, frozen=True, kw_only=True):
    """What lists and portfolios need of any position, whatever its model."""

    takeable: AmountShape
    bound_by: str
    equity: AmountShape
    leverage: str | None
    liquidation_prices: list[LiquidationShape]


class GuardsShape(Struct, frozen=True, kw_only=True):
    """The bounds under which a previewed action still stands; none: no bound on that side."""

    feed: str
    unit: str
    valid_until: str | None
    price_min: str | None
    price_max: str | None
    liquidation_price_min: str | None
    liquidation_price_max: str | None
    leverage_max: str | None
    amount_min: AmountShape | None


class PostingShape(Struct, frozen=True, kw_only=True):
    """One side of a balanced movement, in smallest units of its asset."""

    account: str
    asset: str
    units: str


class CautionShape(Struct, frozen=True, kw_only=True):
    """A remark in words."""

    code: str
    message: str


class RefusedShape(Struct, frozen=True, kw_only=True):
    """What was refused, its numbers, and what would pass instead."""

    accepted: bool
    code: str
    message: str
    terms: dict[str, AmountShape | Scalar]
    would_be_accepted: AmountShape | None


class PriceShape(Struct, frozen=True, kw_only=True):
    """A price and what it is: recorded, interpolated, held, simulated, scripted, or not told.

    `valid`: it is young and tight enough to open and take on.
    """

    price: str
    text: str
    unit: str
    at_ms: int
    age_ms: int
    confidence: str | None
    kind: str | None
    valid: bool


class BalanceShape(Struct, frozen=True, kw_only=True):
    """What a wallet holds of one asset, to `decimals` places; `free` is what orders have not reserved."""

    asset: str
    decimals: int
    free: str
    reserved: str
    total: str


class WalletShape(Struct, frozen=True, kw_only=True):
    """What a wallet holds of every asset of the venue."""

    balances: list[BalanceShape]
    as_of: AsOf


class OrderShape(Struct, frozen=True, kw_only=True):
    """A resting order, as its model shows it."""

    market: str
    order_id: str
    rows: list[RowShape]


class PositionShape(Struct, frozen=True, kw_only=True):
    """A position: headline, its model's full view, every maximum, and the tier that it is in breach of."""

    market: str
    model: str
    has_position: bool
    headline: HeadlineShape
    rows: list[RowShape]
    limits: dict[str, MaximumShape]
    breach: str | None
    orders: list[OrderShape]
    prices: dict[str, PriceShape]
    as_of: AsOf


class SolvedShape(Struct, frozen=True, kw_only=True):
    """The largest amount that meets a target."""

    reachable: bool
    amount: AmountShape
    bound_by: str
    target_binds: bool
    note: str
    after: HeadlineShape


class UnreachableShape(Struct, frozen=True, kw_only=True):
    """Why no amount meets a target, and what to bring instead."""

    reachable: bool
    reason: str
    nearest: AmountShape
    add: AmountShape | None
    repay: AmountShape | None
    add_lacking: AmountShape | None
    repay_lacking: AmountShape | None
    now: HeadlineShape


def number(value: Ratio) -> str:
    """Write a ratio with all its decimals where they end within 40, else with 15 significant digits."""
    if 10**PLACES_MAX * value.num % value.den == 0:
        return value.text(PLACES_MAX, Rounding.FLOOR)
    return value.significant(DIGITS, Rounding.HALF_EVEN)


def amount(value: Amount) -> AmountShape:
    """Return an amount."""
    return AmountShape(value.plain, value.asset.symbol)


def maybe_amount(value: Amount | None) -> AmountShape | None:
    """Return an amount, or none."""
    return None if value is None else amount(value)


def maybe_number(value: Ratio | None) -> str | None:
    """Return a ratio as a decimal string, or none."""
    return None if value is None else number(value)


def plain(value: Amount | Ratio | Scalar) -> AmountShape | Scalar:
    """Return one value: decimal strings; whole counts stay integers."""
    if isinstance(value, Amount):
        return amount(value)
    if isinstance(value, Ratio):
        return number(value)
    return value


def terms(values: tuple[Term, ...]) -> dict[str, AmountShape | Scalar]:
    """Return named terms as an object."""
    return {term.name: plain(term.value) for term in values}


def row(value: Row) -> RowShape:
    """Return one line of a full view."""
    return RowShape(
        name=value.name, label=value.label, value=plain(value.value), text=value.text, unit=value.unit
    )


def rows(values: tuple[Row, ...]) -> list[RowShape]:
    """Return a full view, line by line."""
    return [row(value) for value in values]


def opens_at(value: OpensAt | None) -> OpensAtShape | None:
    """Return where a zero opens up."""
    if value is None:
        return None
    side = "above" if value.above else "below"
    return OpensAtShape(
        feed=value.feed, side=side, price=number(value.price), text=shown(value.price, "", value.shown)
    )


def maximum(value: Maximum) -> MaximumShape:
    """Return one maximum with what binds it and every limit."""
    return MaximumShape(
        amount=value.amount.plain,
        asset=value.amount.asset.symbol,
        binding=value.binding,
        limits={limit.name: limit.amount.plain for limit in value.limits},
        opens_at=opens_at(value.opens_at),
        remedies=terms(value.remedies),
        note=value.note,
    )


def limits(value: Limits) -> dict[str, MaximumShape]:
    """Return every maximum by its verb."""
    return {found.verb.value: maximum(found) for found in value.maxima}


def headline(value: Headline) -> HeadlineShape:
    """Return the small common view."""
    return HeadlineShape(
        takeable=amount(value.takeable),
        bound_by=value.bound_by,
        equity=AmountShape(number(value.equity), value.equity_asset.symbol),
        leverage=maybe_number(value.leverage),
        liquidation_prices=[liquidation(price) for price in value.liquidation_prices],
    )


def liquidation(value: LiquidationPrice) -> LiquidationShape:
    """Return a liquidation price; as text it is rounded toward the present price."""
    return LiquidationShape(
        feed=value.feed,
        unit=value.unit,
        price=maybe_number(value.price),
        liquidates="above" if value.above else "below",
        text=shown(value.price, value.unit, Rounding.FLOOR if value.above else Rounding.CEIL),
    )


def guards(value: Guards) -> GuardsShape:
    """Return the bounds of a preview."""
    return GuardsShape(
        feed=value.feed,
        unit=value.unit,
        valid_until=maybe_number(value.valid_until),
        price_min=maybe_number(value.price_min),
        price_max=maybe_number(value.price_max),
        liquidation_price_min=maybe_number(value.liquidation_price_min),
        liquidation_price_max=maybe_number(value.liquidation_price_max),
        leverage_max=maybe_number(value.leverage_max),
        amount_min=maybe_amount(value.amount_min),
    )


def refused(value: Refused) -> RefusedShape:
    """Return a refusal with its numbers and what would be accepted."""
    return RefusedShape(
        accepted=False,
        code=value.code,
        message=value.message,
        terms=terms(value.terms),
        would_be_accepted=maybe_amount(value.accepted),
    )


def posting(value: Posting) -> PostingShape:
    """Return one side of a movement."""
    return PostingShape(account=value.account.value, asset=value.asset, units=str(value.units))


def postings(value: Preview[Any]) -> list[PostingShape]:
    """Return what a previewed action moves."""
    return [posting(entry) for entry in value.outcome.postings]


def warnings(value: Preview[Any]) -> list[CautionShape]:
    """Return a preview's remarks."""
    return [CautionShape(code=caution.code, message=caution.message) for caution in value.warnings]


def solution(value: Solved | Unreachable) -> SolvedShape | UnreachableShape:
    """Return the answer to a target."""
    if isinstance(value, Solved):
        return SolvedShape(
            reachable=True,
            amount=amount(value.amount),
            bound_by=value.bound_by,
            target_binds=value.is_target_binding,
            note=value.note,
            after=headline(value.reached),
        )
    return UnreachableShape(
        reachable=False,
        reason=value.reason,
        nearest=amount(value.nearest),
        add=maybe_amount(value.add),
        repay=maybe_amount(value.repay),
        add_lacking=maybe_amount(value.add_lacking),
        repay_lacking=maybe_amount(value.repay_lacking),
        now=headline(value.reached),
    )
