"""Books and actions from text, field by field, with an error that names the field."""

from collections.abc import Mapping

from msgspec.structs import replace

from solvent.margin.fields import choice, order_id, with_defaults, yes_or_no
from solvent.margin.risk_limit import values
from solvent.margin.risk_limit.levels import MONEY_DECIMALS, parse_levels
from solvent.margin.risk_limit.maths import fill_value, max_leverage_of
from solvent.margin.risk_limit.values import Action, Book, EntryRule, Market, Position, RatioMode
from solvent.margin.seam import InputField, InputRefused, Verb
from solvent.money import Ratio, div_ceil, parse_units

BOOK_FIELDS = (
    InputField(
        name="size",
        help="size without a sign: coins (linear) or quote money (inverse); or give lots",
        default="",
    ),
    InputField(name="lots", help="size in whole lots instead, signed, long above zero", default=""),
    InputField(name="side", help="long or short", default="long"),
    InputField(name="mark", help="mark price"),
    InputField(name="entry", help="entry price; default the mark", default=""),
    InputField(name="cost", help="signed cost (posCost), instead of entry", default=""),
    InputField(name="margin", help="own funds without PnL (posMargin); or give leverage", default=""),
    InputField(
        name="leverage", help="leverage that the position was opened with, instead of margin", default=""
    ),
    InputField(name="available", help="available balance of the account", default="0"),
    InputField(name="level", help="risk-limit level", default="1"),
    InputField(name="max_leverage", help="the account's own maximum leverage; default none", default=""),
    InputField(name="agg_rate", help="the position's own maintenance + liquidation fee rate", default=""),
    InputField(
        name="profit_ratio", help="part of the profit that may leave; default the contract's", default=""
    ),
    InputField(
        name="profit_ratio_mode", help="cumulative or per_request; default the contract's", default=""
    ),
    InputField(name="entry_rule", help="to_mark or realise_withdrawn; default the contract's", default=""),
    InputField(name="taken", help="profit withdrawn so far", default="0"),
    InputField(name="banked", help="profit that entry re-bases moved into margin, signed", default="0"),
    InputField(name="open_orders", help="yes when orders are active on the contract", default="no"),
    InputField(name="mark_age_s", help="age of the mark in whole seconds", default="0"),
)
_AMOUNT = InputField(name="amount", help="amount in the settlement asset")
_LIMIT = InputField(name="limit", help="limit price; default the quote", default="")
ACTION_FIELDS: Mapping[Verb, tuple[InputField, ...]] = {
    Verb.ADD: (_AMOUNT,),
    Verb.TAKE: (_AMOUNT,),
    Verb.SET_LEVEL: (InputField(name="level", help="number of the risk-limit level"),),
    Verb.OPEN: (
        InputField(name="lots", help="whole lots, signed, long above zero"),
        InputField(name="leverage", help="whole leverage of the order"),
        _LIMIT,
    ),
    Verb.CLOSE: (InputField(name="lots", help="whole lots without a sign; default all", default=""), _LIMIT),
    Verb.ORDER: (
        InputField(name="lots", help="whole lots, signed, a buy above zero"),
        InputField(name="limit", help="limit price, on the tick"),
        InputField(name="leverage", help="whole leverage of the order", default="1"),
        InputField(name="id", help="the id to cancel it by", default="order"),
        InputField(
            name="tif",
            help="GTC: rests until it is filled or cancelled; IOC: fills now or is refused",
            default="GTC",
        ),
        InputField(name="post_only", help="yes to be refused where it would match at once", default="no"),
        InputField(name="reduce_only", help="yes when it may only reduce the position", default="no"),
    ),
    Verb.CANCEL: (InputField(name="id", help="the id of the resting order"),),
}


def retiered(market: Market, text: str) -> Market:
    """Return the contract with other risk-limit levels, such as `100000/125, 500000/100`; as many as before.

    Errors: `InputRefused`, `NumberRefused` for levels that are none.
    """
    levels = parse_levels(text)
    if len(levels) != len(market.levels):
        raise InputRefused(
            name="levels",
            found=len(levels),
            accepted=f"{len(market.levels)} levels, as positions name theirs by number",
        )
    return replace(market, levels=levels)


