"""The refusals of the `lending` model: codes in the spec's order, their sentences and numbers."""

from collections.abc import Callable
from enum import StrEnum

from solvent.margin.lending.maths import COLLATERAL_USD, Fault, FeedFault, loan_ltv, price_fault
from solvent.margin.lending.values import Book, Market, Pool
from solvent.margin.seam import RefusalNote, Refused, Term
from solvent.money import Amount, Asset, Ratio, Rounding

SHOWN_DIGITS = 12

Best = Callable[[], int]


class Code(StrEnum):
    """Refusal codes, append-only; each has one cause."""

    MARKET_UNKNOWN = "MARKET_UNKNOWN"
    MARKET_PAUSED = "MARKET_PAUSED"
    PRICE_INVALID = "PRICE_INVALID"
    AMOUNT_ZERO = "AMOUNT_ZERO"
    NO_POSITION = "NO_POSITION"
    INSUFFICIENT_WALLET = "INSUFFICIENT_WALLET"
    INSUFFICIENT_COLLATERAL = "INSUFFICIENT_COLLATERAL"
    SUPPLY_BALANCE_EXCEEDED = "SUPPLY_BALANCE_EXCEEDED"
    POSITION_CAP_EXCEEDED = "POSITION_CAP_EXCEEDED"
    MARKET_CAP_EXCEEDED = "MARKET_CAP_EXCEEDED"
    POOL_LIQUIDITY_INSUFFICIENT = "POOL_LIQUIDITY_INSUFFICIENT"
    SLIPPAGE_EXCEEDED = "SLIPPAGE_EXCEEDED"
    MAX_LTV_EXCEEDED = "MAX_LTV_EXCEEDED"
    PROCEEDS_BELOW_DEBT = "PROCEEDS_BELOW_DEBT"
    NOT_LIQUIDATABLE = "NOT_LIQUIDATABLE"
    LEAVES_DUST = "LEAVES_DUST"


def note(code: Code, when: str, accepted: str) -> RefusalNote:
    """Document one code."""
    return RefusalNote(code=code.value, when=when, accepted=accepted)


REFUSALS = (
    note(Code.MARKET_UNKNOWN, "the market is not known; told before a book exists", "a listed market"),
    note(Code.MARKET_PAUSED, "the market is paused", "adding, repaying, closing, withdrawing supply"),
    note(Code.PRICE_INVALID, "a feed is old, wide or not positive", "the same after the next valid price"),
    note(Code.AMOUNT_ZERO, "the amount is zero or below, or rounds to nothing", "an amount above zero"),
    note(Code.NO_POSITION, "there is nothing to act on", "the same after opening or adding"),
    note(Code.INSUFFICIENT_WALLET, "more than the wallet has", "up to the wallet's balance"),
    note(Code.INSUFFICIENT_COLLATERAL, "more than the position has", "up to what may leave"),
    note(Code.SUPPLY_BALANCE_EXCEEDED, "more than the lender's claim", "up to the claim"),
    note(Code.POSITION_CAP_EXCEEDED, "the position's debt would pass its cap", "a smaller loan"),
    note(Code.MARKET_CAP_EXCEEDED, "the market's debt would pass its cap", "a smaller loan"),
    note(Code.POOL_LIQUIDITY_INSUFFICIENT, "more than the vault holds in cash", "up to the cash"),
    note(Code.SLIPPAGE_EXCEEDED, "the swap delivers less than the minimum", "a higher slippage limit"),
    note(Code.MAX_LTV_EXCEEDED, "the debt would pass the maximum LTV", "up to the maximum"),
    note(Code.PROCEEDS_BELOW_DEBT, "selling everything does not cover the debt", "paying the shortfall"),
    note(Code.NOT_LIQUIDATABLE, "the position is healthy", "nothing; equality is healthy"),
    note(Code.LEAVES_DUST, "the offer would leave a debt under the minimum", "a smaller offer, or all"),
)


def refuse(code: Code, message: str, *terms: Term, accepted: Amount | None = None) -> Refused:
    """Build a refusal; an accepted amount of zero is none at all."""
    return Refused(code=code.value, message=message, terms=terms, accepted=accepted or None)


def loan(market: Market, units: int) -> Amount:
    """Return lamports as an amount of the market's loan asset."""
    return Amount(units, market.loan)


def tokens(market: Market, units: int) -> Amount:
    """Return base units as an amount of the market's token."""
    return Amount(units, market.collateral)


def percent(ratio: Ratio | None) -> str:
    """Write a fraction in percent, rounded up, or say that there is none."""
    if ratio is None:
        return "without bound"
    return f"{Ratio(ratio.num * 100, ratio.den).significant(SHOWN_DIGITS, Rounding.CEIL)} %"


def blocked(book: Book, *, now_s: int, paused: bool = False, priced: bool = False) -> Refused | None:
    """Refuse what a pause or an invalid price forbids, in the spec's order."""
    if paused and book.pool.paused:
        return market_paused(book.market)
    fault = price_fault(book, now_s=now_s) if priced else None
    return None if fault is None else price_invalid(book, fault, now_s=now_s)


