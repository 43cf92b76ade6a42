"""Books and actions from text, field by field, with an error that names the field."""

from collections.abc import Mapping

from msgspec.structs import replace

from solvent.margin.fields import choice, order_id, with_defaults, yes_or_no
from solvent.margin.seam import InputField, InputRefused, Verb
from solvent.margin.tiered import values
from solvent.margin.tiered.tiers import USD_DECIMALS, parse_tiers, tier_table
from solvent.margin.tiered.values import Action, Book, Market, Position
from solvent.money import Ratio, parse_units

BOOK_FIELDS = (
    InputField(name="size", help="signed size in coins, long above zero"),
    InputField(name="mark", help="mark price in USD"),
    InputField(
        name="raw_usd", help="signed cash of the bucket (the venue's rawUsd); or give equity", default=""
    ),
    InputField(
        name="equity", help="equity of the position (the venue's marginUsed), instead of raw_usd", default=""
    ),
    InputField(name="leverage", help="the coin's leverage setting; default min(20, maximum)", default=""),
    InputField(name="entry", help="entry price in USD; default the mark", default=""),
    InputField(name="cash", help="the account's cash in USD", default="0"),
    InputField(name="reserved", help="what resting orders hold of the cash", default="0"),
    InputField(name="mark_age_s", help="age of the mark in whole seconds", default="0"),
    InputField(name="tiers", help="another margin table, such as 0/40, 150000000/20", default=""),
    InputField(name="max_leverage", help="another maximum leverage: a flat table", default=""),
    InputField(name="mode", help="isolated, noCross or strictIsolated", default=""),
)
_AMOUNT = InputField(name="amount", help="amount in USD")
_SIZE = InputField(name="size", help="size in coins")
_LIMIT = InputField(name="limit", help="limit price in USD; default the quote", default="")
ACTION_FIELDS: Mapping[Verb, tuple[InputField, ...]] = {
    Verb.ADD: (_AMOUNT,),
    Verb.TAKE: (_AMOUNT,),
    Verb.TOP_UP: (InputField(name="leverage", help="target leverage, such as 0.5"),),
    Verb.SET_LEVERAGE: (InputField(name="leverage", help="whole leverage"),),
    Verb.OPEN: (_SIZE, _LIMIT),
    Verb.CLOSE: (InputField(name="size", help="size in coins; default all", default=""), _LIMIT),
    Verb.ORDER: (
        InputField(name="size", help="signed size in coins, a buy above zero"),
        InputField(name="limit", help="limit price in USD, on the tick"),
        InputField(name="id", help="the id to cancel it by", default="order"),
        InputField(
            name="tif",
            help="GTC: rests until it is filled or cancelled; IOC: fills now or is refused; "
            "ALO: rests, and is refused where it would match at once",
            default="GTC",
        ),
        InputField(name="reduce_only", help="yes when it may only reduce the position", default="no"),
    ),
    Verb.CANCEL: (InputField(name="id", help="the id of the resting order"),),
}


def read_book(market: Market, fields: Mapping[str, str]) -> Book:
    """Build a book from text; amounts are whole USD and coins, the time is the epoch.

    Errors: `NumberRefused` for a bad number, `InputRefused` for a missing or unknown field.
    """
    text = with_defaults(fields, BOOK_FIELDS)
    market = _adjusted(market, text)
    size = parse_units(text["size"], market.size_decimals, name="size", signed=True)
    mark = _positive(text["mark"], market, "mark")
    leverage = _leverage(text["leverage"], market)
    cash = _bucket_cash(text, size, mark)
    entry = (
        Ratio.parse_positive(text["entry"], name="entry")
        if text["entry"]
        else Ratio(mark, market.price_scale)
    )
    age_s = parse_units(text["mark_age_s"], 0, name="mark_age_s")
    return Book(
        market=market,
        position=Position(
            size=size,
            cash=cash,
            entry=Ratio(entry.num * market.price_scale, entry.den) if size else None,
            leverage=leverage,
        ),
        cash=parse_units(text["cash"], USD_DECIMALS, name="cash"),
        reserved=parse_units(text["reserved"], USD_DECIMALS, name="reserved"),
        mark=mark,
        oracle=mark,
        mark_ms=-age_s * 1000,
    )


