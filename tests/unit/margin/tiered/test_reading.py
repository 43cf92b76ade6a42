"""Books and actions from text: every field, and each nonsense with the field's name."""

import pytest

from solvent.margin import InputRefused, Verb, tiered
from solvent.margin.tiered import PRESETS, Add, Close, Mode, Open, SetLeverage, Take, TopUp
from solvent.money import NumberRefused, Ratio
from tests.unit.margin.tiered.worlds import ROOMY, usd

BTC = PRESETS["BTC-PERP"]
GOOD = {"size": "0.002", "mark": "64794", "raw_usd": "-83.731933", "leverage": "5", "cash": "1000"}


def test_a_book_is_read_from_the_venues_own_figures() -> None:
    assert tiered.read_book(BTC, GOOD) == ROOMY


def test_equity_may_be_given_instead_of_raw_usd() -> None:
    fields = {**GOOD, "raw_usd": "", "equity": "45.856067"}
    assert tiered.read_book(BTC, fields) == ROOMY


def test_defaults_are_the_setting_of_the_coin_the_mark_as_entry_and_no_cash() -> None:
    book = tiered.read_book(BTC, {"size": "-0.5", "mark": "60000.5", "equity": "4000"})
    assert (book.position.leverage, book.cash, book.reserved, book.mark_ms) == (20, 0, 0, 0)
    assert book.position.entry == Ratio(600_005, 1)
    assert book.position.cash == usd("4000") + usd("30000.25")


def test_entry_reservation_and_the_age_of_the_mark_are_read() -> None:
    book = tiered.read_book(BTC, {**GOOD, "entry": "60000.123", "reserved": "3", "mark_age_s": "11"})
    assert book.position.entry == Ratio(60_000_123, 100)
    assert (book.reserved, book.mark_ms) == (usd("3"), -11_000)
    assert tiered.limits(book, now_ms=0)["take"].binding == "PRICE_INVALID"


def test_a_flat_book_needs_no_cash_of_a_bucket() -> None:
    book = tiered.read_book(BTC, {"size": "0", "mark": "60000", "raw_usd": "0"})
    assert book.position == tiered.Position(leverage=20)
    assert tiered.read_book(BTC, {"size": "0", "mark": "60000", "entry": "5"}).position.entry is None


def test_a_table_a_flat_maximum_and_a_mode_may_replace_the_presets() -> None:
    table = tiered.read_book(BTC, {**GOOD, "tiers": "0/10, 3000000/5"}).market.tiers
    assert table == tiered.margin_table(51)
    book = tiered.read_book(BTC, {**GOOD, "max_leverage": "7", "mode": "strictIsolated"})
    assert book.market.tiers == tiered.margin_table(7)
    assert book.market.mode is Mode.STRICT_ISOLATED


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"colour": "red"}, "field", "one of cash, entry"),
        ({"size": ""}, "size", "signed size in coins"),
        ({"mark": ""}, "mark", "mark price in USD"),
        ({"mark": "0"}, "mark", "a price above zero"),
        ({"equity": "5"}, "equity", "not both"),
        ({"raw_usd": ""}, "raw_usd", "rawUsd"),
        ({"size": "0"}, "raw_usd", "0 or nothing where the size is 0"),
        ({"size": "0", "raw_usd": "", "equity": "1"}, "equity", "0 or nothing"),
        ({"leverage": "0"}, "leverage", "from 1 to 40"),
        ({"leverage": "41"}, "leverage", "from 1 to 40"),
        ({"tiers": "0/40", "max_leverage": "5"}, "max_leverage", "either it or tiers"),
        ({"tiers": "40"}, "tiers", "pairs such as"),
        ({"tiers": "0/5, 10/20"}, "tiers", "continuous and convex"),
        ({"max_leverage": "0"}, "tiers", "at least 1"),
        ({"mode": "cross"}, "mode", "isolated or noCross or strictIsolated"),
    ],
)
def test_a_field_that_means_nothing_is_refused_by_its_name(
    changes: dict[str, str], name: str, words: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        tiered.read_book(BTC, {**GOOD, **changes})
    assert caught.value.name == name
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "0.000001"),
        ("size", "NaN"),
        ("mark", "64794.25"),
        ("mark", "-5"),
        ("raw_usd", "1e400"),
        ("raw_usd", "0.0000001"),
        ("leverage", "2.5"),
        ("entry", "0"),
        ("cash", "-1"),
        ("reserved", "\u0661"),
        ("mark_age_s", "0.5"),
        ("max_leverage", "ten"),
    ],
)
def test_a_number_that_is_none_is_refused_by_its_fields_name(field: str, value: str) -> None:
    with pytest.raises(NumberRefused) as caught:
        tiered.read_book(BTC, {**GOOD, field: value})
    assert caught.value.name == field


