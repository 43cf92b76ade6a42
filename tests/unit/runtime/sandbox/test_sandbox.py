"""The sandbox: brought about once whatever happens meanwhile, and going on where it was after a restart."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from nacl.signing import SigningKey, VerifyKey

from solvent import margin
from solvent.engine import State, book_of, commands
from solvent.journal import open_journal
from solvent.margin import Verb
from solvent.margin.lending import presets as lending
from solvent.money import Asset, Ratio, parse_moment
from solvent.prices import Kind, PricesError, PriceUnavailable
from solvent.runtime import House, RuntimeRefused, Settings, Venue, VirtualClock, open_house
from solvent.runtime.base58 import decode
from solvent.runtime.sandbox import Sandbox, Wallet, cast, preparing, sandbox_settings
from solvent.runtime.sandbox.wallet import FILE
from solvent.runtime.settings import table

pytestmark = pytest.mark.slow

MINUTE = 60_000
DEFAULTS = {row.name: "default" for row in table()}


def settings_of(folder: Path, **given: Any) -> Settings:
    given = {"data_folder": str(folder), "clock": "virtual", **given}
    return sandbox_settings(Settings(**given), DEFAULTS | dict.fromkeys(given, "given"))


@contextmanager
def opened(folder: Path, **given: Any) -> Iterator[tuple[House, Sandbox]]:
    """Open a sandbox on a virtual time, readers told at once."""
    settings = settings_of(folder, **given)
    sandbox = Sandbox(settings)
    house = open_house(settings, profile=sandbox.profile, post=lambda told: told())
    try:
        yield house, sandbox
    finally:
        house.close()


def holdings(state: State, wallet: Wallet) -> dict[str, Any]:
    """Return what an account has, apart from prices."""
    return {
        "wallet": {
            asset: units
            for (name, asset), units in state.ledger().items()
            if name == f"wallet:{wallet.account}"
        },
        "positions": {name: held.get(wallet.account) for name, held in state.positions.items()},
        "supplied": {name: sum(held.values()) for name, held in state.supplies.items()},
    }


def test_every_market_is_there_priced_and_the_pools_have_a_thousand_sol_and_more(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, _):
        state = house.follower.state
        assert set(state.markets) == set(cast.MARKETS)
        assert all(kept.valid_readings for kept in state.markets.values())
        pools = {name: kept.pool.cash for name, kept in state.markets.items() if kept.pool is not None}
        assert set(pools) == {"wETH/SOL", "wBTC/SOL", "PUMP/SOL"}
        assert all(cash >= 1_000 * 10**9 for cash in pools.values())
        assert state.totals() == dict.fromkeys(state.totals(), 0)


def test_a_newcomer_finds_something_to_take_in_each_model_and_one_zero_with_a_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        found = {
            name: margin.limits(
                book_of(house.follower.state, name, sandbox.wallet.account), now_ms=house.now_ms()
            )[Verb.TAKE]
            for name, held in house.follower.state.positions.items()
            if sandbox.wallet.account in held
        }
    assert {name for name, most in found.items() if most.amount.units > 0} == {
        "wETH/SOL",
        "PUMP/SOL",
        "BTC-PERP",
        "XBTUSDTM",
    }
    nothing = found["ETH-PERP"]
    assert (nothing.amount.units, nothing.binding) == (0, "TEN_PERCENT_NOTIONAL")
    assert nothing.opens_at is not None
    # About the worked example: 1,200,000 PUMP at 0.000025 SOL.
    pump = house.follower.state.positions["PUMP/SOL"][sandbox.wallet.account]
    assert 1_150_000 * 10**6 < pump.collateral < 1_250_000 * 10**6


def test_no_example_is_liquidated_in_the_first_ten_minutes_nor_in_an_hour(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        before = holdings(house.follower.state, sandbox.wallet)["positions"]
        house.advance(10 * MINUTE)
        assert holdings(house.follower.state, sandbox.wallet)["positions"] == before
        house.advance(50 * MINUTE)
        after = holdings(house.follower.state, sandbox.wallet)["positions"]
    assert {name for name, held in after.items() if held} == {name for name, held in before.items() if held}


def test_the_simulated_market_says_so_wherever_it_is_shown(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, _):
        kinds = {feed.symbol: feed.kind for feed in house.feeds}
        assert house.follower.state.markets["PUMP/SOL"].market.simulated_price
    assert kinds == {
        "BTC": Kind.RECORDED,
        "ETH": Kind.RECORDED,
        "SOL": Kind.RECORDED,
        "PUMP": Kind.SIMULATED,
    }


def test_a_sandbox_that_is_opened_again_has_the_same_account_and_adds_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        account, before = sandbox.wallet.account, holdings(house.follower.state, sandbox.wallet)
    with opened(tmp_path) as (house, sandbox):
        assert sandbox.wallet.account == account
        assert holdings(house.follower.state, sandbox.wallet) == before


class Crash(BaseException):
    """A process that ends here."""


def cut_short(folder: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a sandbox whose process ends after so many steps of its beginning."""
    do, left = preparing._Steps._do, [steps]

    def cut(self: preparing._Steps, *args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash
        do(self, *args)

    with monkeypatch.context() as patched:
        patched.setattr(preparing._Steps, "_do", cut)
        with pytest.raises(Crash), opened(folder):
            pass


@pytest.mark.parametrize("steps", [0, 7, 9, 21, 30, 33, 36, 39, 44, 51, 58, 63])
def test_a_beginning_that_was_cut_short_is_finished_by_the_next_one(
    tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "whole") as (house, sandbox):
        whole = holdings(house.follower.state, sandbox.wallet)
    cut_short(tmp_path / "cut", steps, monkeypatch)
    with opened(tmp_path / "cut") as (house, sandbox):
        assert holdings(house.follower.state, sandbox.wallet) == whole
        assert not house.follower.state.outbox


def test_a_beginning_may_be_finished_years_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Three of the five fundings are noted; the real clock is years ahead of the virtual one.
    cut_short(tmp_path, 66, monkeypatch)
    with opened(tmp_path, clock="real") as (house, _):
        noted = {name for name, kept in house.follower.state.markets.items() if kept.funding}
        assert noted == {name for name, drive in cast.MARKETS.items() if drive.funding_rate is not None}


def test_the_recording_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, _):
        house.advance(MINUTE)
        before = {feed.symbol: (feed.recording_ms, feed.price) for feed in house.feeds}
        assert before["SOL"][0] == cast.ENTERED_MS + 10 * MINUTE
    # A virtual time goes on where the journal ends, so that nothing passes meanwhile.
    with opened(tmp_path) as (house, _):
        assert {feed.symbol: (feed.recording_ms, feed.price) for feed in house.feeds} == before
        house.advance(MINUTE)
        after = {feed.symbol: feed.recording_ms for feed in house.feeds}
    assert after["SOL"] == cast.ENTERED_MS + 20 * MINUTE


