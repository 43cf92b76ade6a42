"""Books and actions from text, field by field, with an error that names the field."""

from collections.abc import Mapping

from msgspec.structs import replace

from solvent.margin.fields import with_defaults
from solvent.margin.lending import values
from solvent.margin.lending.shares import VIRTUAL_SHARES
from solvent.margin.lending.values import ZERO, Action, Book, Market, Pool, Position, Prices, Reading
from solvent.margin.seam import InputField, InputRefused, Verb
from solvent.money import Ratio, parse_units

NONE = "none"
MAX = "max"

BOOK_FIELDS = (
    InputField(name="collateral", help="collateral in tokens", default="0"),
    InputField(
        name="debt", help="open debt in the loan asset (SOL), fees and interest included", default="0"
    ),
    InputField(name="token_price", help="token price in USD"),
    InputField(name="sol_price", help="price of the loan asset (SOL) in USD"),
    InputField(name="wallet_sol", help="SOL in the wallet", default="0"),
    InputField(name="wallet_tokens", help="tokens in the wallet", default="0"),
    InputField(
        name="pool_cash", help="SOL in the pool's vault; default 1000, or supply less debt", default=""
    ),
    InputField(name="market_debt", help="what the whole market owes; default the debt", default=""),
    InputField(
        name="supply", help="what lenders supplied in all; default pool_cash + market_debt", default=""
    ),
    InputField(name="supplied", help="own supply in the pool in SOL", default="0"),
    InputField(name="net_in", help="SOL paid in less taken out, for the PnL; may be negative", default="0"),
    InputField(name="position_cap", help="cap of a position's debt in SOL, or none", default=""),
    InputField(name="market_cap", help="cap of the market's debt in SOL, or none", default=""),
    InputField(name="max_ltv", help="maximum LTV for open, borrow, withdraw, as 0.7 or 70%", default=""),
    InputField(name="liquidation_ltv", help="LTV above which liquidation begins", default=""),
    InputField(name="emergency_ltv", help="LTV from which the emergency penalty applies", default=""),
    InputField(name="target_ltv", help="LTV that a liquidation restores", default=""),
    InputField(name="origination_interest", help="share of a loan that streams to lenders", default=""),
    InputField(name="origination_fee", help="share of a loan that goes to the protocol", default=""),
    InputField(name="sell_fee", help="share of a close's surplus that goes to the protocol", default=""),
    InputField(name="swap_slippage", help="price impact of the built-in swap desk", default=""),
    InputField(name="price_age_s", help="age of both prices in whole seconds", default="0"),
    InputField(name="confidence", help="confidence of both prices as a share of them, as 0.5%", default="0"),
    InputField(name="paused", help="yes where the market is paused", default="no"),
)
_OVERRIDES = {
    "max_ltv": "max_open_ltv",
    "liquidation_ltv": "liquidation_ltv",
    "emergency_ltv": "emergency_ltv",
    "target_ltv": "target_ltv",
    "origination_interest": "origination_interest",
    "origination_fee": "origination_fee",
    "sell_fee": "sell_fee",
    "swap_slippage": "swap_slippage",
}
_CAPS = {"position_cap": "max_debt_per_position", "market_cap": "max_debt_per_market"}

_LOAN = InputField(name="amount", help="amount in the loan asset (SOL)")
_TOKENS = InputField(name="amount", help="amount in tokens")
_SLIPPAGE = InputField(name="slippage", help="maximum slippage, as 1%; default the market's", default="")
ACTION_FIELDS: Mapping[Verb, tuple[InputField, ...]] = {
    Verb.TAKE: (_TOKENS,),
    Verb.BORROW: (_LOAN,),
    Verb.ADD: (_TOKENS,),
    Verb.REPAY: (_LOAN,),
    Verb.OPEN: (
        InputField(name="margin", help="own SOL put in"),
        InputField(name="leverage", help="leverage of 1 or more, as 2.5; or give borrow", default=""),
        InputField(name="borrow", help="SOL to borrow, instead of leverage", default=""),
        _SLIPPAGE,
    ),
    Verb.CLOSE: (
        InputField(name="fraction", help="share to sell: 25%, 0.5, 0.75, 1 or max; default all", default=""),
        InputField(name="tokens", help="tokens to sell, instead of a fraction", default=""),
        _SLIPPAGE,
        InputField(name="cover", help="yes to pay a shortfall from the wallet", default="no"),
    ),
    Verb.SUPPLY: (_LOAN,),
    Verb.REDEEM: (InputField(name="amount", help="amount in SOL, or max"),),
    Verb.LIQUIDATE: (InputField(name="offer", help="SOL to repay; default all that is asked", default=""),),
}


