"""Books and actions from text, and what is refused on the way."""

import pytest
from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import (
    Add,
    Borrow,
    Close,
    Liquidate,
    Market,
    Open,
    Redeem,
    Repay,
    Supply,
    Take,
    read_action,
    read_book,
)
from solvent.margin.seam import InputRefused, Verb
from solvent.money import NumberRefused, Ratio
from tests.unit.margin.lending.books import UNCAPPED, book_of, sol, tok

FIELDS = {"collateral": "1200000", "debt": "20.4", "token_price": "0.005", "sol_price": "200"}


def test_book_is_read_whole_with_defaults_for_pool_and_caps() -> None:
    book = read_book(UNCAPPED, FIELDS | {"wallet_sol": "3", "wallet_tokens": "4.5", "net_in": "-1.5"})
    assert (book.position.collateral, lending.debt(book)) == (tok("1200000"), sol("20.4"))
    assert (book.pool.cash, book.pool.supply_assets) == (sol("1000"), sol("1020.4"))
    assert (book.wallet_loan, book.wallet_collateral) == (sol("3"), tok("4.5"))
    assert book.position.net_in == -sol("1.5")
    assert book.market == UNCAPPED
    assert lending.view(book, now_ms=0).ltv == Ratio(68, 100)


def test_supply_gives_the_cash_and_must_agree_with_it() -> None:
    fields = FIELDS | {"supply": "100", "market_debt": "60", "supplied": "7"}
    book = read_book(UNCAPPED, fields)
    assert (book.pool.cash, book.pool.borrow_assets) == (sol("40"), sol("60"))
    assert lending.claim_of(book.pool, book.supply_shares) == sol("7")
    assert read_book(UNCAPPED, fields | {"pool_cash": "40"}) == book
    assert book.pool == read_book(UNCAPPED, FIELDS | {"pool_cash": "40", "market_debt": "60"}).pool


def test_parameters_of_the_market_can_be_overridden() -> None:
    given = {"max_ltv": "50%", "liquidation_ltv": "0.7", "target_ltv": "0.6", "swap_slippage": "0.5%"}
    book = read_book(
        Market(name="T", collateral=UNCAPPED.collateral), FIELDS | given | {"market_cap": "none"}
    )
    assert book.market.max_open_ltv == Ratio(1, 2)
    assert book.market.liquidation_ltv == Ratio(7, 10)
    assert (book.market.max_debt_per_position, book.market.max_debt_per_market) == (sol("100"), None)
    assert read_book(UNCAPPED, FIELDS | {"position_cap": "7.5"}).market.max_debt_per_position == sol("7.5")