def read_book(market: Market, fields: Mapping[str, str]) -> Book:
    """Build a book from text; amounts are whole units of the settlement asset, the time is the epoch.

    Rounds: the cost from an entry half away from zero to 1e-10, margin from a leverage up.
    Errors: `NumberRefused` for a bad number, `InputRefused` for a missing or unknown field.
    """
    text = with_defaults(fields, BOOK_FIELDS)
    changed = _with_rules(market, text)
    lots = _lots(market, text)
    mark = Ratio.parse_positive(text["mark"], name="mark")
    level = _level(market, text["level"])
    cost = _cost(market, text, lots, mark)
    age_s = parse_units(text["mark_age_s"], 0, name="mark_age_s")
    book = Book(
        market=changed,
        position=Position(
            lots=lots,
            cost=cost,
            current_cost=cost,
            taken=_money(text, "taken"),
            banked=_money(text, "banked", signed=True),
            level=level,
            held=market.levels[level - 1] if lots else None,
            agg_rate=Ratio.parse_positive(text["agg_rate"], name="agg_rate") if text["agg_rate"] else None,
        ),
        balance=_money(text, "available"),
        mark=mark,
        mark_ms=-age_s * 1000,
        other_orders=1 if yes_or_no(text["open_orders"], name="open_orders") else 0,
        max_leverage=_leverage(text, "max_leverage") if text["max_leverage"] else None,
    )
    return replace(book, position=replace(book.position, init=_margin(book, text)))


def _with_rules(market: Market, text: Mapping[str, str]) -> Market:
    """Return the contract with the ratio, its mode and the entry rule that the text names, as it allows."""
    ratio, mode, rule = market.profit_ratio, market.profit_ratio_mode, market.entry_rule
    if text["profit_ratio"]:
        ratio = Ratio.parse(text["profit_ratio"], name="profit_ratio")
    if text["profit_ratio_mode"]:
        mode = choice(RatioMode, text["profit_ratio_mode"], name="profit_ratio_mode")
    if text["entry_rule"]:
        rule = choice(EntryRule, text["entry_rule"], name="entry_rule")
    return replace(market, profit_ratio=ratio, profit_ratio_mode=mode, entry_rule=rule)


def _lots(market: Market, text: Mapping[str, str]) -> int:
    """Return signed lots, from `lots`, or from `size` and `side`."""
    if text["side"] not in ("long", "short"):
        raise InputRefused(name="side", found=text["side"], accepted="long or short")
    if text["lots"] and text["size"]:
        raise InputRefused(name="lots", found=text["lots"], accepted="either size or lots, not both")
    if text["lots"]:
        return parse_units(text["lots"], 0, name="lots", signed=True)
    if not text["size"]:
        raise InputRefused(name="size", found="", accepted="a size, or lots")
    size, lot = Ratio.parse(text["size"], name="size"), market.multiplier
    lots, rest = divmod(size.num * lot.den, size.den * abs(lot.num))
    if rest:
        step = Ratio(abs(lot.num), lot.den)
        raise InputRefused(
            name="size",
            found=text["size"],
            accepted=f"a multiple of {step} {market.size_unit}, which is one lot",
        )
    return lots if text["side"] == "long" else -lots


def _cost(market: Market, text: Mapping[str, str], lots: int, mark: Ratio) -> int:
    if text["cost"] and text["entry"]:
        raise InputRefused(name="cost", found=text["cost"], accepted="either entry or cost, not both")
    if not text["cost"]:
        entry = Ratio.parse_positive(text["entry"], name="entry") if text["entry"] else mark
        return fill_value(market, lots, entry)
    cost = _money(text, "cost", signed=True)
    signed = lots * market.multiplier.num
    if cost * signed <= 0:
        word = "above" if signed > 0 else "below"
        accepted = f"a cost {word} zero for these lots" if signed else "no cost without a position"
        raise InputRefused(name="cost", found=text["cost"], accepted=accepted)
    return cost


