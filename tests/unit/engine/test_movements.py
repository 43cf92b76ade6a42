"""Movements of one action: named once, covered together, and what a market's terms are worked out from."""

from itertools import product

import msgspec
import pytest

from solvent.engine import Code, State, commands, ledger
from solvent.engine.acting import _short_of_funds
from solvent.engine.books import book_of, parts_of
from solvent.engine.events import Move
from solvent.engine.state import MarketState
from solvent.margin import lending, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, LENDER, MARKETS, funded_venue

WALLET = "wallet:" + "a" * 32


def with_balance(units: int) -> State:
    state = State()
    state.balances["USDC"] = {WALLET: units}
    return state


def test_who_acts_again_is_named_as_who_acts_first() -> None:
    places = [*product(("BTC-PERP", "wETH/SOL"), (ALICE, LENDER, "protocol"))]
    for one, other in product(places, places):
        for market, account in (one, other, other):
            found = ledger.wallet_and_bucket(market, account)
            assert found == (ledger.wallet(account), ledger.bucket(market, account))


def test_payments_that_a_wallet_could_make_alone_are_refused_where_it_cannot_make_both() -> None:
    moves = (Move(WALLET, "USDC", -60), Move(WALLET, "USDC", -60), Move("house", "USDC", 120))
    refused = _short_of_funds(with_balance(119), moves)
    assert refused is not None
    assert (refused.code, refused["have"], refused["need"]) == (Code.VENUE_FUNDS_SHORT, 119, 120)
    assert _short_of_funds(with_balance(120), moves) is None


def test_what_comes_into_a_wallet_by_the_same_action_pays_for_what_leaves_it() -> None:
    moves = (Move(WALLET, "USDC", -60), Move("house", "USDC", 10), Move(WALLET, "USDC", 50))
    assert _short_of_funds(with_balance(10), moves) is None
    assert _short_of_funds(with_balance(9), moves) is not None


def test_what_a_venue_account_lacks_is_not_paid_by_another_asset_of_it() -> None:
    moves = (Move(WALLET, "SOL", -1), Move("house", "SOL", 1), Move(WALLET, "USDC", 1))
    assert _short_of_funds(with_balance(5), moves) is not None


def test_a_markets_terms_follow_its_readings_and_are_no_part_of_what_is_kept() -> None:
    venue = funded_venue()
    kept = venue.state.markets["BTC-PERP"]
    before = venue.state.hash(), msgspec.json.encode(kept)
    assert kept.terms is kept.terms
    assert kept.terms.is_priced
    assert kept.terms.symbols == ("USDC",)
    assert tiered.Take in kept.terms.actions
    assert (venue.state.hash(), msgspec.json.encode(kept)) == before
    unpriced = MarketState(name=kept.name, model=kept.model, market=kept.market)
    assert not unpriced.terms.is_priced
    reading = FeedReading(feed="mark", price=Ratio(60_000, 1), at_ms=venue.state.now_ms)
    venue.do(commands.Tick(market="BTC-PERP", readings=(reading,)))
    assert venue.state.markets["BTC-PERP"] is not kept


@pytest.mark.parametrize("market", MARKETS)
def test_a_book_is_the_same_whether_what_it_takes_from_the_readings_was_kept_or_is_made_again(
    market: str,
) -> None:
    venue = funded_venue()
    model = venue.state.markets[market].terms.model
    assert venue.state.markets[market].terms.quoted is not None
    parts = parts_of(venue.state, market, ALICE)
    assert book_of(venue.state, market, ALICE) == model.assemble(parts)
    dearer = tuple(msgspec.structs.replace(one, price=Ratio(77_000, 1)) for one in parts.readings)
    assert model.assemble(msgspec.structs.replace(parts, readings=dearer)) != model.assemble(parts)


def test_a_markets_terms_outlive_its_pool_and_follow_its_next_readings() -> None:
    venue = funded_venue()
    before = venue.state.markets["wETH/SOL"]
    venue.must(LENDER, "wETH/SOL", lending.Supply(10**9))
    venue.do(commands.Touch(market="wETH/SOL"), 1_000)
    after = venue.state.markets["wETH/SOL"]
    assert after.pool != before.pool
    assert after.terms is before.terms
    venue.price("wETH/SOL", 1_000, collateral_usd="2000", loan_usd="89.47")
    assert venue.state.markets["wETH/SOL"].terms.quoted != before.terms.quoted
