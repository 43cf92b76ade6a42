"""KuCoin positions as the venue printed them, with the formulas of their era."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from solvent.dialects import kucoin
from solvent.dialects.kucoin.numbers import PLACES_MAX, REST_LEVERAGE_PLACES, Channel
from solvent.dialects.parity.comparison import EXACT, ONE_TICK, STEPS, Answer, Check, within
from solvent.dialects.parity.inputs import CaseFailed, Inputs
from solvent.dialects.parity.printed import Figures
from solvent.dialects.payload import Json, Node, exact_text
from solvent.margin import risk_limit
from solvent.money import Ratio, Rounding

# The venue cuts a printed mark value to 8 or 10 decimals.
MARK_VALUE_SHARE_MAX = 100_000
PREDICTED_FUNDING_MAX = Ratio(4, 1000)
UNROUNDED = "unrounded"
ONE_TICK_BELOW = "the printed liquidation price is one tick below the rounding rule"
PRICES = ("liquidation_price", "bankrupt_price")


def position(inputs: Inputs, figures: Figures) -> tuple[Check, ...]:
    """Recompute a position: each figure within its tolerance, prices and leverage equal once rounded."""
    era = era_of(figures.case)
    given = printed_of(inputs)
    _refuse_other_mark(inputs, given)
    funding: tuple[Check, ...] = ()
    if era is not risk_limit.Era.C and figures.is_checked("pos_maint"):
        given, funding = _with_predicted_funding(given, figures.printed["pos_maint"])
    ticks = Ticks(inputs)
    seen = risk_limit.era_figures(era, given)
    shown = risk_limit.era_prices_shown(
        era, given, seen, tick=ticks.tick, index_tick=ticks.index_tick, price_max=ticks.price_max
    )
    answers: dict[str, Answer] = {
        "pos_margin": seen.pos_margin,
        "maint_margin": seen.maint_margin,
        "unrealised_pnl": seen.unrealised_pnl,
        "avg_entry_price": seen.avg_entry_price,
        "real_leverage": seen.real_leverage,
        "pos_maint": seen.pos_maint,
        "liquidation_price": ticks.clamped(seen.liquidation_price, shown.liquidation_price),
        "bankrupt_price": ticks.clamped(seen.bankrupt_price, shown.bankrupt_price),
    }
    checks = figures.check_all(answers)
    rounded = (*_rounded_leverage(figures, seen), *_rounded_prices(figures, shown, ticks, era))
    return checks + funding + rounded


class Ticks:
    """The contract's rounding steps and its highest price."""

    def __init__(self, inputs: Inputs) -> None:
        self.tick = inputs.node("tick_size").positive()
        self.index_tick = inputs.node("index_price_tick_size").positive()
        self.price_max = inputs.ratio("max_price", Ratio(1_000_000, 1))

    def clamped(self, price: Ratio | None, shown: Ratio) -> Ratio:
        """Return an unrounded price, or what the venue shows where there is none or it is too high."""
        return shown if price is None or price > self.price_max else price


def era_of(case: Node) -> risk_limit.Era:
    """Read the era of a case; where it names none, era C."""
    era = case.maybe("era")
    if era.is_null:
        return risk_limit.Era.C
    if era.value not in tuple(risk_limit.Era):
        raise era.refused(" or ".join(risk_limit.Era))
    return risk_limit.Era(era.text())


