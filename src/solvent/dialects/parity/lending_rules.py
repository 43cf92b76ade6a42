"""Rule vectors of the `lending` model, recomputed through its public functions."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from solvent.dialects.parity.comparison import Answer
from solvent.dialects.parity.inputs import CaseFailed, Inputs
from solvent.dialects.payload import Node
from solvent.margin import lending
from solvent.margin.seam import InputRefused, Outcome, Refused, Verb
from solvent.money import Amount, Asset, Ratio, Rounding

LOAN_DECIMALS = lending.SOL.decimals
TOKEN = Asset("TOKEN", 6)
SHARES_PER_LAMPORT = 10**6
ENDLESS_CASH = 10**30
NOW_MS = 0
# Past any age that a market allows.
STALE_S = -(10**9)
ANY_SLIPPAGE = Ratio(1, 1)

Answers = dict[str, Answer]


def market_of(inputs: Inputs) -> lending.Market:
    """Build a market of a profile without caps; `params` overrides rates."""
    profile = inputs.choice("profile", lending.PROFILES, lending.PROFILES[0])
    plain = lending.Market(name="TOKEN/SOL", collateral=TOKEN)
    market = replace(
        lending.with_profile(plain, profile),
        max_debt_per_position=_cap(inputs, "position_cap_sol"),
        max_debt_per_market=_cap(inputs, "market_cap_sol"),
        swap_slippage=inputs.ratio("swap_slippage", Ratio(0, 1)),
    )
    return _with_params(market, inputs.given_or_null("params"))


def _cap(inputs: Inputs, name: str) -> int | None:
    cap = inputs.given_or_null(name)
    return None if cap.is_null else cap.units(LOAN_DECIMALS)


def _with_params(market: lending.Market, params: Node) -> lending.Market:
    changes: dict[str, Any] = {}
    for name in params.names:
        present = getattr(market, name, None)
        if not isinstance(present, Ratio):
            raise params[name].refused("a rate of the market, such as origination_fee")
        changes[name] = params[name].number()
    try:
        return replace(market, **changes)
    except InputRefused as error:
        raise CaseFailed(str(error)) from error


def sol(units: int) -> Ratio:
    """Return lamports in SOL."""
    return Ratio(units, 10**LOAN_DECIMALS)


def tokens(units: int) -> Ratio:
    """Return base units in tokens."""
    return Ratio(units, 10**TOKEN.decimals)


def shown(value: Ratio | None) -> Ratio | None:
    """Return equity or PnL as it is shown: down to a lamport."""
    return None if value is None else Ratio(value.units(LOAN_DECIMALS, Rounding.FLOOR), 10**LOAN_DECIMALS)


def lamports(inputs: Inputs, name: str, default: int | None = None, *, signed: bool = False) -> int:
    """Read SOL as lamports."""
    if default is None:
        return inputs.units(name, LOAN_DECIMALS, signed=signed)
    return inputs.units_or(name, LOAN_DECIMALS, default, signed=signed)


def prices_of(inputs: Inputs) -> lending.Prices:
    """Read both prices; an invalid one is too old."""
    token, coin = inputs.ratio("token_price_usd"), inputs.ratio("sol_price_usd")
    publish_s = 0 if inputs.flag("price_valid", default=True) else STALE_S
    return lending.Prices(
        collateral=lending.Reading(price=token, publish_s=publish_s),
        loan=lending.Reading(price=coin, publish_s=publish_s),
        last_collateral=token,
        last_loan=coin,
    )


def book_of(inputs: Inputs) -> lending.Book:
    """Build a position in a market without interest so far."""
    debt = lamports(inputs, "debt_sol", 0)
    owed = lamports(inputs, "market_debt_sol", debt)
    cash = _cash(inputs, owed)
    return lending.Book(
        market=market_of(inputs),
        pool=lending.Pool(
            supply_assets=cash + owed,
            supply_shares=(cash + owed) * SHARES_PER_LAMPORT,
            borrow_assets=owed,
            borrow_shares=owed * SHARES_PER_LAMPORT,
            cash=cash,
            paused=inputs.flag("paused", default=False),
        ),
        prices=prices_of(inputs),
        position=lending.Position(
            collateral=inputs.units_or("collateral_tokens", TOKEN.decimals, 0),
            borrow_shares=debt * SHARES_PER_LAMPORT,
            net_in=lamports(inputs, "net_deposited_sol", 0, signed=True),
        ),
        wallet_loan=lamports(inputs, "wallet_sol", 0),
    )


def _cash(inputs: Inputs, owed: int) -> int:
    if "pool_cash_sol" in inputs:
        return lamports(inputs, "pool_cash_sol")
    if "supply_sol" in inputs:
        return lamports(inputs, "supply_sol") - owed
    return ENDLESS_CASH


def decide(book: lending.Book, action: lending.Action) -> Outcome[lending.Book] | Refused:
    """Carry an action out at the moment of the case."""
    return lending.decide(book, action, now_ms=NOW_MS)


def accepted(book: lending.Book, action: lending.Action) -> Outcome[lending.Book]:
    """Carry out an action that a case takes for granted."""
    result = decide(book, action)
    if isinstance(result, Refused):
        raise CaseFailed(f"the library refuses it with {result.code}: {result.message}")
    return result


REFUSAL_TERMS = {"ltv": "ltv", "proceeds": "proceeds_sol", "shortfall": "shortfall_sol", "cap": "cap_sol"}


def refused(result: Refused) -> Answers:
    """Return what a refusal is compared by: its code, and its numbers where a case names them."""
    answers: Answers = {"accepted": False, "error": result.code}
    for term in result.terms:
        if term.name in REFUSAL_TERMS and isinstance(term.value, Ratio | Amount):
            answers[REFUSAL_TERMS[term.name]] = term.value
    return answers


def view_of(book: lending.Book) -> Answers:
    """Answer the figures of a position."""
    seen = lending.view(book, now_ms=NOW_MS)
    return {
        "ltv": seen.ltv,
        "leverage": seen.leverage,
        "liquidation_price_sol": seen.liquidation_price,
        "liquidation_price_usd": seen.liquidation_price_usd,
        "liquidation_sol_price_usd": seen.liquidation_loan_usd,
        "health_factor": seen.health_factor,
        "equity_sol": shown(seen.equity),
        "pnl_sol": shown(seen.pnl),
        "liquidatable": seen.liquidatable,
    }


def _held(book: lending.Book) -> Answers:
    return {
        "collateral_after_tokens": tokens(book.position.collateral),
        "debt_after_sol": sol(lending.debt(book)),
    }


def _after(book: lending.Book) -> Answers:
    """Answer the figures that the vectors call `…_after`."""
    seen = view_of(book)
    return {
        **_held(book),
        "ltv_after": seen["ltv"],
        "leverage_after": seen["leverage"],
        "liquidation_price_sol_after": seen["liquidation_price_sol"],
    }


def loan_price_rise(inputs: Inputs) -> Answers:
    """Answer what a rise of the loan asset alone does."""
    seen = lending.loan_price_rise(
        market_of(inputs),
        collateral_value=inputs.ratio("collateral_value_usd"),
        debt_value=inputs.ratio("debt_value_usd"),
        rise=inputs.ratio("loan_price_rise", signed=True),
    )
    return {
        "ltv_before": seen.ltv_before,
        "ltv_after": seen.ltv_after,
        "liquidatable": seen.liquidatable,
        "trigger_rise": seen.trigger_rise,
    }


def open_position(inputs: Inputs) -> Answers:
    """Answer an opening; the user's own slippage limit is not part of the case."""
    margin = lamports(inputs, "margin_sol", signed=True)
    book = replace(book_of(inputs), wallet_loan=max(0, margin))
    action = lending.Open(margin=margin, leverage=inputs.ratio("leverage"), slippage_max=ANY_SLIPPAGE)
    result = decide(book, action)
    if isinstance(result, Refused):
        return refused(result)
    working = result.working
    return {
        "accepted": True,
        "borrow_sol": sol(working.borrowed),
        "collateral_tokens": tokens(working.collateral_after),
        "origination_interest_sol": sol(working.origination_interest),
        "origination_fee_sol": sol(working.origination_fee),
        "debt_sol": sol(working.debt_after),
        **view_of(result.book),
    }