def read_book(market: Market, fields: Mapping[str, str]) -> Book:
    """Build a book from text at second 0; amounts are whole SOL and tokens; no interest has accrued.

    Errors: `NumberRefused` for a bad number, `InputRefused` for a field that is missing, unknown or in
            conflict with another.
    """
    text = with_defaults(fields, BOOK_FIELDS)
    market = _market(market, text)
    debt = _loan(market, text, "debt")
    collateral = parse_units(text["collateral"], market.collateral.decimals, name="collateral")
    if debt and not collateral:
        raise InputRefused(name="collateral", found=text["collateral"], accepted="collateral behind the debt")
    supplied = _loan(market, text, "supplied")
    pool = _pool(market, text, debt)
    if supplied > pool.supply_assets:
        raise InputRefused(
            name="supplied", found=text["supplied"], accepted="at most what lenders supplied in all"
        )
    return Book(
        market=market,
        pool=pool,
        prices=_prices(text),
        position=Position(
            collateral=collateral,
            borrow_shares=debt * VIRTUAL_SHARES,
            net_in=parse_units(text["net_in"], market.loan.decimals, name="net_in", signed=True),
        ),
        wallet_loan=_loan(market, text, "wallet_sol"),
        wallet_collateral=parse_units(
            text["wallet_tokens"], market.collateral.decimals, name="wallet_tokens"
        ),
        supply_shares=supplied * VIRTUAL_SHARES,
    )


def _loan(market: Market, text: Mapping[str, str], name: str) -> int:
    return parse_units(text[name], market.loan.decimals, name=name)


def _market(market: Market, text: Mapping[str, str]) -> Market:
    """Return the market with the parameters that the text overrides; values are checked by Market."""
    changes: dict[str, Ratio | int | None] = {
        attribute: Ratio.parse(text[name], name=name) for name, attribute in _OVERRIDES.items() if text[name]
    }
    for name, attribute in _CAPS.items():
        if text[name] == NONE:
            changes[attribute] = None
        elif text[name]:
            changes[attribute] = _loan(market, text, name)
    return replace(market, **changes)


def _pool(market: Market, text: Mapping[str, str], debt: int) -> Pool:
    owed = _loan(market, text, "market_debt") if text["market_debt"] else debt
    if owed < debt:
        raise InputRefused(
            name="market_debt", found=text["market_debt"], accepted="at least the position's own debt"
        )
    cash = _cash(market, text, owed)
    return Pool(
        supply_assets=cash + owed,
        supply_shares=(cash + owed) * VIRTUAL_SHARES,
        borrow_assets=owed,
        borrow_shares=owed * VIRTUAL_SHARES,
        cash=cash,
        paused=read_flag(text["paused"], name="paused"),
    )


def _cash(market: Market, text: Mapping[str, str], owed: int) -> int:
    if not text["supply"]:
        return parse_units(text["pool_cash"] or "1000", market.loan.decimals, name="pool_cash")
    cash = _loan(market, text, "supply") - owed
    if cash < 0:
        raise InputRefused(name="supply", found=text["supply"], accepted="at least what the market owes")
    if text["pool_cash"] and _loan(market, text, "pool_cash") != cash:
        raise InputRefused(
            name="pool_cash",
            found=text["pool_cash"],
            accepted="supply less market_debt, or only one of the two",
        )
    return cash


def _prices(text: Mapping[str, str]) -> Prices:
    age_s = parse_units(text["price_age_s"], 0, name="price_age_s")
    spread = Ratio.parse(text["confidence"], name="confidence")
    token = Ratio.parse_positive(text["token_price"], name="token_price")
    loan = Ratio.parse_positive(text["sol_price"], name="sol_price")

    def reading(price: Ratio) -> Reading:
        confidence = Ratio(price.num * spread.num, price.den * spread.den)
        return Reading(price=price, confidence=confidence, publish_s=-age_s)

    return Prices(collateral=reading(token), loan=reading(loan), last_collateral=token, last_loan=loan)


