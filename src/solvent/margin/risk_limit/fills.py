"""What a fill does to a position: open, increase, reduce, close, flip."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.risk_limit.maths import fill_value, value_of
from solvent.margin.risk_limit.values import Market, Position
from solvent.margin.seam import Account, Posting
from solvent.money import Ratio, div_ceil, div_floor, div_trunc


class Filled(Struct, frozen=True, gc=False, kw_only=True):
    """The working of one fill, in 1e-10 of the settlement asset; lots signed, the price exact.

    `value` is what C and the house's money changed by, `margin_taken` left the balance for the position,
    `released` came back to it, `shortfall` is what insurance paid in, `closed_pnl` what the reducing part
    realised. After a close `realised_pnl` and `withdraw_pnl` are the closed position's totals.
    """

    position: Position
    lots: int
    price: Ratio
    value: int
    fee: int
    margin_taken: int = 0
    released: int = 0
    shortfall: int = 0
    closed_pnl: int = 0
    realised_pnl: int = 0
    withdraw_pnl: int = 0

    @property
    def balance_change(self) -> int:
        """What the account's balance gains."""
        return self.released - self.margin_taken - self.fee


class Deal(Struct, frozen=True, gc=False, kw_only=True):
    """The terms of a fill: signed lots, price, order leverage, fee rate, and what can pay a fee."""

    lots: int
    price: Ratio
    leverage: int
    fee_rate: Ratio
    available: int


def fee_of(market: Market, *, lots: int, price: Ratio, rate: Ratio) -> int:
    """Return |value| * rate, rounded up to 1e-10."""
    num, den = value_of(market, lots, price)
    return div_ceil(abs(num) * rate.num, den * rate.den)


def fill(market: Market, position: Position, deal: Deal) -> Filled:
    """Apply a fill: an opening part takes |value|/leverage from the balance, fees come from the balance.

    Source: docs/concepts/risk-limit.md#fills
    """
    held, lots = position.lots, deal.lots
    if held == 0 or (held > 0) == (lots > 0):
        return _increase(market, position, deal)
    if abs(lots) < abs(held):
        return _reduce(market, position, deal)
    closed = _close(market, position, deal)
    if abs(lots) == abs(held):
        return closed
    opened = _increase(market, closed.position, replace(deal, lots=lots + held))
    return replace(
        opened,
        lots=lots,
        value=closed.value + opened.value,
        fee=closed.fee + opened.fee,
        released=closed.released,
        shortfall=closed.shortfall,
        closed_pnl=closed.closed_pnl,
        realised_pnl=closed.realised_pnl,
        withdraw_pnl=closed.withdraw_pnl,
    )


def _increase(market: Market, position: Position, deal: Deal) -> Filled:
    """Open or enlarge; an opened position keeps the level that its table has now.

    Rounds: margin and fee up.
    """
    value = fill_value(market, deal.lots, deal.price)
    margin = div_ceil(abs(value), deal.leverage)
    fee = fee_of(market, lots=deal.lots, price=deal.price, rate=deal.fee_rate)
    after = replace(
        position,
        lots=position.lots + deal.lots,
        cost=position.cost + value,
        init=position.init + margin,
        current_cost=position.current_cost + value,
        trade_fees=position.trade_fees + fee,
        held=position.held or market.levels[position.level - 1],
    )
    return Filled(position=after, lots=deal.lots, price=deal.price, value=value, fee=fee, margin_taken=margin)


def _reduce(market: Market, position: Position, deal: Deal) -> Filled:
    """Close a part f: every part of the position scales by 1 - f, the released ones rounded down.

    A part that loses more than its margin releases nothing and draws on the margin that stays.
    """
    part, whole = abs(deal.lots), abs(position.lots)
    value = fill_value(market, deal.lots, deal.price)
    init, cross = div_floor(position.init * part, whole), div_floor(position.cross * part, whole)
    loss, cost = div_floor(position.loss * part, whole), div_trunc(position.cost * part, whole)
    pnl = -value - cost
    freed = init + cross - loss + pnl
    released = max(0, freed)
    due = fee_of(market, lots=deal.lots, price=deal.price, rate=deal.fee_rate)
    fee = min(due, deal.available + released)
    after = replace(
        position,
        lots=position.lots + deal.lots,
        cost=position.cost - cost,
        init=position.init - init + min(0, freed),
        cross=position.cross - cross,
        loss=position.loss - loss,
        taken=position.taken - div_floor(position.taken * part, whole),
        banked=position.banked - div_floor(position.banked * part, whole),
        current_cost=position.current_cost + value,
        trade_fees=position.trade_fees + fee,
    )
    return Filled(
        position=after,
        lots=deal.lots,
        price=deal.price,
        value=value,
        fee=fee,
        released=released,
        closed_pnl=pnl,
    )


def _close(market: Market, position: Position, deal: Deal) -> Filled:
    """Close everything; what the margin lacks is paid by insurance, never by the holder's balance."""
    value = fill_value(market, -position.lots, deal.price)
    pnl = -value - position.cost
    freed = position.margin + pnl
    released = max(0, freed)
    due = fee_of(market, lots=position.lots, price=deal.price, rate=deal.fee_rate)
    fee = min(due, deal.available + released)
    return Filled(
        position=flat(position),
        lots=-position.lots,
        price=deal.price,
        value=value,
        fee=fee,
        released=released,
        shortfall=max(0, -freed),
        closed_pnl=pnl,
        realised_pnl=position.realised_pnl + pnl - fee,
        withdraw_pnl=position.withdraw_pnl,
    )


def flat(position: Position) -> Position:
    """Return what is left of a closed position: the selected level."""
    return Position(level=position.level, settled_ms=position.settled_ms)


def postings_of(market: Market, before: Position, filled: Filled) -> tuple[Posting, ...]:
    """Return the balanced movements of a fill: contracts and value against the house, fee, margin.

    Entries of zero are left out.
    """
    money, after = market.settle.symbol, filled.position
    moves = (
        Posting(Account.POSITION, market.name, filled.lots),
        Posting(Account.HOUSE, market.name, -filled.lots),
        Posting(Account.POSITION, money, after.margin - after.cost - before.margin + before.cost),
        Posting(Account.HOUSE, money, filled.value),
        Posting(Account.FEES, money, filled.fee),
        Posting(Account.WALLET, money, filled.balance_change),
        Posting(Account.INSURANCE, money, -filled.shortfall),
    )
    return tuple(move for move in moves if move.units)
