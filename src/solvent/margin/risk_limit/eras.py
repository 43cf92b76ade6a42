"""The position formulas of earlier eras, to recompute published positions to the last printed digit.

Era A lasted to about 2023-11, B from 2024-10 to 2025-05-22, C is since then and is what the model uses.
Source: docs/concepts/risk-limit.md#formulas-of-earlier-eras
"""

from enum import StrEnum

from msgspec import Struct

from solvent.margin.risk_limit.maths import clamped_price
from solvent.margin.risk_limit.values import UNIT
from solvent.money import Ratio, div_half_away, div_half_up

PREDICTED_FUNDING_STEP = 10**6


class Era(StrEnum):
    """Which formulas a published position was made with."""

    A = "A"
    B = "B"
    C = "C"


class Printed(Struct, frozen=True, gc=False, kw_only=True):
    """A published position: what its formulas start from.

    `size` = lots * multiplier (signed as the venue signs it), `mark_value` and the amounts in 1e-10 of the
    settlement asset. `maintenance_rate` is maintMarginReq; `agg_rate` none means that rate plus the taker
    fee. `predicted_funding` is the funding rate that eras A and B put into maintenance, 0 when not known.
    """

    size: Ratio
    is_inverse: bool
    mark_value: int
    cost: int
    init: int
    cross: int
    comm: int
    loss: int
    maintenance_rate: Ratio
    taker_fee: Ratio
    agg_rate: Ratio | None = None
    predicted_funding: Ratio = Ratio(0, 1)

    @property
    def margin(self) -> int:
        """posMargin, posComm included."""
        return self.init + self.cross + self.comm - self.loss

    @property
    def side(self) -> int:
        """1 for a trader's long, -1 for a short."""
        return 1 if (self.size.num > 0) != self.is_inverse else -1


class Figures(Struct, frozen=True, gc=False, kw_only=True):
    """What the venue prints of a position, exact: whole units of the settlement asset, and prices.

    A price is none where no positive one exists; `real_leverage` is none without margin.
    """

    pos_margin: Ratio
    maint_margin: Ratio
    unrealised_pnl: Ratio
    avg_entry_price: Ratio
    real_leverage: Ratio | None
    pos_maint: Ratio
    liquidation_price: Ratio | None
    bankrupt_price: Ratio | None


class ShownPrices(Struct, frozen=True, gc=False, kw_only=True):
    """Prices as the venue prints them: rounded to a tick and clamped."""

    avg_entry_price: Ratio
    liquidation_price: Ratio
    bankrupt_price: Ratio


def pos_comm(cost: int, *, taker_fee: Ratio, leverage: int) -> Ratio:
    """Return the closing fee that eras A and B kept back, in 1e-10: |C| * taker * (1 + 1/leverage)."""
    return Ratio(abs(cost) * taker_fee.num * (leverage + 1), taker_fee.den * leverage)


def split_addition(amount: int, *, taker_fee: Ratio) -> tuple[int, int]:
    """Return how an addition or received funding was split before 2025-05-22: (posCross, posComm).

    Formula: posCross += x * (1 - taker), posComm += x * taker.
    Rounds:  the fee's part half away from zero to 1e-10, the rest to posCross.
    """
    comm = div_half_away(amount * taker_fee.num, taker_fee.den)
    return amount - comm, comm