def read_flag(text: str, *, name: str) -> bool:
    """Read yes or no.

    Errors: `InputRefused`.
    """
    word = text.lower()
    if word in ("yes", "true"):
        return True
    if word in ("no", "false"):
        return False
    raise InputRefused(name=name, found=text, accepted="yes or no")


def read_action(book: Book, verb: Verb, fields: Mapping[str, str]) -> Action:
    """Build an action from text.

    Errors: `NumberRefused` for a bad number, `InputRefused` for a verb or field that does not exist.
    """
    if verb not in ACTION_FIELDS:
        raise InputRefused(name="verb", found=verb.value, accepted=" or ".join(ACTION_FIELDS))
    text = with_defaults(fields, ACTION_FIELDS[verb])
    market = book.market
    if verb is Verb.OPEN:
        return _open(market, text)
    if verb is Verb.CLOSE:
        return _close(market, text)
    if verb is Verb.LIQUIDATE:
        return values.Liquidate(_loan(market, text, "offer") if text["offer"] else None)
    if verb is Verb.REDEEM and text["amount"].lower() == MAX:
        return values.Redeem(None)
    asset = market.collateral if verb in (Verb.TAKE, Verb.ADD) else market.loan
    return action_of(book, verb, parse_units(text["amount"], asset.decimals, name="amount"))


def _slippage(text: Mapping[str, str]) -> Ratio | None:
    if not text["slippage"]:
        return None
    slippage = Ratio.parse(text["slippage"], name="slippage")
    if slippage > values.ONE:
        raise InputRefused(name="slippage", found=text["slippage"], accepted="a fraction from 0 to 1")
    return slippage


def _open(market: Market, text: Mapping[str, str]) -> values.Open:
    if text["leverage"] and text["borrow"]:
        raise InputRefused(
            name="borrow", found=text["borrow"], accepted="either leverage or borrow, not both"
        )
    leverage = Ratio.parse_positive(text["leverage"], name="leverage") if text["leverage"] else None
    if leverage is not None and leverage < values.ONE:
        raise InputRefused(name="leverage", found=text["leverage"], accepted="a leverage of 1 or more")
    return values.Open(
        margin=_loan(market, text, "margin"),
        leverage=leverage,
        borrow=_loan(market, text, "borrow") if text["borrow"] else None,
        slippage_max=_slippage(text),
    )


def _close(market: Market, text: Mapping[str, str]) -> values.Close:
    if text["fraction"] and text["tokens"]:
        raise InputRefused(
            name="tokens", found=text["tokens"], accepted="either fraction or tokens, not both"
        )
    fraction = values.ONE
    if text["fraction"] and text["fraction"].lower() != MAX:
        fraction = Ratio.parse(text["fraction"], name="fraction")
        if not ZERO < fraction <= values.ONE:
            raise InputRefused(
                name="fraction", found=text["fraction"], accepted="a share above 0 and up to 1, or max"
            )
    sold = None
    if text["tokens"]:
        sold = parse_units(text["tokens"], market.collateral.decimals, name="tokens")
    return values.Close(
        fraction=fraction,
        tokens=sold,
        slippage_max=_slippage(text),
        cover_shortfall_from_wallet=read_flag(text["cover"], name="cover"),
    )


def action_of(book: Book, verb: Verb, units: int) -> Action:
    """Build the plain action that moves `units`; an opening borrows them against the whole wallet.

    Errors: `InputRefused` for a verb that moves no single amount.
    """
    plain: dict[Verb, Action] = {
        Verb.TAKE: values.Take(units),
        Verb.BORROW: values.Borrow(units),
        Verb.ADD: values.Add(units),
        Verb.REPAY: values.Repay(units),
        Verb.SUPPLY: values.Supply(units),
        Verb.REDEEM: values.Redeem(units),
        Verb.OPEN: values.Open(margin=book.wallet_loan, borrow=units),
    }
    if verb not in plain:
        raise InputRefused(name="verb", found=verb.value, accepted=" or ".join(plain))
    return plain[verb]