def printed_of(inputs: Inputs) -> risk_limit.Printed:
    """Read what the formulas start from."""
    multiplier = inputs.node("multiplier").number()
    lots = inputs.whole("current_qty", signed=True)
    inverse = inputs.flag("inverse", default=False)
    if (multiplier.num < 0) != inverse or multiplier.num == 0:
        raise inputs.node("multiplier").refused(
            "a number below zero for an inverse contract, above for a linear one"
        )
    if lots == 0:
        raise inputs.node("current_qty").refused("lots other than zero")
    agg = inputs.given_or_null("agg_rate")
    cost = inputs.units("pos_cost", PLACES_MAX, signed=True)
    if cost == 0 or (cost > 0) != (lots * multiplier.num > 0):
        raise inputs.node("pos_cost").refused("a cost with the sign of current_qty * multiplier")
    return risk_limit.Printed(
        size=Ratio(lots * multiplier.num, multiplier.den),
        is_inverse=inverse,
        mark_value=inputs.units("mark_value", PLACES_MAX, signed=True),
        cost=cost,
        init=inputs.units("pos_init", PLACES_MAX, signed=True),
        cross=inputs.units("pos_cross", PLACES_MAX, signed=True),
        comm=inputs.units("pos_comm", PLACES_MAX, signed=True),
        loss=inputs.units("pos_loss", PLACES_MAX, signed=True),
        maintenance_rate=inputs.node("maint_margin_req").positive(),
        taker_fee=inputs.ratio("taker_fee_rate"),
        agg_rate=None if agg.is_null else agg.positive(),
    )


def _refuse_other_mark(inputs: Inputs, given: risk_limit.Printed) -> None:
    """Refuse a mark value that is not size * mark (size / mark for an inverse contract)."""
    mark, size = inputs.node("mark_price").positive().fraction, given.size.fraction
    due = size / mark if given.is_inverse else size * mark
    told = Ratio(given.mark_value, risk_limit.UNIT).fraction
    if abs(told - due) * MARK_VALUE_SHARE_MAX > abs(due):
        value, worth = Ratio(told.numerator, told.denominator), Ratio(due.numerator, due.denominator)
        raise CaseFailed(
            f"mark_value is {exact_text(value)} and size at the mark is worth {exact_text(worth)}; "
            "the two were not printed together"
        )


def _with_predicted_funding(
    given: risk_limit.Printed, pos_maint: Node
) -> tuple[risk_limit.Printed, tuple[Check, ...]]:
    """Return the position with the predicted funding that fits posMaint, and whether it is a likely one."""
    rate = risk_limit.fitting_funding(given, pos_maint.units(PLACES_MAX))
    share = Ratio(given.side * rate.num, rate.den)
    check = Check(
        field="funding in pos_maint",
        expected="at least 0 and under 0.004",
        ours=exact_text(share),
        ok=Ratio(0, 1) <= share < PREDICTED_FUNDING_MAX,
        allowance=STEPS,
    )
    return replace(given, predicted_funding=rate), (check,)


def _rounded_leverage(figures: Figures, seen: risk_limit.Figures) -> tuple[Check, ...]:
    """Compare the leverage once rounded half-up: 2 places on REST, 10 on the websocket."""
    if not figures.is_checked("real_leverage") or seen.real_leverage is None:
        return ()
    printed = figures.printed["real_leverage"]
    decimals = len(str(printed.value).partition(".")[2])
    is_fine = _channel(figures.case) is Channel.WEBSOCKET and decimals > REST_LEVERAGE_PLACES
    places = PLACES_MAX if is_fine else REST_LEVERAGE_PLACES
    ours = Ratio(seen.real_leverage.units(places, Rounding.HALF_UP), 10**places)
    return (within("real_leverage (shown)", printed.number(), ours, Ratio(0, 1), allowance=EXACT),)


def _channel(case: Node) -> Channel:
    channel = case.maybe("channel")
    if channel.is_null:
        return Channel.REST
    if channel.value not in tuple(Channel):
        raise channel.refused(" or ".join(Channel))
    return Channel(channel.text())