def leverage_ceiling(inputs: Inputs) -> Answers:
    """Answer the highest leverage of an opening without slippage."""
    return {"leverage": lending.leverage_ceiling(market_of(inputs))}


def position(inputs: Inputs) -> Answers:
    """Answer the figures of a position as it stands."""
    return view_of(book_of(inputs))


def _moved(result: Outcome[lending.Book] | Refused) -> Answers:
    if isinstance(result, Refused):
        return refused(result)
    return {"accepted": True, **_held(result.book), **view_of(result.book)}


def add_collateral(inputs: Inputs) -> Answers:
    """Answer an addition from a wallet that holds just that."""
    amount = inputs.units("tokens", TOKEN.decimals, signed=True)
    return _moved(decide(replace(book_of(inputs), wallet_collateral=max(0, amount)), lending.Add(amount)))


def withdraw_collateral(inputs: Inputs) -> Answers:
    """Answer a withdrawal to the wallet."""
    return _moved(decide(book_of(inputs), lending.Take(inputs.units("tokens", TOKEN.decimals, signed=True))))


def max_withdraw(inputs: Inputs) -> Answers:
    """Answer the maximum withdrawal, and the figures after it."""
    book = book_of(inputs)
    maximum = lending.limits(book, now_ms=NOW_MS)[Verb.TAKE]
    answers: Answers = {"max_tokens": tokens(maximum.amount.units), "binding": maximum.binding}
    if maximum.amount:
        answers |= _after(accepted(book, lending.Take(maximum.amount.units)).book)
    return answers


