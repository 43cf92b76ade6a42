"""Rule vectors of the `tiered` model, recomputed through its public functions."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from solvent.dialects.parity.comparison import Answer
from solvent.dialects.parity.inputs import CaseFailed, Inputs
from solvent.dialects.payload import Node
from solvent.margin import tiered
from solvent.margin.seam import InputRefused, Outcome, Refused, Verb
from solvent.money import Ratio, div_ceil

USD_DECIMALS = tiered.USD.decimals
NOW_MS = 0
ENDLESS_CASH = 10**60

Answers = dict[str, Answer]


def table_of(inputs: Inputs) -> tiered.TierTable:
    """Read `tiers`, a list of [lowerBound, maxLeverage]; where absent a flat table at `max_leverage`."""
    if "tiers" not in inputs:
        leverage = inputs.whole("max_leverage") if "max_leverage" in inputs else 50
        return tiered.tier_table(((0, leverage),))
    pairs = []
    for tier in inputs.items("tiers"):
        pair = list(tier.items())
        if len(pair) != 2:
            raise tier.refused("a pair [lowerBound, maxLeverage]")
        pairs.append((pair[0].units(USD_DECIMALS), pair[1].whole()))
    try:
        return tiered.tier_table(tuple(pairs))
    except InputRefused as error:
        raise CaseFailed(str(error)) from error


def market_of(inputs: Inputs, *, sizes: tuple[str, ...] = ("szi",), fee: bool = False) -> tiered.Market:
    """Build the market of a case; the size decimals are as many as its sizes need."""
    declared = inputs.given_or_null("sz_decimals")
    decimals = inputs.decimals(*sizes) if declared.is_null else declared.whole()
    mode = inputs.choice("margin_mode", tuple(tiered.Mode), tiered.Mode.ISOLATED)
    return tiered.Market(
        name="COIN",
        size_decimals=min(decimals, USD_DECIMALS),
        tiers=table_of(inputs),
        mode=tiered.Mode(mode),
        taker_fee=inputs.ratio("fee_rate") if fee else Ratio(0, 1),
    )


def book_of(inputs: Inputs, market: tiered.Market, *, mark: str | None = "mark") -> tiered.Book:
    """Build the bucket of a case; a case without a mark gets one unit."""
    price = inputs.units(mark, market.price_decimals) if mark else 1
    entry = inputs.ratio("entry_px") if "entry_px" in inputs else Ratio(price, market.price_scale)
    size = inputs.units("szi", market.size_decimals, signed=True)
    return tiered.Book(
        market=market,
        position=tiered.Position(
            size=size,
            cash=inputs.units("raw_usd", USD_DECIMALS, signed=True),
            entry=Ratio(entry.num * market.price_scale, entry.den) if size else None,
            leverage=inputs.whole("leverage") if "leverage" in inputs else 1,
        ),
        cash=inputs.units_or("withdrawable", USD_DECIMALS, 0),
        mark=price,
        oracle=price,
        mark_ms=NOW_MS,
    )


def usd(units: int) -> Ratio:
    """Return micro-USD as an exact number of USD."""
    return Ratio(units, 10**USD_DECIMALS)


def usd_of(micro: Ratio) -> Ratio:
    """Return an exact number of micro-USD in USD."""
    return Ratio(micro.num, micro.den * 10**USD_DECIMALS)


def refused(result: Refused) -> Answers:
    """Return what a refusal is compared by."""
    return {"accepted": False, "error": result.code}


def decide(book: tiered.Book, action: tiered.Action) -> Outcome[tiered.Book] | Refused:
    """Carry an action out at the moment of the case."""
    return tiered.decide(book, action, now_ms=NOW_MS)


def accepted(book: tiered.Book, action: tiered.Action) -> Outcome[tiered.Book]:
    """Carry out an action that a case takes for granted."""
    result = decide(book, action)
    if isinstance(result, Refused):
        raise CaseFailed(f"the library refuses it with {result.code}: {result.message}")
    return result


def position(inputs: Inputs) -> Answers:
    """Answer the full view of a bucket."""
    seen = tiered.view(book_of(inputs, market_of(inputs)), now_ms=NOW_MS)
    return {
        "notional": usd(seen.notional),
        "equity": usd(seen.equity),
        "maintenance": usd_of(seen.maintenance),
        "liquidation_px": seen.liquidation_px,
        "backstop_px": seen.backstop_px,
        "bankruptcy_px": seen.bankruptcy_px,
        "floor": usd_of(seen.floor),
        "max_removable": usd(seen.max_removable),
        "binding": seen.binding,
        "removal_opens_at_mark": seen.opens_at,
        "effective_leverage": seen.effective_leverage,
        "unrealised_pnl": usd_of(seen.unrealised_pnl),
    }


def open_position(inputs: Inputs) -> Answers:
    """Answer the first fill of a bucket at `px`."""
    market = market_of(inputs, sizes=("size",), fee=True)
    price = inputs.units("px", market.price_decimals)
    book = tiered.Book(
        market=market,
        position=tiered.Position(leverage=inputs.whole("leverage")),
        cash=ENDLESS_CASH,
        mark=price,
        oracle=price,
        mark_ms=NOW_MS,
    )
    outcome = accepted(book, tiered.Open(size=inputs.units("size", market.size_decimals, signed=True)))
    return {
        "margin": usd(outcome.working.margin_taken),
        "fee": usd(outcome.working.fee),
        **_bucket(outcome.book),
        "backstop_px": tiered.backstop_price(market, outcome.book.position),
    }


def _bucket(book: tiered.Book) -> Answers:
    held, market = book.position, book.market
    entry = held.entry
    return {
        "szi": Ratio(held.size, 10**market.size_decimals),
        "raw_usd": usd(held.cash),
        "entry_px": None if entry is None else Ratio(entry.num, entry.den * market.price_scale),
        "liquidation_px": tiered.liquidation_price(market, held),
    }


def fill(inputs: Inputs) -> Answers:
    """Answer one signed fill at `px`."""
    market = market_of(inputs, sizes=("szi", "fill_size"), fee=True)
    book = replace(book_of(inputs, market, mark="px"), cash=ENDLESS_CASH)
    outcome = accepted(book, tiered.Open(size=inputs.units("fill_size", market.size_decimals, signed=True)))
    working = outcome.working
    return {
        "margin_taken": usd(working.margin_taken),
        "released": usd(working.released),
        "fee": usd(working.fee),
        "closed_pnl": usd_of(working.closed_pnl),
        **_bucket(outcome.book),
        "equity_at_fill_px": usd(tiered.view(outcome.book, now_ms=NOW_MS).equity),
    }


def update_margin(inputs: Inputs) -> Answers:
    """Answer an addition (amount above zero) or a removal (below)."""
    book = book_of(inputs, market_of(inputs))
    amount = inputs.units("amount", USD_DECIMALS, signed=True)
    result = decide(book, tiered.Take(-amount) if amount < 0 else tiered.Add(amount))
    return refused(result) if isinstance(result, Refused) else _moved(result.book)


def _moved(after: tiered.Book) -> Answers:
    seen = tiered.view(after, now_ms=NOW_MS)
    return {
        "accepted": True,
        "raw_usd": usd(after.position.cash),
        "equity": usd(seen.equity),
        "withdrawable": usd(seen.withdrawable),
        "liquidation_px": seen.liquidation_px,
        "max_removable_after": usd(tiered.limits(after, now_ms=NOW_MS)[Verb.TAKE].amount.units),
    }


def set_leverage(inputs: Inputs) -> Answers:
    """Answer a change of the setting."""
    book = book_of(inputs, market_of(inputs))
    result = decide(book, tiered.SetLeverage(inputs.whole("new_leverage", signed=True)))
    return refused(result) if isinstance(result, Refused) else _moved(result.book)


def funding(inputs: Inputs) -> Answers:
    """Answer one hour of funding, settled as a touch of the position would."""
    market = market_of(inputs)
    hour = tiered.FundingHour(
        at_ms=NOW_MS + 1,
        oracle=inputs.units("oracle", market.price_decimals),
        rate=inputs.units("rate", 10, signed=True),
    )
    book = replace(book_of(inputs, market, mark="oracle"), funding=(hour,))
    after = tiered.settle(book, now_ms=hour.at_ms)
    return {
        "credit": usd(after.position.cash - book.position.cash),
        "raw_usd": usd(after.position.cash),
        "liquidation_px": tiered.liquidation_price(market, after.position),
    }


def maintenance(inputs: Inputs) -> Answers:
    """Answer the maintenance margin of a notional: that of one coin whose mark it is."""
    notional = inputs.units("notional", USD_DECIMALS)
    market = tiered.Market(name="COIN", size_decimals=0, tiers=table_of(inputs))
    book = tiered.Book(
        market=market,
        position=tiered.Position(size=1, entry=Ratio(notional, 1)),
        cash=0,
        mark=notional,
        oracle=notional,
        mark_ms=NOW_MS,
    )
    return {
        "maintenance": usd_of(tiered.view(book, now_ms=NOW_MS).maintenance),
        "tier_max_leverage": market.tiers.leverages[market.tiers.tier_at(notional)],
    }


def liquidation_price(inputs: Inputs) -> Answers:
    """Answer the liquidation price and the tier that it lies in."""
    market = market_of(inputs)
    held = book_of(inputs, market, mark=None).position
    price = tiered.liquidation_price(market, held)
    return {
        "liquidation_px": price,
        "backstop_px": tiered.backstop_price(market, held),
        "bankruptcy_px": tiered.bankruptcy_price(market, held),
        "tier_max_leverage": None if price is None else _tier_leverage(market, held, price),
    }


def _tier_leverage(market: tiered.Market, held: tiered.Position, price: Ratio) -> int:
    """Return the maximum leverage of the tier of |S|*price; rounding up keeps the comparison with bounds."""
    notional = div_ceil(abs(held.size) * price.num * market.price_scale, price.den)
    return market.tiers.leverages[market.tiers.tier_at(notional)]


def order_margin(inputs: Inputs) -> Answers:
    """Answer what a resting order reserves at its limit price."""
    size, limit = inputs.ratio("size", signed=True), inputs.ratio("limit_px")
    value = Ratio(abs(size.num) * limit.num * 10**USD_DECIMALS, size.den * limit.den)
    return {"reserved": usd(tiered.order_margin(value, inputs.whole("leverage")))}


def quote(inputs: Inputs) -> Answers:
    """Answer the removal that holds within a tolerance."""
    book = book_of(inputs, market_of(inputs))
    quoted = tiered.quote(book, tolerance=inputs.ratio("tolerance"), now_ms=NOW_MS)
    return {
        "quoted": usd(quoted.quoted),
        "valid_until_mark": quoted.valid_until_mark,
        "at_mark": usd(quoted.at_mark),
    }


def liquidation_step(inputs: Inputs) -> Answers:
    """Answer one evaluation of the liquidation table."""
    market = market_of(inputs)
    book = book_of(inputs, market)
    cooling = inputs.flag("in_cooldown", default=False)
    held = replace(book.position, cooldown_until_ms=NOW_MS + 1 if cooling else NOW_MS)
    plan = tiered.plan(replace(book, position=held), now_ms=NOW_MS)
    return {
        "action": plan.step.value,
        "size": None if plan.size is None else Ratio(plan.size, 10**market.size_decimals),
        "equity": usd(plan.equity),
        "maintenance": usd_of(plan.maintenance),
    }


def adl_rank(inputs: Inputs) -> Answers:
    """Answer the order in which opposite positions are deleveraged, with their scores."""
    accounts = [Inputs(account) for account in inputs.items("accounts")]
    decimals = max(account.decimals("szi") for account in accounts)
    market = tiered.Market(name="COIN", size_decimals=decimals, tiers=tiered.tier_table(((0, 50),)))
    candidates = [(account.text("account"), _candidate(account, market)) for account in accounts]
    for account in accounts:
        if account.unread:
            raise CaseFailed(f"nothing reads the inputs {', '.join(account.unread)} of an account")
    side = 1 if inputs.choice("liquidated_side", ("long", "short")) == "long" else -1
    mark = inputs.units("mark", market.price_decimals)
    ranked = tiered.adl_ranking(candidates, failed_side=side, mark=mark)
    return {
        "order": tuple(account for account, _ in ranked),
        "scores": tuple(score for _, score in ranked),
    }


def _candidate(account: Inputs, market: tiered.Market) -> tiered.Position:
    entry = account.ratio("entry_px")
    return tiered.Position(
        size=account.units("szi", market.size_decimals, signed=True),
        cash=account.units("raw_usd", USD_DECIMALS, signed=True),
        entry=Ratio(entry.num * market.price_scale, entry.den),
    )


def adl_price(inputs: Inputs) -> Answers:
    """Answer the price of a deleveraging and what the failed bucket has left at it."""
    market = market_of(inputs)
    book = book_of(inputs, market, mark=None)
    price = tiered.adl_price(book.position)
    left = tiered.view(replace(book, mark=price), now_ms=NOW_MS)
    return {"px": Ratio(price, market.price_scale), "leftover_usd": usd(left.equity)}


def top_up(inputs: Inputs) -> Answers:
    """Answer a top-up of a strictly isolated position to a target leverage."""
    market = replace(market_of(inputs), mode=tiered.Mode.STRICT_ISOLATED)
    result = decide(book_of(inputs, market), tiered.TopUp(inputs.ratio("target_leverage")))
    if isinstance(result, Refused):
        return refused(result)
    return {"amount": usd(result.working.amount), **_moved(result.book)}


def rise_needed(inputs: Inputs) -> Answers:
    """Answer the rise that a fresh long needs before anything is removable."""
    market = tiered.Market(name="COIN", size_decimals=0, tiers=table_of(inputs))
    leverage = inputs.whole("leverage")
    if leverage <= 1:
        raise CaseFailed("a long at leverage 1 never opens up by price; give a leverage above 1")
    return {"rise": tiered.rise_needed(market, leverage, inputs.ratio("fee_rate"))}


OPS: Mapping[str, Callable[[Inputs], Answers]] = {
    "position": position,
    "open": open_position,
    "fill": fill,
    "update_margin": update_margin,
    "set_leverage": set_leverage,
    "funding": funding,
    "maintenance": maintenance,
    "liquidation_price": liquidation_price,
    "order_margin": order_margin,
    "quote": quote,
    "liquidation_step": liquidation_step,
    "adl_rank": adl_rank,
    "adl_price": adl_price,
    "top_up": top_up,
    "rise_needed": rise_needed,
}

RATIO_FIELDS = frozenset({
    "liquidation_px", "backstop_px", "bankruptcy_px", "entry_px", "maintenance", "floor",
    "removal_opens_at_mark", "valid_until_mark", "scores", "rise", "effective_leverage",
})  # fmt: skip


def is_ratio(op: str, field: str) -> bool:
    """Tell whether a field is a ratio or price, which is printed with 15 significant digits."""
    return field in RATIO_FIELDS or (op == "liquidation_step" and field == "equity")


def marks(given: Node) -> bool:
    """Tell whether inputs are of this model where another has an op of the same name."""
    return given.has("szi") or given.has("px")