def test_time_that_passes_while_the_sandbox_is_closed_moves_no_price(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, _):
        house.advance(MINUTE)
        before = {feed.symbol: feed.price for feed in house.feeds}
    # The real clock is years ahead of the virtual one.
    with opened(tmp_path, clock="real") as (house, _):
        assert {feed.symbol: feed.price for feed in house.feeds} == before


def test_a_pause_a_speed_and_a_shock_are_kept_over_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        house.turn(lambda now_ms: sandbox.feeds.set_speed(Ratio(60, 1), now_ms))
        sandbox.shock(house, "BTC-PERP", price=Ratio(40_000, 1), change=None)
        house.turn(sandbox.feeds.pause)
        before = [feed.price for feed in house.feeds]
    with opened(tmp_path) as (house, sandbox):
        assert [feed.price for feed in house.feeds] == before
        feeds = {feed.symbol: feed for feed in house.feeds}
        assert all(feed.is_paused and feed.speed == Ratio(60, 1) for feed in feeds.values())
        assert feeds["BTC"].kind is Kind.SCRIPTED
        assert Ratio(39_999, 1) < feeds["BTC"].price < Ratio(40_001, 1)
        house.turn(sandbox.feeds.resume)
        sandbox.shock(house, "BTC-PERP", price=None, change=None)
        assert {feed.kind for feed in house.feeds if feed.symbol == "BTC"} == {Kind.INTERPOLATED}