def max_borrow(inputs: Inputs) -> Answers:
    """Answer the maximum loan with every limit of its own, and the figures after it."""
    book = book_of(inputs)
    maximum = lending.limits(book, now_ms=NOW_MS)[Verb.BORROW]
    answers: Answers = {
        "max_sol": sol(maximum.amount.units),
        "binding": maximum.binding,
        "limits": {limit.name: sol(limit.amount.units) for limit in maximum.limits},
    }
    if maximum.amount:
        answers |= _after(accepted(book, lending.Borrow(maximum.amount.units)).book)
    return answers


def borrow(inputs: Inputs) -> Answers:
    """Answer a loan to the wallet."""
    result = decide(book_of(inputs), lending.Borrow(lamports(inputs, "amount_sol", signed=True)))
    if isinstance(result, Refused):
        return refused(result)
    working = result.working
    return {
        **_moved(result),
        "to_wallet_sol": sol(working.to_wallet),
        "origination_interest_sol": sol(working.origination_interest),
        "origination_fee_sol": sol(working.origination_fee),
    }


def repay(inputs: Inputs) -> Answers:
    """Answer a repayment."""
    result = decide(book_of(inputs), lending.Repay(lamports(inputs, "amount_sol", signed=True)))
    if isinstance(result, Refused):
        return refused(result)
    return {**_moved(result), "taken_sol": sol(result.working.taken)}


def pool_after_borrow(inputs: Inputs) -> Answers:
    """Answer the pool after a loan, whoever took it."""
    supply, owed = lamports(inputs, "supply_sol"), lamports(inputs, "debt_sol")
    pool = lending.Pool(
        supply_assets=supply,
        supply_shares=supply * SHARES_PER_LAMPORT,
        borrow_assets=owed,
        borrow_shares=owed * SHARES_PER_LAMPORT,
        cash=lamports(inputs, "cash_sol"),
    )
    market = market_of(inputs)
    after, _ = lending.lend_out(market, pool, lending.Position(), lamports(inputs, "borrow_sol"))
    utilisation = lending.utilisation_wad(after)
    return {
        "supply_sol": sol(after.supply_assets),
        "debt_sol": sol(after.borrow_assets),
        "cash_sol": sol(after.cash),
        "locked_interest_sol": sol(after.locked),
        "utilisation_wad": utilisation,
        "borrow_apr_wad": lending.borrow_apr_wad(market, utilisation),
    }


def rate(inputs: Inputs) -> Answers:
    """Answer the rate curve at a utilisation."""
    market, wad = market_of(inputs), lending.wad_of(Ratio(1, 1))
    utilisation = lending.wad_of(inputs.ratio("utilisation"))
    apr = lending.borrow_apr_wad(market, utilisation)
    return {
        "borrow_apr": Ratio(apr, wad),
        "supply_apr": lending.variable_apr(market, utilisation),
        "borrow_apr_wad": apr,
    }