def market_paused(market: Market) -> Refused:
    """Refuse what a paused market does not do."""
    return refuse(
        Code.MARKET_PAUSED,
        f"{market.name} is paused; adding collateral, repaying, closing and withdrawing supply are "
        "possible now, the rest when it is resumed",
        Term("market", market.name),
    )


def price_invalid(book: Book, fault: FeedFault, *, now_s: int, hint: str = "") -> Refused:
    """Refuse what needs both feeds to be young, tight and positive."""
    market = book.market
    is_token = fault.feed == COLLATERAL_USD
    reading = book.prices.collateral if is_token else book.prices.loan
    symbol = (market.collateral if is_token else market.loan).symbol
    age_s = now_s - reading.publish_s
    reasons = {
        Fault.NOT_POSITIVE: f"is {reading.price}, not above zero",
        Fault.AGE: f"is {age_s} s old and at most {market.price_age_s_max} s are allowed",
        Fault.CONFIDENCE: f"is {reading.price} plus or minus {reading.confidence}, wider than "
        f"{percent(market.price_confidence_max)} of it",
    }
    todo = hint or "adding collateral and repaying are still possible, else wait for the next price"
    return refuse(
        Code.PRICE_INVALID,
        f"the {symbol}/USD price {reasons[fault.fault]}; {todo}",
        Term("feed", fault.feed),
        Term("reason", fault.fault.value),
        Term("price", reading.price, "USD"),
        Term("confidence", reading.confidence, "USD"),
        Term("confidence_max", market.price_confidence_max, "%"),
        Term("age_s", age_s, "s"),
        Term("age_s_max", market.price_age_s_max, "s"),
    )


def amount_zero(asset: Asset, units: int, *, accepted: int = 0) -> Refused:
    """Refuse an amount that is not above zero; `accepted` is one that would pass, 0 when none would."""
    amount = Amount(units, asset)
    hint = "" if accepted else ", though none would be accepted now"
    return refuse(
        Code.AMOUNT_ZERO,
        f"the amount is {amount}; give an amount above zero{hint}",
        Term("amount", amount),
        accepted=Amount(accepted, asset),
    )


def rounds_to_nothing(asset: Asset, units: int, what: str, *, accepted: int = 0) -> Refused:
    """Refuse an amount so small that it buys, sells or burns nothing; `accepted` as in `amount_zero`."""
    amount = Amount(units, asset)
    return refuse(
        Code.AMOUNT_ZERO,
        f"{amount} is too little: it rounds to no {what}; give more",
        Term("amount", amount),
        Term("rounds_to_no", what),
        accepted=Amount(accepted, asset),
    )


def no_position(market: Market, what: str) -> Refused:
    """Refuse an action that has nothing to act on."""
    return refuse(
        Code.NO_POSITION,
        f"there is no {what} in {market.name}; open a position or add collateral first",
        Term("market", market.name),
    )


def at_most(asset: Asset, *, have: int, accepted: int, otherwise: str) -> str:
    """Say how much would be accepted: all that there is, a part of it, or nothing and what to do then."""
    if accepted and accepted == have:
        return "give at most that"
    return f"at most {Amount(accepted, asset)} would be accepted now" if accepted else otherwise


def insufficient_wallet(asset: Asset, *, have: int, need: int, accepted: int) -> Refused:
    """Refuse what the wallet cannot pay; `accepted` is the most that would pass, 0 when nothing would."""
    hint = at_most(asset, have=have, accepted=accepted, otherwise="put more into the wallet first")
    return refuse(
        Code.INSUFFICIENT_WALLET,
        f"{Amount(need, asset)} is needed and the wallet holds {Amount(have, asset)}; {hint}",
        Term("have", Amount(have, asset)),
        Term("need", Amount(need, asset)),
        accepted=Amount(accepted, asset),
    )


def insufficient_collateral(market: Market, *, have: int, need: int, accepted: int) -> Refused:
    """Refuse to move more collateral than the position holds; `accepted` as in `insufficient_wallet`."""
    otherwise = "and of that nothing may leave now; add collateral or repay first"
    hint = at_most(market.collateral, have=have, accepted=accepted, otherwise=otherwise)
    return refuse(
        Code.INSUFFICIENT_COLLATERAL,
        f"{tokens(market, need)} asked and the position holds {tokens(market, have)}; {hint}",
        Term("have", tokens(market, have)),
        Term("need", tokens(market, need)),
        accepted=tokens(market, accepted),
    )


def supply_balance_exceeded(market: Market, *, have: int, need: int, accepted: int) -> Refused:
    """Refuse to pay a lender more than the claim."""
    otherwise = "nothing can be withdrawn now"
    hint = at_most(market.loan, have=have, accepted=accepted, otherwise=otherwise)
    return refuse(
        Code.SUPPLY_BALANCE_EXCEEDED,
        f"{loan(market, need)} asked and the supply is worth {loan(market, have)}; {hint}",
        Term("have", loan(market, have)),
        Term("need", loan(market, need)),
        accepted=loan(market, accepted),
    )


