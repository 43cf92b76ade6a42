"""Rule vectors of the `risk_limit` model, recomputed through its public functions."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from solvent.dialects.parity.comparison import Answer
from solvent.dialects.parity.inputs import CaseFailed, Inputs
from solvent.dialects.payload import Node
from solvent.margin import risk_limit
from solvent.margin.seam import Outcome, Refused
from solvent.money import Asset, Ratio

COIN = Asset("COIN", 10)
NOW_MS = 0
ENDLESS = 10**60
DEFAULT_TICK = Ratio(1, 100)

Answers = dict[str, Answer]


def money(units: int) -> Ratio:
    """Return 1e-10 of the settlement asset in whole units."""
    return Ratio(units, risk_limit.UNIT)


def market_of(inputs: Inputs) -> risk_limit.Market:
    """Build the contract of a case: the whole size is one lot, and one level has the given leverage."""
    size = inputs.node("size").positive()
    inverse = inputs.flag("inverse", default=False)
    ratio = inputs.ratio("profit_ratio", Ratio(1, 2))
    return risk_limit.Market(
        name="CONTRACT",
        base="COIN",
        quote="USD",
        settle=COIN,
        multiplier=Ratio(-size.num if inverse else size.num, size.den),
        tick=DEFAULT_TICK,
        index_tick=inputs.ratio("index_price_tick", DEFAULT_TICK),
        levels=(_only_level(inputs.whole("max_leverage") if "max_leverage" in inputs else 100),),
        taker_fee=inputs.ratio("taker_fee", Ratio(6, 10_000)),
        profit_ratio=ratio,
        profit_ratio_mode=risk_limit.RatioMode(
            inputs.choice("ratio_mode", tuple(risk_limit.RatioMode), risk_limit.RatioMode.PER_REQUEST)
        ),
        entry_rule=risk_limit.EntryRule(
            inputs.choice("entry_rule", tuple(risk_limit.EntryRule), risk_limit.EntryRule.TO_MARK)
        ),
        price_max=inputs.ratio("max_price", Ratio(1_000_000, 1)),
    )


def _only_level(leverage: int) -> risk_limit.Level:
    return risk_limit.Level(
        number=1,
        bound=ENDLESS,
        max_leverage=leverage,
        initial=Ratio(1, leverage),
        maintenance=Ratio(1, 2 * leverage),
    )


def book_of(inputs: Inputs, *, mark: str = "mark", entry: str = "entry") -> risk_limit.Book:
    """Build the position of a case."""
    market = market_of(inputs)
    lots = 1 if inputs.choice("side", ("long", "short")) == "long" else -1
    cost = risk_limit.fill_value(market, lots, inputs.node(entry).positive())
    agg = inputs.given_or_null("agg_rate")
    position = risk_limit.Position(
        lots=lots,
        cost=cost,
        init=inputs.units_or("margin", COIN.decimals, abs(cost), signed=True),
        taken=inputs.units_or("profit_taken", COIN.decimals, 0),
        banked=inputs.units_or("profit_banked", COIN.decimals, 0, signed=True),
        current_cost=cost,
        agg_rate=None if agg.is_null else agg.positive(),
    )
    return risk_limit.Book(
        market=market,
        position=position,
        balance=inputs.units_or("available", COIN.decimals, 0),
        mark=inputs.node(mark).positive(),
        mark_ms=NOW_MS,
        other_orders=int(inputs.flag("open_orders", default=False)),
    )


def refused(result: Refused) -> Answers:
    """Return what a refusal is compared by."""
    return {"accepted": False, "error": result.code}


def decide(book: risk_limit.Book, action: risk_limit.Action) -> Outcome[risk_limit.Book] | Refused:
    """Carry an action out at the moment of the case."""
    return risk_limit.decide(book, action, now_ms=NOW_MS)


def max_withdraw(inputs: Inputs) -> Answers:
    """Answer the largest reducible amount and what binds it."""
    seen = risk_limit.view(book_of(inputs), now_ms=NOW_MS)
    return {
        "unrealised_pnl": seen.unrealised_pnl,
        "mark_value": seen.mark_value,
        "max_withdraw": money(seen.reducible),
        "binding": seen.binding,
        "actual_leverage": seen.leverage,
    }


def withdraw(inputs: Inputs) -> Answers:
    """Answer a withdrawal under an entry rule."""
    result = decide(book_of(inputs), risk_limit.Take(inputs.units("amount", COIN.decimals, signed=True)))
    if isinstance(result, Refused):
        return refused(result)
    after = risk_limit.view(result.book, now_ms=NOW_MS)
    return {
        **_moved(after),
        "unrealised_pnl_after": after.unrealised_pnl,
        "realised": money(result.working.realised),
        "equity_after": after.equity,
        "next_max_withdraw": money(after.reducible),
    }


def _moved(after: risk_limit.View) -> Answers:
    return {
        "accepted": True,
        "entry_after": after.entry,
        "margin_after": money(after.margin),
        "actual_leverage": after.leverage,
        "bankrupt_price": after.bankrupt_price,
        "liquidation_price": after.liquidation_price,
    }


def add_margin(inputs: Inputs) -> Answers:
    """Answer an addition from the available balance."""
    result = decide(book_of(inputs), risk_limit.Add(inputs.units("amount", COIN.decimals, signed=True)))
    if isinstance(result, Refused):
        return refused(result)
    after = risk_limit.view(result.book, now_ms=NOW_MS)
    return {**_moved(after), "available_after": money(after.available)}


def prices(inputs: Inputs) -> Answers:
    """Answer both prices, raw and as REST shows them; no mark is needed."""
    seen = risk_limit.view(book_of(inputs, mark="entry"), now_ms=NOW_MS)
    return {
        "bankrupt_price": seen.bankrupt_price,
        "liquidation_price": seen.liquidation_price,
        "bankrupt_price_shown": seen.bankrupt_price_shown,
        "liquidation_price_shown": seen.liquidation_price_shown,
    }


def margin_rate(inputs: Inputs) -> Answers:
    """Answer how near a position is to liquidation."""
    book = book_of(inputs)
    seen = risk_limit.view(book, now_ms=NOW_MS)
    return {
        "maintenance": seen.maintenance,
        "equity": seen.equity,
        "margin_rate": seen.margin_rate,
        "liquidated": risk_limit.breach(book, now_ms=NOW_MS) is not None,
    }


def order_cost(inputs: Inputs) -> Answers:
    """Answer what an opening order reserves."""
    multiplier = inputs.node("multiplier").positive()
    inverse = inputs.flag("inverse", default=False)
    market = risk_limit.Market(
        name="CONTRACT",
        base="COIN",
        quote="USD",
        settle=COIN,
        multiplier=Ratio(-multiplier.num if inverse else multiplier.num, multiplier.den),
        tick=DEFAULT_TICK,
        index_tick=DEFAULT_TICK,
        levels=(_only_level(100),),
        taker_fee=inputs.ratio("taker_fee", Ratio(6, 10_000)),
    )
    leverage = inputs.whole("leverage")
    if leverage < 1:
        raise inputs.node("leverage").refused("a whole leverage of at least 1")
    cost = risk_limit.order_cost(
        market,
        lots=inputs.whole("lots", signed=True),
        price=inputs.node("price").positive(),
        leverage=leverage,
    )
    return {"order_cost": money(cost)}


def tier(inputs: Inputs) -> Answers:
    """Answer the level of a notional; a table is a list of [upper bound, leverage, maintenance rate]."""
    levels = []
    for number, line in enumerate(inputs.items("table"), start=1):
        cells = list(line.items())
        if len(cells) != 3:
            raise line.refused("[upper bound, maximum leverage, maintenance rate]")
        levels.append(
            risk_limit.Level(
                number=number,
                bound=cells[0].units(COIN.decimals),
                max_leverage=cells[1].whole(),
                initial=Ratio(1, cells[1].whole()),
                maintenance=cells[2].positive(),
            )
        )
    found = risk_limit.level_at(tuple(levels), inputs.units("notional", COIN.decimals))
    if found is None:
        raise CaseFailed("the notional is above every level's bound; give one that a level holds")
    return {
        "level": found.number,
        "max_leverage": found.max_leverage,
        "maintenance_rate": found.maintenance,
    }


def funding(inputs: Inputs) -> Answers:
    """Answer one interval of funding, settled as a touch of the position would."""
    book = book_of(inputs, entry="mark")
    due = risk_limit.FundingInterval(at_ms=NOW_MS + 1, mark=book.mark, rate=inputs.ratio("rate", signed=True))
    after = risk_limit.settle(replace(book, funding=(due,)), now_ms=due.at_ms).position
    return {
        "credit": money(after.margin - book.position.margin),
        "pos_cross_change": money(after.cross - book.position.cross),
        "pos_loss_change": money(after.loss - book.position.loss),
    }


OPS: Mapping[str, Callable[[Inputs], Answers]] = {
    "max_withdraw": max_withdraw,
    "withdraw": withdraw,
    "prices": prices,
    "margin_rate": margin_rate,
    "add_margin": add_margin,
    "order_cost": order_cost,
    "tier": tier,
    "funding": funding,
}

RATIO_FIELDS = frozenset({
    "liquidation_price", "bankrupt_price", "entry_after", "actual_leverage", "mark_value", "unrealised_pnl",
    "unrealised_pnl_after", "equity", "equity_after", "maintenance", "margin_rate",
})  # fmt: skip


def is_ratio(op: str, field: str) -> bool:
    """Tell whether a field is a ratio or price, which is printed with 15 significant digits."""
    assert op in OPS, op
    return field in RATIO_FIELDS


def marks(given: Node) -> bool:
    """Tell whether inputs are of this model where another has an op of the same name."""
    return given.has("side")