def test_pause_age_and_confidence_make_a_book_that_refuses() -> None:
    maxima = {
        "MARKET_PAUSED": {"paused": "YES"},
        "PRICE_INVALID": {"price_age_s": "61"},
        "MAX_LTV": {"price_age_s": "60", "confidence": "2%", "paused": "no"},
    }
    for binding, extra in maxima.items():
        assert lending.limits(read_book(UNCAPPED, FIELDS | extra), now_ms=0)["take"].binding == binding
    wide = read_book(UNCAPPED, FIELDS | {"confidence": "2.01%"})
    assert lending.limits(wide, now_ms=0)["take"].binding == "PRICE_INVALID"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"token_price": ""}, "token_price"),
        ({"margin": "1"}, "field"),
        ({"collateral": "0"}, "collateral"),
        ({"market_debt": "20"}, "market_debt"),
        ({"supply": "20"}, "supply"),
        ({"supply": "100", "pool_cash": "1"}, "pool_cash"),
        ({"supplied": "2000"}, "supplied"),
        ({"paused": "maybe"}, "paused"),
        ({"max_ltv": "0.76"}, "max_open_ltv"),
        ({"max_ltv": "0"}, "max_open_ltv"),
        ({"target_ltv": "0.76"}, "target_ltv"),
        ({"liquidation_ltv": "1", "emergency_ltv": "1"}, "liquidation_ltv"),
        ({"emergency_ltv": "0.7"}, "emergency_ltv"),
        ({"liquidation_ltv": "0.95", "emergency_ltv": "0.95", "target_ltv": "0.9"}, "emergency_penalty"),
        ({"sell_fee": "1.5"}, "sell_fee"),
    ],
)
def test_fields_that_make_no_market_are_refused_by_name(fields: dict[str, str], name: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_book(UNCAPPED, FIELDS | fields)
    assert caught.value.name == name
    assert caught.value.accepted


@pytest.mark.parametrize("text", ["-1", "NaN", "1e400", "0.0000000001", "١", "abc", "1 2"])
def test_nonsense_numbers_are_refused_with_the_fields_name(text: str) -> None:
    for name in ("debt", "wallet_sol", "pool_cash"):
        with pytest.raises(NumberRefused) as caught:
            read_book(UNCAPPED, FIELDS | {name: text})
        assert caught.value.name == name


def test_prices_of_zero_are_refused_when_read() -> None:
    with pytest.raises(NumberRefused):
        read_book(UNCAPPED, FIELDS | {"token_price": "0"})


def test_actions_are_read_in_the_units_of_their_asset() -> None:
    book = book_of()
    assert read_action(book, Verb.TAKE, {"amount": "1.5"}) == Take(tok("1.5"))
    assert read_action(book, Verb.ADD, {"amount": "2"}) == Add(tok("2"))
    assert read_action(book, Verb.BORROW, {"amount": "0.5"}) == Borrow(sol("0.5"))
    assert read_action(book, Verb.REPAY, {"amount": "3"}) == Repay(sol("3"))
    assert read_action(book, Verb.SUPPLY, {"amount": "3"}) == Supply(sol("3"))
    assert read_action(book, Verb.REDEEM, {"amount": "3"}) == Redeem(sol("3"))
    assert read_action(book, Verb.REDEEM, {"amount": "Max"}) == Redeem(None)
    assert read_action(book, Verb.LIQUIDATE, {}) == Liquidate(None)
    assert read_action(book, Verb.LIQUIDATE, {"offer": "2"}) == Liquidate(sol("2"))


def test_openings_and_closes_are_read_with_their_choices() -> None:
    book = book_of()
    opened = read_action(book, Verb.OPEN, {"margin": "10", "leverage": "2.5", "slippage": "2%"})
    assert opened == Open(margin=sol("10"), leverage=Ratio(5, 2), slippage_max=Ratio(2, 100))
    assert read_action(book, Verb.OPEN, {"margin": "1", "borrow": "2"}) == Open(
        margin=sol("1"), borrow=sol("2")
    )
    assert read_action(book, Verb.CLOSE, {}) == Close()
    assert read_action(book, Verb.CLOSE, {"fraction": "max"}) == Close()
    quarter = read_action(book, Verb.CLOSE, {"fraction": "25%", "cover": "yes"})
    assert quarter == Close(fraction=Ratio(1, 4), cover_shortfall_from_wallet=True)
    assert read_action(book, Verb.CLOSE, {"tokens": "5"}) == Close(tokens=tok("5"))


@pytest.mark.parametrize(
    ("verb", "fields", "name"),
    [
        (Verb.SET_LEVERAGE, {}, "verb"),
        (Verb.TAKE, {}, "amount"),
        (Verb.OPEN, {"margin": "1", "leverage": "2", "borrow": "1"}, "borrow"),
        (Verb.OPEN, {"margin": "1", "leverage": "0.9"}, "leverage"),
        (Verb.OPEN, {"margin": "1", "slippage": "101%"}, "slippage"),
        (Verb.CLOSE, {"fraction": "0.5", "tokens": "1"}, "tokens"),
        (Verb.CLOSE, {"fraction": "0"}, "fraction"),
        (Verb.CLOSE, {"fraction": "1.01"}, "fraction"),
        (Verb.CLOSE, {"cover": "perhaps"}, "cover"),
    ],
)
def test_actions_that_make_no_sense_are_refused_by_field(
    verb: Verb, fields: dict[str, str], name: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        read_action(book_of(), verb, fields)
    assert caught.value.name == name


def test_plain_actions_exist_for_every_verb_that_moves_one_amount() -> None:
    book = book_of(wallet_sol="9")
    assert lending.action_of(book, Verb.OPEN, 5) == Open(margin=sol("9"), borrow=5)
    with pytest.raises(InputRefused):
        lending.action_of(book, Verb.CLOSE, 5)


def test_presets_come_in_two_profiles_and_say_which_price_is_simulated() -> None:
    assert list(lending.PRESETS) == [
        "wETH/SOL",
        "wETH/SOL-conservative",
        "wBTC/SOL",
        "wBTC/SOL-conservative",
        "PUMP/SOL",
        "PUMP/SOL-conservative",
    ]
    weth, pump = lending.PRESETS["wETH/SOL"], lending.PRESETS["PUMP/SOL-conservative"]
    assert weth.summary == "wETH against SOL, max LTV 70 %, liquidated above 75 %"
    assert pump.summary == "PUMP against SOL, max LTV 50 %, liquidated above 75 %, simulated price"
    assert (pump.name, pump.leverage_slider_max) == ("PUMP/SOL-conservative", Ratio(196, 100))
    with pytest.raises(InputRefused):
        lending.with_profile(weth, "bold")


@pytest.mark.parametrize(
    "change",
    [
        {"penalty": Ratio(-1, 10)},
        {"kink": Ratio(1, 1)},
        {"kink": Ratio(0, 1)},
        {"rate_zero": Ratio(1, 1)},
        {"origination_window_s": 0},
    ],
)
def test_markets_that_could_harm_a_safe_position_are_not_made(change: dict[str, Ratio | int]) -> None:
    with pytest.raises(InputRefused):
        replace(UNCAPPED, **change)