def accrue(inputs: Inputs) -> Answers:
    """Answer one step of interest, in lamports and shares."""
    pool = lending.Pool(
        supply_assets=inputs.whole("supply_assets"),
        supply_shares=inputs.whole("supply_shares"),
        borrow_assets=inputs.whole("borrow_assets"),
        borrow_shares=inputs.whole("borrow_shares"),
        cash=inputs.whole("cash"),
    )
    after, working = lending.accrue(market_of(inputs), pool, now_s=inputs.whole("elapsed_s"))
    return {
        "utilisation_wad": working.utilisation,
        "borrow_apr_wad": working.apr,
        "rate_per_second_wad": working.rate_per_second,
        "growth_wad": working.growth,
        "interest": working.interest,
        "protocol_fee": working.protocol_fee,
        "protocol_fee_shares": working.protocol_fee_shares,
        "borrow_assets": after.borrow_assets,
        "supply_assets": after.supply_assets,
        "supply_shares": after.supply_shares,
        "position_debt": lending.debt_of(after, inputs.whole("position_borrow_shares")),
        "lender_claim": lending.claim_of(after, pool.supply_shares),
        "utilisation_after_wad": lending.utilisation_wad(after),
    }


def liquidate(inputs: Inputs) -> Answers:
    """Answer a liquidation by a caller who repays all that is proposed, or an `offer_sol`."""
    offer = inputs.given_or_null("offer_sol")
    action = lending.Liquidate(None if offer.is_null else offer.units(LOAN_DECIMALS))
    result = decide(book_of(inputs), action)
    if isinstance(result, Refused):
        return refused(result)
    working, plan = result.working, result.working.plan
    return {
        "accepted": True,
        "ltv": plan.ltv,
        "tier": None if plan.tier is None else plan.tier.value,
        "penalty_rate": plan.penalty_rate,
        "repaid_sol": sol(plan.repay),
        "seized_tokens": tokens(plan.seized),
        "penalty_tokens": tokens(plan.penalty_tokens),
        "protocol_tokens": tokens(plan.protocol_tokens),
        "liquidator_tokens": tokens(plan.liquidator_tokens),
        "debt_after_sol": sol(working.debt_after),
        "collateral_after_tokens": tokens(working.collateral_after),
        "bad_debt_sol": sol(working.bad_debt),
        "ltv_after": working.ltv_after,
        "supply_after_sol": sol(result.book.pool.supply_assets),
    }


def close(inputs: Inputs) -> Answers:
    """Answer a close of a fraction; the user's own slippage limit is not part of the case."""
    action = lending.Close(fraction=inputs.ratio("fraction"), slippage_max=ANY_SLIPPAGE)
    result = decide(book_of(inputs), action)
    if isinstance(result, Refused):
        return refused(result)
    working = result.working
    pnl = working.pnl
    return {
        "accepted": True,
        "sold_tokens": tokens(working.sold),
        "proceeds_sol": sol(working.proceeds),
        "repaid_sol": sol(working.repaid),
        "fee_sol": sol(working.fee),
        "to_wallet_sol": sol(working.to_wallet),
        **_after(result.book),
        "pnl_sol": None if pnl is None else shown(Ratio(pnl.num, pnl.den * 10**LOAN_DECIMALS)),
    }


def origination_stream(inputs: Inputs) -> Answers:
    """Answer what a stream has released at an age."""
    amount = lamports(inputs, "amount_sol")
    released = lending.released_of(amount, window_s=inputs.whole("window_s"), age_s=inputs.whole("elapsed_s"))
    return {"released_sol": sol(released), "locked_sol": sol(amount - released)}


def supply_apr(inputs: Inputs) -> Answers:
    """Answer a lender's rate in three parts, loans being taken at a steady pace."""
    market = market_of(inputs)
    loans, share = lamports(inputs, "new_loans_per_window_sol"), market.origination_interest
    seen = lending.supply_apr(
        market,
        utilisation=lending.wad_of(inputs.ratio("utilisation")),
        supply_assets=lamports(inputs, "supply_sol"),
        per_second=Ratio(loans * share.num, share.den * inputs.whole("window_s")),
        rewards_per_day=Ratio(lamports(inputs, "rewards_sol_per_day"), 1),
    )
    return {
        "variable": seen.variable,
        "origination": seen.origination,
        "rewards": seen.rewards,
        "total": seen.total,
    }


