"""`solvent sandbox` against a sandbox in this process: keys, money, time, prices, funding and faults."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from solvent.cli.exits import Complaint
from solvent.cli.remote import Remote
from solvent.cli.sandbox import calling
from solvent.testing import Sandbox
from tests.unit.cli.calling import Called, Solvent

pytestmark = pytest.mark.slow

ADDRESS = "0x5e9ee1089755c3435139848e47e6635505d5a13a"
Call = Any


@pytest.fixture(scope="module")
def venue() -> Iterator[Sandbox]:
    with Sandbox.started() as found:
        yield found


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], venue: Sandbox) -> Call:
    solvent = Solvent(monkeypatch, capsys)

    def call(*arguments: str, url: str = venue.url) -> Called:
        return solvent("sandbox", *arguments, "--url", url)

    return call


def test_keys_are_printed_with_the_base_url_of_their_venue(sandbox: Call, venue: Sandbox) -> None:
    key = sandbox("hyperliquid-key", "--account", "new", "--json").json
    assert key["base_url"] == f"{venue.url}/hyperliquid"
    assert len(key["private_key"]) == 66
    granted = sandbox("kucoin-key", "--account", key["address"], "--json").json
    assert (granted["account"], granted["base_url"]) == (key["account"], f"{venue.url}/kucoin")
    told = sandbox("hyperliquid-key").out
    assert "private key" in told
    assert venue.get("/venue")["id"] not in told
    assert all(word in sandbox("kucoin-key").out for word in ("secret", "passphrase", "/kucoin"))


def test_an_address_is_funded_and_an_unknown_account_is_not(sandbox: Call) -> None:
    assert "250 USDT are in the wallet" in sandbox("fund", ADDRESS, "--amount", "250", "--asset", "USDT").out
    refused = sandbox("fund", "nobody")
    assert (refused.code, "no account has the id or the address 'nobody'" in refused.said) == (2, True)


def test_a_key_for_a_venue_that_is_not_spoken_here_has_no_base_url(sandbox: Call) -> None:
    with Sandbox.started(gateways="hyperliquid") as other:
        told = " ".join(sandbox("kucoin-key", url=other.url).out.split())
        assert "base URL none, as this venue does not speak it; serve it with --gateway kucoin" in told
        assert sandbox("kucoin-key", "--json", url=other.url).json["base_url"] is None
        assert sandbox("hyperliquid-key", "--json", url=other.url).json["base_url"] is not None


def test_an_answer_is_waited_for_as_long_as_it_takes(sandbox: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    patience: list[Any] = []

    def noted(url: str, **given: Any) -> Remote:
        patience.append(given)
        return Remote(url, **given)

    monkeypatch.setattr(calling, "Remote", noted)
    assert sandbox("clock", "advance", "1s").code == 0
    assert patience == [{"timeout_s": None}]


def test_an_answer_that_is_lost_is_told_as_such() -> None:
    with Sandbox.started() as other:
        with (
            Remote(other.url, timeout_s=0.001) as hasty,
            pytest.raises(Complaint, match="may have been done"),
        ):
            hasty.post("/sandbox/clock", {"op": "advance", "by_ms": 1_200_000})
        other.faults.lose_response("native", "/api/v1/venue")
        with Remote(other.url) as client, pytest.raises(Complaint, match="may have been done"):
            client.get("/venue")


def test_time_is_advanced_run_and_stopped(sandbox: Call, venue: Sandbox) -> None:
    begun_ms = venue.clock.now_ms
    assert "stands still" in sandbox("clock", "advance", "2h", "--step", "10m").out
    assert venue.clock.now_ms == begun_ms + 7_200_000
    assert "runs 60 times as fast" in sandbox("clock", "run", "60").out
    assert "stands still" in sandbox("clock", "stand").out
    assert "paused" in sandbox("clock", "pause").out
    assert "paused" not in sandbox("clock", "resume").out
    assert sandbox("clock", "speed", "2.5", "--json").json["feeds"][0]["speed"] == "2.5"
    assert sandbox("clock", "seek", "2024-02-20T12:00Z").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clock", "rewind"], "the clock cannot 'rewind'"),
        (["clock", "advance"], "advance needs a value behind it"),
        (["clock", "stand", "1"], "stand takes no value"),
        (["clock", "advance", "soon"], "'soon' is no length of time"),
        (["clock", "seek", "1999-01-01T00:00Z"], "1999-01-01"),
        (["price", "BTC-PERP", "--to", "1", "--by", "2%"], "give one of --to, --by and --hold"),
        (["price", "NO-PERP", "--to", "1"], "drives no market"),
        (["price", "BTC-PERP", "--over", "90s"], "--over needs --to or --by"),
        (["price", "BTC-PERP", "--hold", "--over", "90s"], "--over needs --to or --by"),
        (["price", "BTC-PERP", "--by", "-100%"], "was to move by -1 of its price; give a price above zero"),
        (["funding", "wETH/SOL", "1%"], "has no funding"),
        (["fault", "make", "stale_prices"], "stale_prices needs a market"),
        (["fault", "make", "delay", "--chance", "150%"], "give 0% to 100%"),
        (["fault", "make", "delay"], "delay needs a delay_ms above zero"),
        (["fault", "make", "unavailable", "--delay", "1s"], "unavailable has no delay_ms"),
        (["fault", "make", "unavailable", "--times", "0"], "times"),
        (["fault", "make", "stale_prices", "--market", "BTC-PERP", "--times", "2"], "has no times"),
        (["fault", "make", "stale_prices", "--market", "BTC-PERP", "--path", "/x"], "has no path"),
        (["fault", "clear", "99"], "no rule in force has the number 99"),
        (["fault", "replay", "/nowhere/at/all"], "cannot be read"),
        (["fault", "replay", __file__], "is no log of faults"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(sandbox: Call, arguments: list[str], words: str) -> None:
    refused = sandbox(*arguments)
    assert (refused.code, refused.said.startswith("error: ")) == (2, True)
    assert words in refused.said


def test_a_price_is_set_ramped_held_and_let_go(sandbox: Call, venue: Sandbox) -> None:
    told = sandbox("price", "BTC-PERP", "--to", "60000").out
    assert "BTC costs 60000 USD, in wBTC/SOL, BTC-PERP, XBTUSDTM, XBTUSDM" in " ".join(told.split())
    sandbox("price", "BTC-PERP", "--by", "-12%", "--over", "90s")
    venue.clock.advance("90s")
    assert venue.prices.of("XBTUSDTM") == "52800"
    sandbox("price", "BTC-PERP", "--hold")
    venue.clock.advance("1h", step="10m")
    assert venue.prices.of("BTC-PERP") == "52800"
    sandbox("price", "BTC-PERP")
    venue.clock.advance("10s")
    assert venue.prices.of("BTC-PERP") != "52800"


def test_funding_is_set_and_let_go(sandbox: Call) -> None:
    assert "BTC-PERP is funded at 0.0005" in sandbox("funding", "BTC-PERP", "0.05%").out
    assert "BTC-PERP is funded at -0.0005" in sandbox("funding", "BTC-PERP", "-0.05%").out
    assert "every market is funded at its own rate" in sandbox("funding", "BTC-PERP").out


def test_a_fault_that_is_over_at_once_is_told_as_such_and_one_that_lasts_is_listed(
    sandbox: Call, venue: Sandbox
) -> None:
    assert "disconnect: it has gone wrong, and is over" in sandbox("fault", "make", "disconnect").out
    venue.faults.stale_prices("SOL-PERP", during="60s")
    assert "stale_prices at SOL-PERP, for 60000 ms" in sandbox("fault", "list").out
    sandbox("fault", "clear")


def test_a_fault_is_made_listed_logged_taken_back_and_played_again(
    sandbox: Call, venue: Sandbox, tmp_path: Path
) -> None:
    made = sandbox("fault", "make", "unavailable", "--surface", "kucoin", "--path", "/api/v1/time*",
                   "--times", "2", "--chance", "100%")  # fmt: skip
    assert "unavailable at kucoin /api/v1/time*, 2 times" in made.out
    path = f"{venue.kucoin_url}/api/v1/timestamp"
    assert [httpx.get(path).status_code for _ in range(3)] == [500, 500, 200]
    assert "nothing is to go wrong" in sandbox("fault", "list").out
    told = sandbox("fault", "log").out
    assert "GET /api/v1/timestamp, request 2" in told
    file = tmp_path / "log.json"
    file.write_text(sandbox("fault", "log", "--json").out)
    assert json.loads(file.read_text())["fired"][1]["met"] == 2
    assert "unavailable" in sandbox("fault", "replay", str(file)).out
    assert [httpx.get(path).status_code for _ in range(3)] == [500, 500, 200]
    sandbox("fault", "make", "delay", "--delay", "1ms", "--for", "60s", "--surface", "native")
    assert "nothing is to go wrong" in sandbox("fault", "clear").out