def era_figures(era: Era | str, given: Printed) -> Figures:
    """Recompute every figure of a published position with the formulas of its era.

    Formula: A: realLeverage |C|/(T - posComm); B: |MV|/(T - posComm); both: posMaint = posComm +
             |C|*(MMR + max(0, d*predicted)), prices from C - (M' - posMaint) and C - (M' - posComm).
             C: |MV|/T, |MV|*agg, prices of the model.
    Units:   M' is posMargin with posComm; d = +1 long, -1 short.
    Rounds:  never; `era_prices_shown` rounds the prices.
    """
    era = Era(era)
    margin, pnl = given.margin, given.mark_value - given.cost
    equity = margin + pnl
    maintenance = _maintenance(era, given)
    over = abs(given.cost) if era is Era.A else abs(given.mark_value)
    base = equity if era is Era.C else equity - given.comm
    if era is Era.C:
        agg = _agg_rate(given)
        sign = 1 if given.size.num > 0 else -1
        owed = Ratio((given.cost - margin) * agg.den, agg.den - sign * agg.num)
        bankrupt = Ratio(given.cost - margin, 1)
    else:
        owed = Ratio((given.cost - margin) * maintenance.den + maintenance.num, maintenance.den)
        bankrupt = Ratio(given.cost - margin + given.comm, 1)
    entry = _price(given, Ratio(given.cost, 1))
    assert entry is not None, given
    return Figures(
        pos_margin=Ratio(margin, UNIT),
        maint_margin=Ratio(equity, UNIT),
        unrealised_pnl=Ratio(pnl, UNIT),
        avg_entry_price=entry,
        real_leverage=Ratio(over, base) if base > 0 else None,
        pos_maint=Ratio(maintenance.num, maintenance.den * UNIT),
        liquidation_price=_price(given, owed),
        bankrupt_price=_price(given, bankrupt),
    )


def _agg_rate(given: Printed) -> Ratio:
    if given.agg_rate is not None:
        return given.agg_rate
    rate, fee = given.maintenance_rate, given.taker_fee
    return Ratio(rate.num * fee.den + fee.num * rate.den, rate.den * fee.den)


def _maintenance(era: Era, given: Printed) -> Ratio:
    """Return posMaint in 1e-10, exactly."""
    if era is Era.C:
        agg = _agg_rate(given)
        return Ratio(abs(given.mark_value) * agg.num, agg.den)
    rate, funding = given.maintenance_rate, given.predicted_funding
    extra = max(0, given.side * funding.num)
    den = rate.den * funding.den
    share = rate.num * funding.den + extra * rate.den
    return Ratio(given.comm * den + abs(given.cost) * share, den)


def _price(given: Printed, cost: Ratio) -> Ratio | None:
    """Return cost/size (linear) or size/cost (inverse) for a cost in 1e-10; none when not positive."""
    size = given.size
    if cost.num == 0 or (cost.num > 0) != (size.num > 0):
        return None
    linear = Ratio.make(cost.num * size.den, cost.den * UNIT * size.num)
    return Ratio(linear.den, linear.num) if given.is_inverse else linear


def fitting_funding(given: Printed, pos_maint: int) -> Ratio:
    """Return the predicted funding, in whole 1e-6 of cost, that fits a printed posMaint of eras A and B.

    The venue does not print it: the nearest multiple is taken; a caller checks that it is in [0, 0.004).
    """
    rate, cost = given.maintenance_rate, abs(given.cost)
    beyond = (pos_maint - given.comm) * rate.den - cost * rate.num
    steps = div_half_up(beyond * PREDICTED_FUNDING_STEP, cost * rate.den)
    return Ratio(given.side * steps, PREDICTED_FUNDING_STEP)


def era_prices_shown(
    era: Era | str,
    given: Printed,
    figures: Figures,
    *,
    tick: Ratio,
    index_tick: Ratio,
    price_max: Ratio,
) -> ShownPrices:
    """Round and clamp a position's prices as the venue printed them in its era.

    Rounds: A to `tick`, liquidation toward the entry, bankruptcy away from it; B and C both toward the
            entry to `index_tick` (their websocket prints prices unrounded). The entry half-up to `tick`.
    """
    side, step = given.side, tick if Era(era) is Era.A else index_tick
    toward, away = side > 0, side < 0

    def shown(price: Ratio | None, *, up: bool) -> Ratio:
        return clamped_price(price, tick=step, up=up, side=side, price_max=price_max)

    entry = figures.avg_entry_price
    ticks = div_half_up(entry.num * tick.den, entry.den * tick.num)
    return ShownPrices(
        avg_entry_price=Ratio(ticks * tick.num, tick.den),
        liquidation_price=shown(figures.liquidation_price, up=toward),
        bankrupt_price=shown(figures.bankrupt_price, up=away if Era(era) is Era.A else toward),
    )


__all__ = [
    "Era",
    "Figures",
    "Printed",
    "ShownPrices",
    "era_figures",
    "era_prices_shown",
    "fitting_funding",
    "pos_comm",
    "split_addition",
]