def _margin(book: Book, text: Mapping[str, str]) -> int:
    if text["margin"] and text["leverage"]:
        raise InputRefused(
            name="leverage", found=text["leverage"], accepted="either margin or leverage, not both"
        )
    if text["margin"]:
        return _money(text, "margin", signed=True)
    if text["leverage"]:
        leverage = Ratio.parse_positive(text["leverage"], name="leverage")
        if leverage.num > max_leverage_of(book) * leverage.den:
            raise InputRefused(
                name="leverage",
                found=text["leverage"],
                accepted=f"at most {max_leverage_of(book)} at this level",
            )
        return div_ceil(abs(book.position.cost) * leverage.den, leverage.num)
    if book.position.lots:
        raise InputRefused(
            name="margin", found="", accepted="the position's own funds (posMargin), or its leverage"
        )
    return 0


def _money(text: Mapping[str, str], name: str, *, signed: bool = False) -> int:
    return parse_units(text[name], MONEY_DECIMALS, name=name, signed=signed)


def _level(market: Market, text: str) -> int:
    level = parse_units(text, 0, name="level")
    if not 1 <= level <= len(market.levels):
        raise InputRefused(name="level", found=text, accepted=f"a level from 1 to {len(market.levels)}")
    return level


def _leverage(text: Mapping[str, str], name: str) -> int:
    leverage = parse_units(text[name], 0, name=name)
    if leverage < 1:
        raise InputRefused(name=name, found=text[name], accepted="a whole number from 1")
    return leverage


def read_action(book: Book, verb: Verb, fields: Mapping[str, str]) -> Action:
    """Build an action from text.

    Errors: `NumberRefused` for a bad number, `InputRefused` for a verb or field that does not exist.
    """
    if verb not in ACTION_FIELDS:
        raise InputRefused(name="verb", found=verb.value, accepted=" or ".join(ACTION_FIELDS))
    text = with_defaults(fields, ACTION_FIELDS[verb])
    if verb in (Verb.ADD, Verb.TAKE):
        return action_of(book, verb, _money(text, "amount"))
    if verb is Verb.SET_LEVEL:
        return values.SetLevel(parse_units(text["level"], 0, name="level"))
    if verb is Verb.CANCEL:
        return values.Cancel(order_id(text["id"]))
    limit = Ratio.parse_positive(text["limit"], name="limit") if text["limit"] else None
    if verb is Verb.ORDER:
        return _order(text, limit)
    if verb is Verb.CLOSE:
        lots = parse_units(text["lots"], 0, name="lots") if text["lots"] else None
        return values.Close(lots=lots, limit_price=limit)
    return values.Open(
        lots=parse_units(text["lots"], 0, name="lots", signed=True),
        leverage=parse_units(text["leverage"], 0, name="leverage"),
        limit_price=limit,
    )


def _order(text: Mapping[str, str], limit: Ratio | None) -> values.Order:
    assert limit is not None, text
    return values.Order(
        order_id=order_id(text["id"]),
        lots=parse_units(text["lots"], 0, name="lots", signed=True),
        leverage=parse_units(text["leverage"], 0, name="leverage"),
        limit_price=limit,
        tif=choice(values.Tif, text["tif"], name="tif"),
        post_only=yes_or_no(text["post_only"], name="post_only"),
        reduce_only=yes_or_no(text["reduce_only"], name="reduce_only"),
    )


def action_of(book: Book, verb: Verb, units: int) -> Action:
    """Build the plain action that moves `units` of 1e-10.

    Errors: `InputRefused` for a verb that moves no amount.
    """
    if verb is Verb.TAKE:
        return values.Take(units)
    if verb is Verb.ADD:
        return values.Add(units)
    raise InputRefused(name="verb", found=verb.value, accepted=f"take or add on {book.market.name}")