@pytest.mark.parametrize(
    ("verb", "fields", "action"),
    [
        (Verb.TAKE, {"amount": "10"}, Take(usd("10"))),
        (Verb.ADD, {"amount": "0.000001"}, Add(1)),
        (Verb.TOP_UP, {"leverage": "0.5"}, TopUp(Ratio(1, 2))),
        (Verb.SET_LEVERAGE, {"leverage": "7"}, SetLeverage(7)),
        (Verb.OPEN, {"size": "-0.01"}, Open(size=-1000)),
        (Verb.OPEN, {"size": "0.01", "limit": "60000.5"}, Open(size=1000, limit_price=600_005)),
        (Verb.CLOSE, {}, Close()),
        (Verb.CLOSE, {"size": "0.001", "limit": "60000"}, Close(size=100, limit_price=600_000)),
        (
            Verb.ORDER,
            {"size": "-0.01", "limit": "65000"},
            tiered.Order(order_id="order", size=-1000, limit_price=650_000),
        ),
        (
            Verb.ORDER,
            {"size": "0.01", "limit": "60000.5", "id": "low", "tif": "alo", "reduce_only": "yes"},
            tiered.Order(
                order_id="low", size=1000, limit_price=600_005, tif=tiered.Tif.ALO, reduce_only=True
            ),
        ),
        (Verb.CANCEL, {"id": "low"}, tiered.Cancel("low")),
    ],
)
def test_each_verb_is_read_from_its_fields(verb: Verb, fields: dict[str, str], action: tiered.Action) -> None:
    assert tiered.read_action(ROOMY, verb, fields) == action


@pytest.mark.parametrize(
    ("verb", "fields", "words"),
    [
        (Verb.BORROW, {}, "add or take or"),
        (Verb.TAKE, {}, "amount in USD"),
        (Verb.TAKE, {"size": "1"}, "one of amount"),
        (Verb.ORDER, {"size": "1"}, "limit price in USD, on the tick"),
        (Verb.ORDER, {"size": "1", "limit": "1", "tif": "FOK"}, "GTC or IOC or ALO"),
        (Verb.ORDER, {"size": "1", "limit": "1", "reduce_only": "maybe"}, "reduce_only 'maybe' is not"),
        (Verb.ORDER, {"size": "1", "limit": "1", "id": "a\nb"}, "at most 64 printable characters"),
        (Verb.CANCEL, {}, "the id of the resting order"),
        (Verb.CANCEL, {"id": "x" * 65}, "at most 64 printable characters"),
    ],
)
def test_a_verb_or_field_that_does_not_exist_is_refused(
    verb: Verb, fields: dict[str, str], words: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        tiered.read_action(ROOMY, verb, fields)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        (Verb.TAKE, {"amount": "-1"}),
        (Verb.TOP_UP, {"leverage": "0"}),
        (Verb.SET_LEVERAGE, {"leverage": "3.5"}),
        (Verb.OPEN, {"size": "0.000001"}),
        (Verb.CLOSE, {"size": "-1"}),
        (Verb.OPEN, {"size": "1", "limit": "0.01"}),
    ],
)
def test_a_number_of_an_action_that_is_none_is_refused(verb: Verb, fields: dict[str, str]) -> None:
    with pytest.raises(NumberRefused):
        tiered.read_action(ROOMY, verb, fields)


def test_plain_actions_move_units_and_other_verbs_move_none() -> None:
    assert tiered.action_of(ROOMY, Verb.TAKE, 5) == Take(5)
    assert tiered.action_of(ROOMY, Verb.ADD, 5) == Add(5)
    with pytest.raises(InputRefused, match="take or add on BTC"):
        tiered.action_of(ROOMY, Verb.OPEN, 5)
