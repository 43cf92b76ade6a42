"""The view, its rows, the presets, and books and actions from text."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.margin import risk_limit as rl
from solvent.margin.seam import InputRefused, Verb
from solvent.money import Asset, NumberRefused, Ratio
from tests.unit.margin.risk_limit.books import book, contract, flat_book, units, with_position

XBT = rl.PRESETS["XBTUSDTM"]
EXAMPLE = {"size": "1", "entry": "100", "mark": "200", "margin": "10"}


def test_the_view_of_the_articles_example_has_every_figure() -> None:
    seen = rl.view(book(), now_ms=0)
    assert (seen.entry, seen.margin, seen.equity) == (Ratio(100, 1), units("10"), Ratio(110, 1))
    assert (seen.roe, seen.margin_rate, seen.maintenance) == (
        Ratio(10, 1),
        Ratio(112, 11000),
        Ratio(112, 100),
    )
    assert (seen.tier_cap, seen.profit_cap, seen.leverage_max) == (Ratio(108, 1), Ratio(58, 1), 100)
    assert (seen.liquidation_price_shown, seen.bankrupt_price_shown) == (Ratio(9051, 100), Ratio(90, 1))


def test_a_bankrupt_position_has_no_leverage_and_no_margin_rate() -> None:
    seen = rl.view(book(mark="80"), now_ms=0)
    assert (seen.leverage, seen.margin_rate) == (None, None)
    assert rl.headline(book(mark="80"), now_ms=0).leverage is None


def test_a_position_without_initial_margin_has_no_return_on_it() -> None:
    assert rl.view(with_position(book(), init=0, cross=units("10")), now_ms=0).roe is None


def test_the_view_of_a_flat_book_is_empty() -> None:
    seen = rl.view(flat_book(), now_ms=0)
    assert (seen.entry, seen.leverage, seen.liquidation_price, seen.binding) == (
        None,
        None,
        None,
        "NO_POSITION",
    )
    assert (seen.liquidation_price_shown, seen.bankrupt_price_shown, seen.reducible) == (None, None, 0)
    assert seen.tier_cap == seen.profit_cap == Ratio(0, 1)


def test_an_entry_is_none_when_the_cost_rounds_to_nothing() -> None:
    dust = with_position(book(), cost=0)
    assert rl.entry_price(dust.market, dust.position) is None
    seen = margin.preview(replace(dust, balance=units("1")), rl.Take(units("1")))
    assert isinstance(seen, margin.Preview)


def test_a_short_shows_its_prices_rounded_down_and_at_most_the_highest_price() -> None:
    short = book(lots=-1000, mark="100", margin="10")
    assert rl.view(short, now_ms=0).liquidation_price_shown == Ratio(10938, 100)
    inverse = book(contract(inverse=True), lots=-20, entry="7508", mark="7508", margin="0.01")
    seen = rl.view(inverse, now_ms=0)
    assert (seen.liquidation_price, seen.liquidation_price_shown) == (None, Ratio(1_000_000, 1))


def test_rows_follow_the_specs_order_and_call_t_margin_incl_pnl() -> None:
    rows = rl.rows(book(), now_ms=0)
    assert [row.name for row in rows] == [
        "mark",
        "size",
        "entry",
        "margin",
        "unrealised_pnl",
        "equity",
        "roe",
        "leverage",
        "liquidation_price",
        "liquidation_price_shown",
        "bankrupt_price",
        "bankrupt_price_shown",
        "maintenance",
        "margin_rate",
        "reducible",
        "binding",
        "available",
        "entry_rule",
        "entry_kept",
        "tier_cap",
        "profit_cap",
        "taken",
        "level",
    ]
    text = {row.label: row.text for row in rows}
    assert text["Margin incl. PnL"] == "110 USDT"
    assert text["ROE"] == "1,000 %"
    assert text["Actual leverage"] == "1.81818181819x"
    assert text["Liquidation price"] == "90.5068382945 USDT/XBT"
    assert text["Entry rule (venue rule, unverified)"] == "to_mark"


def test_the_entry_stays_up_to_9_under_one_rule_and_up_to_8_under_the_other() -> None:
    other = contract(rule=rl.EntryRule.REALISE_WITHDRAWN)
    assert rl.entry_kept_up_to(book()) == units("9")
    assert rl.entry_kept_up_to(book(other)) == units("8")
    assert rl.view(book(mark="90.5"), now_ms=0).entry_kept == 0
    assert rl.view(flat_book(), now_ms=0).entry_kept == 0


def test_the_headline_gives_what_lists_need() -> None:
    seen = rl.headline(book(lots=-1000, mark="50"), now_ms=0)
    assert (str(seen.takeable), seen.bound_by) == ("34.5 USDT", "PROFIT_RATIO")
    assert seen.liquidation_prices[0].above
    assert seen.liquidation_prices[0].unit == "USDT/XBT"


def test_every_preset_is_found_by_name_and_takes_the_cumulative_ratio() -> None:
    for name, market in rl.PRESETS.items():
        assert margin.preset(name) is market
        assert market.profit_ratio_mode is rl.RatioMode.CUMULATIVE
        assert market.entry_rule is rl.EntryRule.TO_MARK
    assert len(XBT.levels) == 12
    assert rl.agg_rate_of(XBT, rl.Position()) == Ratio(46, 10_000)
    assert rl.PRESETS["XBTUSDM"].size_unit == "USD"
    assert XBT.size_unit == "XBT"


def test_every_code_is_documented_once() -> None:
    assert [note.code for note in rl.REFUSALS] == [code.value for code in rl.Code]


def test_five_lines_of_text_give_the_articles_58() -> None:
    made = margin.book(XBT, **EXAMPLE, max_leverage="100")
    assert str(margin.limits(made)["take"]) == "take: at most 58 USDT (PROFIT_RATIO)"


@pytest.mark.parametrize(
    ("fields", "lots", "cost", "own"),
    [
        ({"size": "1", "entry": "100", "mark": "200", "margin": "10"}, 1000, "100", "10"),
        ({"size": "1", "side": "short", "mark": "200", "leverage": "3"}, -1000, "-200", "66.6666666667"),
        ({"lots": "-5", "cost": "-0.5", "mark": "200", "margin": "-1"}, -5, "-0.5", "-1"),
        ({"lots": "0", "mark": "200"}, 0, "0", "0"),
        ({"size": "0.002", "mark": "200", "leverage": "0.5"}, 2, "0.4", "0.8"),
    ],
)
def test_a_book_is_read_from_size_or_lots_entry_or_cost_margin_or_leverage(
    fields: dict[str, str], lots: int, cost: str, own: str
) -> None:
    position = rl.read_book(XBT, fields).position
    assert (position.lots, position.cost, position.margin) == (lots, units(cost), units(own))
    assert position.held is (XBT.levels[0] if lots else None)


def test_every_optional_field_of_a_book_is_read() -> None:
    made = rl.read_book(
        XBT,
        EXAMPLE
        | {
            "level": "2",
            "max_leverage": "50",
            "agg_rate": "0.0056",
            "profit_ratio": "25%",
            "profit_ratio_mode": "per_request",
            "entry_rule": "realise_withdrawn",
            "taken": "1",
            "banked": "-2",
            "open_orders": "yes",
            "mark_age_s": "3",
            "available": "7",
        },
    )
    assert (made.position.level, made.max_leverage, made.position.agg_rate) == (2, 50, Ratio(56, 10_000))
    assert made.market.profit_ratio == Ratio(1, 4)
    assert made.market.profit_ratio_mode is rl.RatioMode.PER_REQUEST
    assert made.market.entry_rule is rl.EntryRule.REALISE_WITHDRAWN
    assert (made.position.taken, made.position.banked) == (units("1"), units("-2"))
    assert (made.other_orders, made.mark_ms, made.balance) == (1, -3000, units("7"))


@pytest.mark.parametrize(
    ("fields", "name", "accepted"),
    [
        ({}, "mark", "mark price"),
        ({"mark": "200"}, "size", "a size, or lots"),
        ({"colour": "red"}, "field", "one of agg_rate, available"),
        (EXAMPLE | {"side": "up"}, "side", "long or short"),
        (EXAMPLE | {"lots": "1"}, "lots", "either size or lots, not both"),
        (EXAMPLE | {"size": "0.0005"}, "size", "a multiple of 0.001 XBT, which is one lot"),
        (EXAMPLE | {"cost": "1"}, "cost", "either entry or cost, not both"),
        ({"size": "1", "mark": "1", "margin": "1", "cost": "-1"}, "cost", "a cost above zero for these lots"),
        ({"lots": "-1", "mark": "1", "margin": "1", "cost": "1"}, "cost", "a cost below zero for these lots"),
        ({"lots": "0", "mark": "1", "cost": "1"}, "cost", "no cost without a position"),
        (EXAMPLE | {"leverage": "3"}, "leverage", "either margin or leverage, not both"),
        ({"size": "1", "mark": "1", "leverage": "126"}, "leverage", "at most 125 at this level"),
        ({"size": "1", "mark": "1"}, "margin", "the position's own funds (posMargin), or its leverage"),
        (EXAMPLE | {"level": "13"}, "level", "a level from 1 to 12"),
        (EXAMPLE | {"max_leverage": "0"}, "max_leverage", "a whole number from 1"),
        (EXAMPLE | {"profit_ratio": "1.1"}, "profit_ratio", "a ratio from 0 to 1"),
        (EXAMPLE | {"profit_ratio_mode": "x"}, "profit_ratio_mode", "cumulative or per_request"),
        (EXAMPLE | {"entry_rule": "x"}, "entry_rule", "to_mark or realise_withdrawn"),
        (EXAMPLE | {"open_orders": "maybe"}, "open_orders", "yes or no"),
    ],
)
def test_a_bad_field_of_a_book_is_named_with_what_would_do(
    fields: dict[str, str], name: str, accepted: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        rl.read_book(XBT, fields)
    assert caught.value.name == name
    assert caught.value.accepted.startswith(accepted)


@pytest.mark.parametrize(
    ("field", "text"),
    [("lots", "0.5"), ("limit", "0"), ("leverage", "2.5"), ("tif", "ALO"), ("post_only", "x"), ("id", " x")],
)
def test_a_field_of_an_order_that_makes_no_sense_is_named(field: str, text: str) -> None:
    with pytest.raises((NumberRefused, InputRefused), match=f"^{field} '"):
        rl.read_action(book(), Verb.ORDER, {"lots": "1", "limit": "99.5", field: text})


@pytest.mark.parametrize("bad", ["", "-1", "NaN", "1e400", "-0", "1x", "0.00000000001", "١"])
def test_a_number_that_is_none_or_too_fine_is_refused(bad: str) -> None:
    with pytest.raises((NumberRefused, InputRefused)):
        rl.read_action(book(), Verb.TAKE, {"amount": bad})


@pytest.mark.parametrize(
    ("verb", "fields", "action"),
    [
        (Verb.TAKE, {"amount": "58"}, rl.Take(units("58"))),
        (Verb.ADD, {"amount": "1"}, rl.Add(units("1"))),
        (Verb.SET_LEVEL, {"level": "2"}, rl.SetLevel(2)),
        (Verb.OPEN, {"lots": "-3", "leverage": "5"}, rl.Open(lots=-3, leverage=5)),
        (Verb.CLOSE, {}, rl.Close()),
        (Verb.CLOSE, {"lots": "3", "limit": "99.5"}, rl.Close(lots=3, limit_price=Ratio(199, 2))),
        (
            Verb.ORDER,
            {"lots": "-3", "limit": "99.5"},
            rl.Order(order_id="order", lots=-3, leverage=1, limit_price=Ratio(199, 2)),
        ),
        (
            Verb.ORDER,
            {"lots": "3", "limit": "99.5", "leverage": "5", "id": "low", "tif": "ioc"}
            | {"post_only": "yes", "reduce_only": "1"},
            rl.Order(
                order_id="low",
                lots=3,
                leverage=5,
                limit_price=Ratio(199, 2),
                tif=rl.Tif.IOC,
                post_only=True,
                reduce_only=True,
            ),
        ),
        (Verb.CANCEL, {"id": "low"}, rl.Cancel("low")),
    ],
)
def test_an_action_is_read_from_text(verb: Verb, fields: Mapping[str, str], action: rl.Action) -> None:
    assert rl.read_action(book(), verb, fields) == action


def test_a_verb_without_fields_or_amount_is_refused() -> None:
    with pytest.raises(InputRefused, match="add or take or set_level or open or close"):
        rl.read_action(book(), Verb.BORROW, {})
    with pytest.raises(InputRefused, match="take or add on XBTUSDTM"):
        rl.action_of(book(), Verb.CLOSE, 1)
    assert rl.action_of(book(), Verb.ADD, 5) == rl.Add(5)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"profit_ratio": Ratio(3, 2)}, "profit_ratio"),
        ({"profit_ratio": Ratio(-1, 2)}, "profit_ratio"),
        ({"multiplier": Ratio(0, 1)}, "multiplier"),
        ({"taker_fee": Ratio(-1, 1000)}, "taker_fee"),
        ({"maker_fee": Ratio(1, 1)}, "maker_fee"),
        ({"half_spread": Ratio(1, 1)}, "half_spread"),
        ({"liquidation_fee": Ratio(-1, 1000)}, "liquidation_fee"),
        ({"tick": Ratio(0, 1)}, "tick"),
        ({"index_tick": Ratio(0, 1)}, "index_tick"),
        ({"price_max": Ratio(0, 1)}, "price_max"),
        ({"funding_interval_ms": 0}, "funding_interval_ms"),
        ({"settle": Asset("USDC", 6)}, "settle"),
        ({"levels": ()}, "levels"),
        ({"levels": XBT.levels[::-1]}, "levels"),
    ],
)
def test_a_contract_whose_formulas_would_mean_nothing_is_not_made(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(InputRefused) as caught:
        replace(XBT, **changes)
    assert caught.value.name == name


def test_a_contract_is_given_other_levels_as_text_as_many_as_before() -> None:
    market = XBT
    table = ", ".join(f"{100_000 * (n + 1)}/{50 - n}x" for n in range(len(market.levels)))
    changed = rl.retiered(market, table)
    top = changed.levels[0]
    assert (top.number, top.bound, top.max_leverage) == (1, 100_000 * 10**10, 50)
    assert (top.initial, top.maintenance) == (Ratio(1, 50), Ratio(1, 100))
    assert replace(changed, levels=market.levels) == market


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("100000/50", "12 levels"),
        ("100000", "pairs such as"),
        ("100000/0", "pairs such as"),
        (", ".join(f"100000/{50 - n}" for n in range(12)), "bounds and maintenance rates that rise"),
    ],
)
def test_levels_that_are_none_are_refused_in_a_sentence(table: str, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        rl.retiered(XBT, table)