def _lender_book(inputs: Inputs, *, cash: int, own_shares: int, wallet: int) -> lending.Book:
    assets = inputs.whole("supply_assets")
    reading = lending.Reading(price=Ratio(1, 1))
    return lending.Book(
        market=market_of(inputs),
        pool=lending.Pool(
            supply_assets=assets,
            supply_shares=inputs.whole("supply_shares"),
            borrow_assets=max(0, assets - cash),
            borrow_shares=max(0, assets - cash) * SHARES_PER_LAMPORT,
            cash=cash,
        ),
        prices=lending.Prices(collateral=reading, loan=reading),
        wallet_loan=wallet,
        supply_shares=own_shares,
    )


def supply(inputs: Inputs) -> Answers:
    """Answer a deposit into the pool, in lamports and shares."""
    amount = inputs.whole("amount", signed=True)
    book = _lender_book(inputs, cash=inputs.whole("supply_assets"), own_shares=0, wallet=max(0, amount))
    # Rates are fixed by the case; none of its time passes.
    result = decide(book, lending.Supply(amount))
    if isinstance(result, Refused):
        return refused(result)
    return {
        "accepted": True,
        "shares": result.working.shares,
        "supply_assets": result.book.pool.supply_assets,
        "supply_shares": result.book.pool.supply_shares,
    }


def withdraw_supply(inputs: Inputs) -> Answers:
    """Answer the maximum withdrawal of a lender, and the shares that it or a given amount burns."""
    amount = inputs.node("amount")
    book = _lender_book(inputs, cash=inputs.whole("cash"), own_shares=inputs.whole("own_shares"), wallet=0)
    maximum = lending.limits(book, now_ms=NOW_MS)[Verb.REDEEM]
    result = decide(book, lending.Redeem(None if amount.value == "max" else amount.whole()))
    answers: Answers = {"max_amount": maximum.amount.units, "binding": maximum.binding}
    if isinstance(result, Refused):
        return {**answers, **refused(result)}
    return {**answers, "accepted": True, "shares_burned": result.working.shares}


def price_check(inputs: Inputs) -> Answers:
    """Answer whether one reading is valid."""
    reading = lending.Reading(price=inputs.ratio("price", signed=True), confidence=inputs.ratio("confidence"))
    fault = lending.reading_fault(market_of(inputs), reading, now_s=inputs.whole("age_s"))
    return {"valid": fault is None, "reason": None if fault is None else fault.value}


OPS: Mapping[str, Callable[[Inputs], Answers]] = {
    "loan_price_rise": loan_price_rise,
    "open": open_position,
    "leverage_ceiling": leverage_ceiling,
    "position": position,
    "add_collateral": add_collateral,
    "max_withdraw": max_withdraw,
    "withdraw_collateral": withdraw_collateral,
    "max_borrow": max_borrow,
    "borrow": borrow,
    "pool_after_borrow": pool_after_borrow,
    "repay": repay,
    "rate": rate,
    "accrue": accrue,
    "liquidate": liquidate,
    "close": close,
    "origination_stream": origination_stream,
    "supply_apr": supply_apr,
    "supply": supply,
    "withdraw_supply": withdraw_supply,
    "price_check": price_check,
}

RATIO_FIELDS = frozenset({
    "health_factor", "liquidation_price_usd", "liquidation_sol_price_usd", "penalty_rate", "trigger_rise",
    "borrow_apr", "supply_apr", "variable", "origination", "rewards", "total",
})  # fmt: skip
RATIO_STEMS = ("ltv", "leverage", "liquidation_price_sol")


def is_ratio(op: str, field: str) -> bool:
    """Tell whether a field is a ratio or price, which is printed with 15 significant digits."""
    assert op in OPS, op
    return field in RATIO_FIELDS or field.startswith(RATIO_STEMS)


def marks(given: Node) -> bool:
    """Tell whether inputs are of this model where another has an op of the same name."""
    return given.has("token_price_usd")