def test_a_shock_liquidates_whom_it_must_in_every_market_of_that_symbol(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        account = sandbox.wallet.account
        sandbox.shock(house, "XBTUSDM", price=None, change=Ratio(-40, 100))
        state = house.follower.state
        assert account not in state.positions["BTC-PERP"] or not any(
            state.balance(f"position:BTC-PERP:{account}", asset) for asset in ("USDC", "BTC")
        )
        assert state.positions["wETH/SOL"][account].collateral > 0


def test_a_price_of_a_market_with_two_feeds_is_the_first_counted_in_the_second(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        sandbox.shock(house, "PUMP/SOL", price=Ratio(2, 100_000), change=None)
        prices = {feed.symbol: feed.price for feed in house.feeds}
    pump, sol = prices["PUMP"], prices["SOL"]
    assert abs(pump.num * sol.den * 100_000 - 2 * pump.den * sol.num) * 10**6 < 2 * pump.den * sol.num


def test_the_recording_is_sought_and_the_simulation_is_not(tmp_path: Path) -> None:
    moment = parse_moment("2024-01-20T05:00Z")
    with opened(tmp_path) as (house, sandbox):
        pump = [feed.price for feed in house.feeds if feed.symbol == "PUMP"]
        house.turn(lambda now_ms: sandbox.feeds.seek(moment, now_ms))
        assert {feed.recording_ms for feed in house.feeds if feed.symbol != "PUMP"} == {moment}
        assert [feed.price for feed in house.feeds if feed.symbol == "PUMP"] == pump
        with pytest.raises(PriceUnavailable, match="known is 2024-01-14T02:00Z"):
            house.turn(lambda now_ms: sandbox.feeds.seek(0, now_ms))
        with pytest.raises(PricesError, match="stay within 1000 times"):
            sandbox.shock(house, "BTC-PERP", price=Ratio(1, 1), change=None)
        with pytest.raises(RuntimeRefused, match="drives no market 'DOGE'"):
            sandbox.shock(house, "DOGE", price=Ratio(1, 1), change=None)


def test_what_was_published_is_told_again_from_the_turnings_alone(tmp_path: Path) -> None:
    told: dict[int, Ratio] = {}
    with opened(tmp_path) as (house, sandbox):
        for by_ms in (5_000, 5_000, 15_000):
            house.advance(by_ms)
            told |= {int(feed.at_ms): feed.price for feed in house.feeds if feed.symbol == "ETH"}
            house.turn(lambda now_ms: sandbox.feeds.set_speed(Ratio(77, 1), now_ms))
        began_ms = sandbox.feeds.begins_ms("ETH")
    with opened(tmp_path) as (_, sandbox):
        for at_ms, price in told.items():
            tick = sandbox.tick_at("ETH", at_ms)
            assert tick is not None
            assert tick.price == price
        # Before the venue, the recording's past; before that, nothing.
        first, before = sandbox.tick_at("ETH", began_ms), sandbox.tick_at("ETH", began_ms - 1)
    assert first is not None
    assert first.recording_ms == parse_moment("2024-01-14T02:00Z")
    assert before is None


def test_the_wallet_is_a_key_pair_that_only_its_owner_may_read(tmp_path: Path) -> None:
    with opened(tmp_path) as (house, sandbox):
        wallet = sandbox.wallet
        assert house.follower.state.identities[f"solana:{wallet.public_key}"] == wallet.account
    path = tmp_path / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    key = SigningKey(wallet.secret_key[:32])
    assert VerifyKey(decode(wallet.public_key)).verify(key.sign(b"Solvent")) == b"Solvent"
    assert wallet.secret_key[32:] == decode(wallet.public_key)
    assert wallet.secret_key.hex()[:64] in path.read_text("ascii")
    assert wallet.secret_key.hex()[:16] not in repr(wallet)


def test_a_wallet_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(RuntimeRefused, match=FILE), opened(tmp_path):
        pass


def test_a_wallet_that_is_no_key_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / FILE).write_text("something secret\n")
    with pytest.raises(RuntimeRefused, match="holds no key of 32 bytes") as refused, opened(tmp_path):
        pass
    assert "something secret" not in str(refused.value)


def test_a_folder_that_counts_an_asset_otherwise_is_refused_in_a_sentence(tmp_path: Path) -> None:
    other = replace(lending.WETH_SOL, name="other", collateral=Asset("wETH", 6))
    with Venue(open_journal(tmp_path, venue_id="0" * 32), clock=VirtualClock()) as venue:
        venue.ask(commands.CreateMarket(name="other", market=other), key="other")
    told = "the sandbox cannot begin in this folder: wETH has 6 decimals"
    with pytest.raises(RuntimeRefused, match=told), opened(tmp_path):
        pass


def test_settings_that_somebody_gave_stand_over_the_sandboxs_own() -> None:
    given = Settings(recording_speed=Ratio(3, 1))
    made = sandbox_settings(given, DEFAULTS | {"recording_speed": "--set recording_speed"})
    assert made.recording_speed == Ratio(3, 1)
    assert made.recording_from == cast.ENTERED_MS
    assert sandbox_settings(Settings(), DEFAULTS).recording_speed == cast.SPEED
