"""Steps of a scenario: every command of the engine has one, and each tells what it came to."""

from pathlib import Path
from typing import Any, get_args

import pytest

from solvent.cli.exits import Exit
from solvent.cli.venue import playing, words
from solvent.cli.venue.fields import STEPS
from solvent.engine import commands
from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_venue_run import act, played

BEN = {"do": "open_accounts", "accounts": ["ben"]}
LENDING: list[dict[str, Any]] = [
    {"do": "create_market", "market": "wETH/SOL"},
    {"do": "price", "market": "wETH/SOL", "feeds": {"collateral_usd": "3000", "loan_usd": "120"}},
]


def test_every_command_of_the_engine_is_asked_by_some_step() -> None:
    source = Path(playing.__file__).read_text("utf-8")
    missing = [
        one.__name__ for one in get_args(commands.AnyCommand) if f"commands.{one.__name__}(" not in source
    ]
    assert missing == []


def told(solvent: Solvent, folder: Path, *steps: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return who, what and the result of the last steps, one line each."""
    called = played(solvent, folder, *steps)
    assert called.code == Exit.OK, (called.out, called.err)
    return [(line["who"], line["what"], line["result"]) for line in called.json["steps"] if line["step"] > 5]


def test_a_transfer_leaves_one_wallet_and_enters_another(solvent: Solvent, tmp_path: Path) -> None:
    transfer = {"do": "transfer", "account": "ann", "receiver": "ben", "amount": "100 USDC"}
    _, line = told(solvent, tmp_path, BEN, transfer)
    assert line == ("ann", "transfer 100 USDC to ben", "wallet 797.5 USDC")


def test_a_deposit_may_wait_and_fail(solvent: Solvent, tmp_path: Path) -> None:
    deposit = {"do": "deposit", "account": "ann", "amount": "9 USDC", "waits": True}
    waits, failed = told(solvent, tmp_path, deposit, {"do": "confirm", "done": False})
    assert waits == ("ann", "deposit 9 USDC", "deposit-6 waits to be confirmed")
    assert failed == ("settlement", "fail what waits", "deposit-6 failed, and undone")


def test_an_identity_is_bound_once(solvent: Solvent, tmp_path: Path) -> None:
    bind = {"do": "bind", "account": "ann", "identity": "ethereum:0x00"}
    first, again = told(solvent, tmp_path, bind, bind | {"expect": "IDENTITY_TAKEN"})
    assert first == ("ann", "bind ethereum:0x00", "done")
    assert again[2].startswith("ethereum:0x00 is bound to an account already")


def test_an_agent_is_approved_and_a_number_of_its_is_good_once(solvent: Solvent, tmp_path: Path) -> None:
    agent = "ethereum:0x14791697260e4c9a71f18484c9f997b308e59325"
    approve = {"do": "approve_agent", "account": "ann", "agent": agent, "expires": "+30d", "name": "bot"}
    use = {"do": "use_nonce", "account": "ann", "signer": agent, "nonce": 7}
    lines = told(solvent, tmp_path, approve, use, use | {"expect": "NONCE_USED"})
    assert lines[0] == ("ann", f"approve the agent {agent}", "done")
    assert lines[1] == ("ann", f"use the number 7 of {agent}", "done")
    assert "was used before" in lines[2][2]


def test_what_is_set_aside_leaves_the_wallet_and_comes_back(solvent: Solvent, tmp_path: Path) -> None:
    aside = {"do": "set_aside", "account": "ann", "amount": "100 USDC"}
    lines = told(solvent, tmp_path, aside, aside | {"back": True})
    assert lines[0] == ("ann", "set 100 USDC aside", "wallet 797.5 USDC")
    assert lines[1] == ("ann", "bring 100 USDC back", "wallet 897.5 USDC")


def test_a_margin_table_changes(solvent: Solvent, tmp_path: Path) -> None:
    change = {"do": "change_market", "market": "BTC-PERP", "tiers": "0/20, 150000000/10"}
    leverage = act("set_leverage", leverage="40") | {"expect": "LEVERAGE_INVALID"}
    changed, refused = told(solvent, tmp_path, change, leverage)
    assert changed == ("BTC-PERP", "change the margin table", "0/20, 150000000/10")
    assert refused[2]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"do": "change_market", "market": "BTC-PERP", "tiers": "20"}, "pairs such as"),
        ({"do": "use_nonce", "account": "ann", "signer": "x", "nonce": -1}, "a whole number"),
        ({"do": "use_nonce", "account": "ann", "signer": "x", "nonce": True}, "a whole number"),
    ],
)
def test_a_step_that_cannot_be_read_is_told(
    solvent: Solvent, tmp_path: Path, step: dict[str, Any], words: str
) -> None:
    called = played(solvent, tmp_path, step)
    assert called.code == Exit.BAD_INPUT
    assert words in called.said


def test_a_market_without_a_margin_table_is_told(solvent: Solvent, tmp_path: Path) -> None:
    change = {"do": "change_market", "market": "wETH/SOL", "tiers": "0/20"}
    called = played(solvent, tmp_path, *LENDING, change)
    assert called.code == Exit.BAD_INPUT
    assert "one whose model has a margin table" in called.said


def test_a_key_is_granted_and_revoked_once(solvent: Solvent, tmp_path: Path) -> None:
    grant = {"do": "grant_key", "account": "ann", "key": "bot-1", "scopes": ["read", "margin"]}
    grant |= {"expires": "+30d"}
    revoke = {"do": "revoke_key", "account": "ann", "key": "bot-1"}
    first, again, gone, twice = told(
        solvent,
        tmp_path,
        grant,
        grant | {"expect": "KEY_EXISTS"},
        revoke,
        revoke | {"expect": "KEY_REVOKED"},
    )
    assert first == ("ann", "grant key bot-1", "may read, margin")
    assert again[2].startswith("a key has the id 'bot-1' already")
    assert gone == ("ann", "revoke key bot-1", "done")
    assert twice[2].startswith("the key 'bot-1' is revoked already")


def test_an_order_rests_is_cancelled_and_another_is_filled_when_it_is_reached(
    solvent: Solvent, tmp_path: Path
) -> None:
    lower = {"at": "+1h", "do": "price", "market": "BTC-PERP", "feeds": {"mark": "39900"}}
    lines = told(
        solvent,
        tmp_path,
        act("order", size="0.02", limit="40000", id="near"),
        act("order", size="0.02", limit="30000", id="far"),
        act("cancel", id="far"),
        lower | {"expect": "reached"},
    )
    assert lines[0] == (
        "ann",
        "order size 0.02, limit 40000, id near on BTC-PERP",
        "rests, 40 USDC reserved; leverage 20.19x, liquidation at 42,500.2 USDC/BTC",
    )
    assert lines[2][1:2] == ("cancel id far on BTC-PERP",)
    assert lines[2][2].startswith("cancelled, 30 USDC free again; ")
    assert lines[4][1] == "order near filled on BTC-PERP"


def test_the_venues_own_accounts_are_funded_pay_and_collect(solvent: Solvent, tmp_path: Path) -> None:
    lines = told(
        solvent,
        tmp_path,
        *LENDING,
        {"do": "fund", "role": "keeper", "amount": "10 SOL"},
        {"do": "pay_out", "role": "keeper", "receiver": "ann", "amount": "3 SOL"},
        {"at": "+1h", "do": "touch", "market": "wETH/SOL"},
        {
            "do": "pay_out",
            "role": "keeper",
            "receiver": "ann",
            "amount": "8 SOL",
            "expect": "VENUE_FUNDS_SHORT",
        },
    )
    assert lines[3] == ("keeper", "pay 3 SOL to ann", "ann's wallet 3 SOL")
    assert lines[4] == ("wETH/SOL", "touch", "interest up to now")


@pytest.mark.parametrize(
    "step", [{"do": "unwind", "market": "BTC-PERP"}, {"do": "collect", "market": "wETH/SOL"}]
)
def test_there_may_be_nothing_to_unwind_or_collect(
    solvent: Solvent, tmp_path: Path, step: dict[str, Any]
) -> None:
    called = played(solvent, tmp_path, *LENDING, step)
    assert called.code == Exit.REFUSED
    assert called.json["steps"][-1]["refused"]
    assert called.json["refused_unexpectedly"] == 1


def test_a_bad_day_is_told_in_plain_words(solvent: Solvent) -> None:
    called = solvent("run", "a-bad-day", width=200)
    assert called.code == Exit.OK, called.out
    for line in (
        "ann: order dip filled on BTC-PERP → wallet −29,500 USDC",
        "ann: liquidated in part on BTC-PERP → wallet unchanged; leverage 73x",
        "LIQUIDATION_IN_PROGRESS: BTC is being liquidated; opening is possible again in 20 s",
        "ann: taken over by the backstop on BTC-PERP",
        "backstop: unwind BTC-PERP → backstop +1,236.095 USDC",
        "ben: liquidation on wETH/SOL waits → keeper has too little",
        "ben: liquidated on wETH/SOL → keeper −19.143593083 SOL",
        "eli: taken over by the insurance on XBTUSDTM → insurance −20 USDT",
        "cleo: taken over by the house, as the insurance cannot pay on XBTUSDTM",
        "dan: reduced against a failed position on XBTUSDTM → wallet +1,800 USDT",
        "Liquidated  ann on BTC-PERP, 2 times, ben on wETH/SOL, eli on XBTUSDTM, cleo on XBTUSDTM",
        "Reduced     dan on XBTUSDTM",
        "Waited for  ben on wETH/SOL",
        "Refused     3, all as expected",
    ):
        assert line in called.out, line
    assert "each sums to 0" in called.out


@pytest.mark.parametrize("width", [60, 80, 110])
def test_a_run_stays_within_the_width_of_the_screen(solvent: Solvent, width: int) -> None:
    tables = (
        solvent("run", "a-bad-day", width=width)
        .out.partition("Balances by asset")[2]
        .partition("Liquidated")[0]
    )
    assert max(len(line) for line in tables.splitlines()) <= width


def test_a_liquidation_waits_for_somebodys_funds_or_for_what_refuses_it() -> None:
    assert words.lacking("swap_desk") == "swap desk has too little"
    assert words.lacking("VENUE_FUNDS_SHORT") == "refused with VENUE_FUNDS_SHORT"


def test_every_step_is_known_to_the_player_and_to_the_reader() -> None:
    source = Path(playing.__file__).read_text("utf-8")
    assert [do for do in STEPS if f'"{do}": self._' not in source] == []