def pool_liquidity(market: Market, *, cash: int, need: int, accepted: int) -> Refused:
    """Refuse to pay out more than the vault's cash."""
    most = at_most(market.loan, have=cash, accepted=accepted, otherwise="")
    return refuse(
        Code.POOL_LIQUIDITY_INSUFFICIENT,
        f"{loan(market, need)} asked and the pool of {market.name} holds {loan(market, cash)} in cash; "
        f"{most + ', or ' if most else ''}wait until others repay or supply",
        Term("cash", loan(market, cash)),
        Term("need", loan(market, need)),
        accepted=loan(market, accepted),
    )


def over_caps(book: Book, *, amount: int, owed_after: int, pool_after: Pool, best: Best) -> Refused | None:
    """Refuse a loan that passes the position's cap, the market's cap or the cash, in this order.

    `best` tells the largest loan that would pass, asked only for a refusal.
    """
    market = book.market
    cap = market.max_debt_per_position
    if cap is not None and owed_after > cap:
        return _over_cap(Code.POSITION_CAP_EXCEEDED, market, cap, owed_after, "position", best())
    cap = market.max_debt_per_market
    if cap is not None and pool_after.borrow_assets > cap:
        owed = pool_after.borrow_assets
        return _over_cap(Code.MARKET_CAP_EXCEEDED, market, cap, owed, "market", best())
    if amount > book.pool.cash:
        return pool_liquidity(market, cash=book.pool.cash, need=amount, accepted=best())
    return None


def _over_cap(code: Code, market: Market, cap: int, after: int, whose: str, accepted: int) -> Refused:
    hint = f"borrow at most {loan(market, accepted)}" if accepted else "borrow less, or repay first"
    return refuse(
        code,
        f"the {whose} would owe {loan(market, after)}, fees included, and the cap of a {whose} in "
        f"{market.name} is {loan(market, cap)}; {hint}",
        Term("cap", loan(market, cap)),
        Term("debt_after", loan(market, after)),
        accepted=loan(market, accepted),
    )


def slippage_exceeded(
    asset: Asset, *, out: int, minimum: int, slippage_max: Ratio, accepted: Amount | None = None
) -> Refused:
    """Refuse a swap that delivers less than the user's minimum."""
    return refuse(
        Code.SLIPPAGE_EXCEEDED,
        f"the swap delivers {Amount(out, asset)} and at {percent(slippage_max)} slippage the least is "
        f"{Amount(minimum, asset)}; allow more slippage or use a smaller amount",
        Term("out", Amount(out, asset)),
        Term("minimum", Amount(minimum, asset)),
        Term("slippage_max", slippage_max, "%"),
        accepted=accepted,
    )


def max_ltv_exceeded(
    market: Market, *, owed: int, value: Ratio, accepted: Amount | None = None, hint: str = ""
) -> Refused:
    """Refuse what would leave a debt above max_open_ltv * V, with the LTV that it would leave."""
    ltv, limit = loan_ltv(owed, value), market.max_open_ltv
    todo = f"at most {accepted} is possible now" if accepted else "add collateral or repay first"
    return refuse(
        Code.MAX_LTV_EXCEEDED,
        f"the LTV would be {percent(ltv)} and the maximum is {percent(limit)}; {hint or todo}",
        Term("ltv", ltv, "%", Rounding.CEIL),
        Term("limit", limit, "%"),
        Term("debt_after", loan(market, owed)),
        Term("value_after", Ratio(value.num, value.den * 10**market.loan.decimals), market.loan.symbol),
        accepted=accepted,
    )


def proceeds_below_debt(market: Market, *, out: int, owed: int) -> Refused:
    """Refuse to sell everything for less than the debt."""
    return refuse(
        Code.PROCEEDS_BELOW_DEBT,
        f"selling everything brings {loan(market, out)} and {loan(market, owed)} is owed; repay "
        f"{loan(market, owed - out)} first, or let the close take it from the wallet",
        Term("proceeds", loan(market, out)),
        Term("debt", loan(market, owed)),
        Term("shortfall", loan(market, owed - out)),
    )


def not_liquidatable(market: Market, *, owed: int, value: Ratio) -> Refused:
    """Refuse to liquidate a healthy position."""
    ltv, limit = loan_ltv(owed, value), market.liquidation_ltv
    shown = percent(ltv) if owed else "0 %"
    return refuse(
        Code.NOT_LIQUIDATABLE,
        f"the LTV is {shown} and liquidation begins above {percent(limit)}; the position is healthy",
        Term("ltv", ltv, "%", Rounding.CEIL),
        Term("limit", limit, "%"),
        Term("debt", loan(market, owed)),
    )


def leaves_dust(market: Market, *, offer: int, owed: int, full: int) -> Refused:
    """Refuse an offer that would leave a debt too small to be worth liquidating."""
    return refuse(
        Code.LEAVES_DUST,
        f"an offer of {loan(market, offer)} would leave {loan(market, owed - offer)} of debt, under the "
        f"minimum of {loan(market, market.min_debt)}; offer {loan(market, full)}, or less",
        Term("offer", loan(market, offer)),
        Term("debt_after", loan(market, owed - offer)),
        Term("min_debt", loan(market, market.min_debt)),
        accepted=loan(market, full),
    )