def _adjusted(market: Market, text: Mapping[str, str]) -> Market:
    """Return the market with the table and the mode that the fields give instead of its own."""
    if text["tiers"] and text["max_leverage"]:
        raise InputRefused(name="max_leverage", found=text["max_leverage"], accepted="either it or tiers")
    if text["tiers"]:
        market = replace(market, tiers=parse_tiers(text["tiers"]))
    if text["max_leverage"]:
        flat = parse_units(text["max_leverage"], 0, name="max_leverage")
        market = replace(market, tiers=tier_table(((0, flat),)))
    if text["mode"]:
        known = {mode.value: mode for mode in values.Mode}
        if text["mode"] not in known:
            raise InputRefused(name="mode", found=text["mode"], accepted=" or ".join(known))
        market = replace(market, mode=known[text["mode"]])
    return market


def retiered(market: Market, text: str) -> Market:
    """Return the market with another margin table, such as `0/40, 150000000/20`.

    Errors: `InputRefused`, `NumberRefused` for a table that is none.
    """
    return replace(market, tiers=parse_tiers(text))


def _positive(text: str, market: Market, name: str) -> int:
    price = parse_units(text, market.price_decimals, name=name)
    if price == 0:
        raise InputRefused(name=name, found=text, accepted="a price above zero")
    return price


def _leverage(text: str, market: Market) -> int:
    if not text:
        return market.leverage_default
    leverage = parse_units(text, 0, name="leverage")
    if not 1 <= leverage <= market.tiers.leverage_max:
        raise InputRefused(
            name="leverage", found=text, accepted=f"a whole number from 1 to {market.tiers.leverage_max}"
        )
    return leverage


def _bucket_cash(text: Mapping[str, str], size: int, mark: int) -> int:
    if text["raw_usd"] and text["equity"]:
        raise InputRefused(name="equity", found=text["equity"], accepted="either raw_usd or equity, not both")
    name = "equity" if text["equity"] else "raw_usd"
    if not text[name]:
        if size:
            raise InputRefused(name="raw_usd", found="", accepted="the bucket's cash (rawUsd), or its equity")
        return 0
    cash = parse_units(text[name], USD_DECIMALS, name=name, signed=True)
    if cash and not size:
        raise InputRefused(name=name, found=text[name], accepted="0 or nothing where the size is 0")
    return cash if name == "raw_usd" else cash - size * mark


def read_action(book: Book, verb: Verb, fields: Mapping[str, str]) -> Action:
    """Build an action from text.

    Errors: `NumberRefused` for a bad number, `InputRefused` for a verb or field that does not exist.
    """
    if verb not in ACTION_FIELDS:
        raise InputRefused(name="verb", found=verb.value, accepted=" or ".join(ACTION_FIELDS))
    text = with_defaults(fields, ACTION_FIELDS[verb])
    market = book.market
    if verb is Verb.TOP_UP:
        return values.TopUp(Ratio.parse_positive(text["leverage"], name="leverage"))
    if verb is Verb.SET_LEVERAGE:
        return values.SetLeverage(parse_units(text["leverage"], 0, name="leverage"))
    if verb in (Verb.ADD, Verb.TAKE):
        return action_of(book, verb, parse_units(text["amount"], USD_DECIMALS, name="amount"))
    if verb is Verb.CANCEL:
        return values.Cancel(order_id(text["id"]))
    limit = parse_units(text["limit"], market.price_decimals, name="limit") if text["limit"] else None
    if verb is Verb.ORDER:
        return _order(market, text, limit)
    if verb is Verb.CLOSE:
        size = parse_units(text["size"], market.size_decimals, name="size") if text["size"] else None
        return values.Close(size=size, limit_price=limit)
    return values.Open(
        size=parse_units(text["size"], market.size_decimals, name="size", signed=True), limit_price=limit
    )


def _order(market: Market, text: Mapping[str, str], limit: int | None) -> values.Order:
    assert limit is not None, text
    return values.Order(
        order_id=order_id(text["id"]),
        size=parse_units(text["size"], market.size_decimals, name="size", signed=True),
        limit_price=limit,
        tif=choice(values.Tif, text["tif"], name="tif"),
        reduce_only=yes_or_no(text["reduce_only"], name="reduce_only"),
    )


def action_of(book: Book, verb: Verb, units: int) -> Action:
    """Build the plain action that moves `units` micro-USD.

    Errors: `InputRefused` for a verb that moves no amount.
    """
    if verb is Verb.TAKE:
        return values.Take(units)
    if verb is Verb.ADD:
        return values.Add(units)
    raise InputRefused(name="verb", found=verb.value, accepted=f"take or add on {book.market.name}")
