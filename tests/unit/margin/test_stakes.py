"""What a liquidation of a position may take: size, the price at which it begins, and its value."""

from typing import Any

import pytest

from solvent import margin
from solvent.margin import lending, registry, risk_limit, tiered
from solvent.margin.parts import housed
from solvent.money import Ratio

LONG = {"size": "0.2", "raw_usd": "-9600", "mark": "60000"}
SHORT = {"size": "-0.2", "raw_usd": "14400", "mark": "60000"}


def of(market: Any, **fields: str) -> Any:
    return margin.book(market, **fields)


@pytest.mark.parametrize(
    "book",
    [
        of(tiered.PRESETS["BTC-PERP"], **LONG),
        of(tiered.PRESETS["BTC-PERP"], **SHORT),
        of(risk_limit.PRESETS["XBTUSDTM"], lots="50", entry="60000", mark="60000", leverage="5"),
        of(risk_limit.PRESETS["XBTUSDM"], lots="5000", entry="60000", mark="60000", leverage="2"),
        of(
            lending.PRESETS["wETH/SOL"],
            collateral="1", debt="10", token_price="2000", sol_price="100",
        ),
    ],
)  # fmt: skip
def test_it_begins_where_the_headline_says_so_and_is_worth_what_it_says(book: Any) -> None:
    model = housed(registry.of(book))
    stake = model.stake(book)
    (own,) = [one for one in margin.headline(book).liquidation_prices if one.feed == model.GUARDED_FEED]
    assert stake is not None
    assert (stake.price, stake.above) == (own.price, own.above)
    assert stake.equity == margin.headline(book).equity


@pytest.mark.parametrize(
    ("book", "size", "value"),
    [
        (of(tiered.PRESETS["BTC-PERP"], **SHORT), ("0.2", "BTC"), ("12000", "USDC")),
        (
            of(risk_limit.PRESETS["XBTUSDTM"], lots="50", entry="60000", mark="50000", leverage="5"),
            ("0.05", "XBT"),
            ("2500", "USDT"),
        ),
        (
            of(risk_limit.PRESETS["XBTUSDM"], lots="5000", entry="60000", mark="50000", leverage="2"),
            ("5000", "USD"),
            ("0.1", "XBT"),
        ),
        (
            of(lending.PRESETS["wETH/SOL"], collateral="1", debt="10", token_price="2000", sol_price="100"),
            ("1", "wETH"),
            ("20", "SOL"),
        ),
    ],
)
def test_its_size_is_valued_at_the_present_price(
    book: Any, size: tuple[str, str], value: tuple[str, str]
) -> None:
    model = housed(registry.of(book))
    stake = model.stake(book)
    assert stake is not None
    found = model.stake_rows(book, stake.units)
    assert [(row.name, row.value, row.unit) for row in found] == [
        ("size", Ratio.parse(size[0]), size[1]),
        ("value", Ratio.parse(value[0]), value[1]),
    ]


def test_a_loan_without_debt_begins_nowhere() -> None:
    book = of(lending.PRESETS["wETH/SOL"], collateral="1", debt="0", token_price="2000", sol_price="100")
    stake = lending.stake(book)
    assert stake is not None
    assert stake.price is None


@pytest.mark.parametrize(
    "book",
    [
        of(tiered.PRESETS["BTC-PERP"], size="0", mark="60000"),
        of(risk_limit.PRESETS["XBTUSDTM"], lots="0", mark="60000"),
        of(lending.PRESETS["wETH/SOL"], collateral="0", debt="0", token_price="2000", sol_price="100"),
    ],
)
def test_where_nothing_is_held_nothing_can_be_taken(book: Any) -> None:
    assert housed(registry.of(book)).stake(book) is None
