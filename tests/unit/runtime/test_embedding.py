"""A venue in a program of one's own: text in, replies out, the same after it was opened again."""

from pathlib import Path

import pytest

from solvent import margin
from solvent.margin import InputRefused, Preview
from solvent.money import NumberRefused
from solvent.runtime import (
    Embedded,
    RealClock,
    RuntimeRefused,
    VenueStopped,
    VirtualClock,
    account_id,
    embed,
)


def traded(venue: Embedded) -> str:
    """Return an account with a long of BTC-PERP that has risen by a tenth."""
    venue.create_market("BTC-PERP", mark="60000")
    ada = venue.open_account("ada")
    venue.deposit(ada, "1000 USDC")
    assert venue.act(ada, "BTC-PERP", "open", size="0.01").is_accepted
    venue.tick("BTC-PERP", mark="66000")
    return ada


def test_the_maximum_is_accepted_and_one_unit_more_is_refused() -> None:
    with embed(clock=VirtualClock(1_000)) as venue:
        ada = traded(venue)
        most = venue.limits(ada, "BTC-PERP")["take"].amount
        with pytest.raises(NumberRefused):
            venue.act(ada, "BTC-PERP", "take", amount="10 USDC")
        refused = venue.act(ada, "BTC-PERP", "take", amount="23.730001").read()
        assert (str(most), refused["code"]) == ("23.73 USDC", "BELOW_TRANSFER_FLOOR")
        free = venue.venue.state.balance(f"wallet:{ada}", "USDC")
        assert venue.act(ada, "BTC-PERP", "take", amount="max").is_accepted
        assert venue.venue.state.balance(f"wallet:{ada}", "USDC") == free + most.units
        assert venue.limits(ada, "BTC-PERP")["take"].amount.units == 0


def test_what_is_previewed_on_the_venues_own_book_is_what_it_does() -> None:
    clock = VirtualClock(1_000)
    with embed(clock=clock) as venue:
        ada = traded(venue)
        book = venue.book(ada, "BTC-PERP")
        preview = margin.preview(book, margin.action(book, "take", amount="10"), now_ms=clock.now_ms())
        assert isinstance(preview, Preview)
        assert venue.act(ada, "BTC-PERP", "take", amount="10").is_accepted
        assert margin.rows(venue.book(ada, "BTC-PERP"), now_ms=clock.now_ms()) == preview.after


def test_an_action_under_one_key_happens_once() -> None:
    with embed(clock=VirtualClock(1_000)) as venue:
        ada = traded(venue)
        first = venue.act(ada, "BTC-PERP", "take", amount="10", key="monday")
        state_hash = venue.state_hash()
        again = venue.act(ada, "BTC-PERP", "take", amount="10", key="monday")
        assert (again.body, again.is_repeat) == (first.body, True)
        assert venue.state_hash() == state_hash


def test_the_same_program_leaves_the_same_state_hash_under_a_virtual_clock() -> None:
    hashes = set()
    for _ in range(2):
        with embed(clock=VirtualClock(1_000)) as venue:
            venue.deposit(traded(venue), "1 USDC")
            hashes.add(venue.state_hash())
    assert len(hashes) == 1


def test_a_folder_opened_again_holds_the_same_state_and_takes_the_same_program(tmp_path: Path) -> None:
    with embed(tmp_path) as venue:
        ada = traded(venue)
        state_hash = venue.state_hash()
    with embed(tmp_path) as venue:
        assert venue.state_hash() == state_hash
        venue.create_market("BTC-PERP")
        assert venue.open_account("ada") == ada == account_id("ada")
        assert venue.state_hash() == state_hash


def test_time_goes_on_from_the_last_event_where_the_machine_is_behind(tmp_path: Path) -> None:
    far_ms = RealClock().now_ms() + 10**9
    with embed(tmp_path, clock=VirtualClock(far_ms)) as venue:
        traded(venue)
    with embed(tmp_path) as venue:
        venue.tick("BTC-PERP", mark="67000")
        assert venue.venue.state.now_ms >= far_ms


def test_the_venues_own_accounts_are_funded_and_pay() -> None:
    with embed(clock=VirtualClock(1_000)) as venue:
        venue.create_market("wETH/SOL", collateral_usd="2234.7", loan_usd="89.47")
        venue.fund("swap_desk", "100 wETH")
        lena, tara = venue.open_account("lena"), venue.open_account("tara")
        venue.deposit(lena, "1000 SOL")
        venue.deposit(tara, "10 SOL")
        assert venue.act(lena, "wETH/SOL", "supply", amount="max").is_accepted
        assert venue.act(tara, "wETH/SOL", "open", margin="10", leverage="3").is_accepted
        assert str(venue.limits(tara, "wETH/SOL")["take"].amount) == "0.03431715 wETH"


def test_a_market_goes_by_another_name_than_its_preset_but_not_by_a_name_that_is_taken() -> None:
    with embed() as venue:
        venue.create_market("BTC", preset="BTC-PERP", mark="60000")
        with pytest.raises(RuntimeRefused, match="a market named 'BTC' exists already"):
            venue.create_market("BTC", preset="ETH-PERP")


def test_what_cannot_be_read_or_done_is_told_by_name() -> None:
    with embed() as venue:
        with pytest.raises(InputRefused, match="none yet, create a market first"):
            venue.deposit(venue.open_account("ada"), "10 USDC")
        with pytest.raises(RuntimeRefused, match="no market 'BTC-PERP' with a price"):
            venue.limits(account_id("ada"), "BTC-PERP")
        venue.create_market("BTC-PERP")
        with pytest.raises(RuntimeRefused, match="no market 'BTC-PERP' with a price"):
            venue.book(account_id("ada"), "BTC-PERP")
        with pytest.raises(RuntimeRefused, match="needs a positive price of mark"):
            venue.tick("BTC-PERP", oracle="1")
        with pytest.raises(RuntimeRefused, match="no account has the id"):
            venue.deposit(account_id("nobody"), "10 USDC")


def test_a_closed_venue_takes_nothing_more() -> None:
    venue = embed()
    venue.close()
    with pytest.raises(VenueStopped):
        venue.open_account("ada")