def _rounded_prices(
    figures: Figures, shown: risk_limit.ShownPrices, ticks: Ticks, era: risk_limit.Era
) -> tuple[Check, ...]:
    """Compare prices once rounded as the era did; the websocket of eras B and C prints them unrounded."""
    rounding = figures.case.maybe("rounding")
    if rounding.value == UNROUNDED:
        return ()
    if rounding.is_null and era is not risk_limit.Era.A and _channel(figures.case) is Channel.WEBSOCKET:
        return ()
    note = figures.case.maybe("note").value
    checks = []
    for field in PRICES:
        if not figures.is_checked(field):
            continue
        off = field == "liquidation_price" and note == ONE_TICK_BELOW
        step = ticks.tick if era is risk_limit.Era.A else ticks.index_tick
        checks.append(
            within(
                f"{field} (shown)",
                figures.printed[field].number(),
                shown.liquidation_price if field == "liquidation_price" else shown.bankrupt_price,
                step if off else Ratio(0, 1),
                allowance=ONE_TICK if off else EXACT,
            )
        )
    return tuple(checks)


KINDS: Mapping[str, Callable[[Inputs, Figures], tuple[Check, ...]]] = {"position": position}

# The names of a live object's figures, and what each allows: sums of amounts that are printed with 8 to
# 10 places, a price to its tick (rounded, it must be equal), a leverage to half its second place.
LIVE_FIGURES: Mapping[str, tuple[str, str | None]] = {
    "pos_margin": ("posMargin", "0.0000001"),
    "maint_margin": ("maintMargin", "0.000000011"),
    "unrealised_pnl": ("unrealisedPnl", "0.000000011"),
    "avg_entry_price": ("avgEntryPrice", "entry"),
    "real_leverage": ("realLeverage", "leverage"),
    "pos_maint": ("posMaint", "0.00000003"),
    "liquidation_price": ("liquidationPrice", "tick"),
    "bankrupt_price": ("bankruptPrice", "tick"),
}


def case_of(pasted: kucoin.Pasted) -> dict[str, Json]:
    """Write a live position as a case of published positions."""
    source, market = pasted.source, pasted.book.market
    step = market.tick if pasted.era is risk_limit.Era.A else market.index_tick
    is_websocket = "aggRate" in source or "changeReason" in source  # codespell:ignore aggrate
    allowed: dict[str, str] = {
        "entry": exact_text(market.tick),
        "leverage": "0.0000000001" if is_websocket else "0.005",
        "tick": exact_text(step),
    }
    tolerance: dict[str, Json] = {
        field: allowed.get(rule or "", rule) for field, (_, rule) in LIVE_FIGURES.items()
    }
    return {
        "name": pasted.symbol,
        "kind": "position",
        "era": pasted.era.value,
        "channel": (Channel.WEBSOCKET if is_websocket else Channel.REST).value,
        "given": _given_of(pasted),
        "printed": {field: source.get(name) for field, (name, _) in LIVE_FIGURES.items()},
        "tolerance": tolerance,
    }


def _given_of(pasted: kucoin.Pasted) -> dict[str, Json]:
    source, market = pasted.source, pasted.book.market
    agg = risk_limit.agg_rate_of(market, pasted.book.position)
    fee = market.taker_fee if market.liquidation_fee is None else market.liquidation_fee
    rate = agg.fraction - fee.fraction
    return {
        "inverse": market.is_inverse,
        "current_qty": source["currentQty"],
        "multiplier": exact_text(market.multiplier),
        "tick_size": exact_text(market.tick),
        "index_price_tick_size": exact_text(market.index_tick),
        "taker_fee_rate": exact_text(fee),
        "mark_price": source["markPrice"],
        "mark_value": source["markValue"],
        "pos_cost": source["posCost"],
        "pos_init": source["posInit"],
        "pos_cross": source.get("posCross", 0),
        "pos_comm": source.get("posComm", 0),
        "pos_loss": source.get("posLoss", 0),
        "maint_margin_req": source.get("maintMarginReq", exact_text(Ratio(rate.numerator, rate.denominator))),
        "agg_rate": source.get("aggRate"),  # codespell:ignore aggrate
        "max_price": exact_text(market.price_max),
    }
