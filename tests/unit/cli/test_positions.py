"""`solvent positions` in front of a stub of the venue: every line that a person reads, and the JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Complaint
from solvent.venues import MAINNET_URL
from tests.unit.venues import accounts as given
from tests.unit.venues.stub import serving

WIDE = {"COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}


def look(answers: dict[str, Any], *flags: str, user: str = given.USER, width: str = "110") -> str:
    """Run the command against a stub; return what it prints."""
    with serving(answers) as stub:
        asked = ["positions", "--hyperliquid", user, "--url", stub.url, *flags]
        done = CliRunner().invoke(app, asked, env=WIDE | {"COLUMNS": width}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.replace(stub.url, "URL")


def lines(text: str) -> list[str]:
    """Return lines with single blanks."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_the_how_to_shows_what_is_printed() -> None:
    shown = look(given.answers(given.position("BTC"), given.SHORT, given.STRICT, given.CROSS))
    told = "\n".join(line.rstrip() for line in shown.replace("URL", MAINNET_URL).splitlines())
    page = Path(__file__).parents[3] / "docs" / "how-to" / "look-at-a-live-account.md"
    assert f"```text\n$ solvent positions --hyperliquid {given.USER}\n{told.rstrip()}\n```" in (
        page.read_text("utf-8")
    )


def test_each_position_says_what_may_leave_what_binds_it_and_where_both_see_liquidation() -> None:
    found = lines(look(given.answers(given.position("BTC"), given.SHORT, given.STRICT)))
    assert found[:3] == [
        f"{given.USER} at URL",
        "Valued by the venue at 2026-07-25T17:20Z. Withdrawable: 970.5 USDC.",
        "position takeable now binds liquidation theirs",
    ]
    assert found[4:10] == [
        "BTC long 0.002 19.938467 USDC INITIAL_MARGIN 42,395.915443 42,395.915443",
        "at 64,794, 5x at −0.5 %: 19.420115 then 52,491.3417722 agrees",
        "ETH short 4 60.72 USDC TEN_PERCENT_NOTIONAL 3,235.29411765 3,235.29411765",
        "at 2,986.2, 20x at +0.5 %: 0 then 3,220.41176471 agrees",
        "PURR long 1,000 0 USDC STRICT_ISOLATED 0.12 0.12",
        "at 0.2, 3x at no price agrees",
    ]


def test_a_removal_raises_a_longs_liquidation_price_and_lowers_a_shorts() -> None:
    found = look(given.answers(given.position("BTC"), given.SHORT))
    assert "Taking margin out of a long (BTC) moves its liquidation price up, toward the mark." in found
    assert "Taking margin out of a short (ETH) moves its liquidation price down, toward the mark." in found


def test_a_strict_position_and_what_is_left_out_are_named() -> None:
    found = look(given.answers(given.STRICT, given.CROSS))
    assert "PURR is strictly isolated: margin can be added, and comes back only in proportion" in found
    assert "Left out: HYPE, it is held in cross margin, where the whole account decides" in found
    assert "±0.5 %" not in found


def test_a_zero_says_at_which_mark_it_opens_up() -> None:
    poor = given.position(
        "BTC",
        leverage={"type": "isolated", "value": 20, "rawUsd": "-120.0"},
        marginUsed="9.588",
        liquidationPx="60759.493671",
    )
    found = lines(look(given.answers(poor)))
    assert found[4] == "BTC long 0.002 0 USDC TEN_PERCENT_NOTIONAL 60,759.4936709 60,759.493671"
    assert found[5] == "at 64,794, 20x opens up: mark above 66,666.6666667 agrees"


def test_a_liquidation_price_that_differs_is_said_to_differ() -> None:
    found = lines(look(given.answers(given.position("BTC", liquidationPx="42395.91"))))
    assert found[5].endswith("DIFFERS")
    assert lines(look(given.answers(given.position("BTC", liquidationPx=None))))[5].endswith("DIFFERS")


def test_a_mark_that_moves_fast_is_told() -> None:
    listed = given.listing()
    listed[1][0]["markPx"] = "65117"
    assert "moves fast" not in look(given.answers(given.position("BTC"), metaAndAssetCtxs=listed))
    listed[1][0]["markPx"] = "65118"
    found = look(given.answers(given.position("BTC"), metaAndAssetCtxs=listed))
    assert (
        "The mark of BTC moves fast: it was 65,118 a moment before the account was valued at 64,794." in found
    )


def test_a_margin_table_that_is_not_listed_is_said_to_be_a_guess() -> None:
    found = look(given.answers(given.position("NEW")))
    assert "The venue lists no margin table of NEW: it is taken as flat at its maximum leverage." in found


def test_a_unified_account_is_explained() -> None:
    found = look(given.answers(given.position("BTC"), userAbstraction="unifiedAccount"))
    assert "This account is of the kind unifiedAccount: it keeps collateral outside its perpetuals'" in found


@pytest.mark.parametrize(("role", "sentence"), [
    ({"role": "user"}, "This account has no open position, and nothing that could be withdrawn."),
    ({"role": "missing"}, "nothing was ever deposited to it there. Check the address, and --url"),
    ({"role": "vault"}, "This is the address of a vault, without an open position."),
    ({"role": "agent", "data": {"user": "0x5e9ee1089755c3435139848e47e6635505d5a13a"}},
     "is an API wallet, which holds nothing: it signs for 0x5e9ee1089755c3435139848e47e6635505d5a13a."),
])  # fmt: skip
def test_an_empty_account_says_why_it_is_empty(role: Any, sentence: str) -> None:
    answers = given.answers(clearinghouseState=given.state(withdrawable="0.0"), userRole=role)
    assert sentence in " ".join(look(answers).split())


def test_an_account_with_cash_or_cross_positions_alone_is_told_so() -> None:
    assert "This account has no open position." in look(given.answers())
    assert "No position of this account is isolated." in look(given.answers(given.CROSS))


def test_a_narrow_terminal_gets_a_small_table_a_position() -> None:
    found = look(given.answers(given.position("BTC")), width="60")
    assert max(len(line.rstrip()) for line in found.splitlines()[2:]) <= 60
    assert "BTC long 0.002 at 64,794, 5x" in found
    assert "takeable now 19.938467 USDC" in " ".join(found.split())


def test_a_name_that_would_move_the_cursor_is_printed_without_doing_so() -> None:
    answers = given.answers(given.position("\x1b[2Jno[bold]"), userAbstraction="x\x1b[0m")
    found = look(answers)
    assert "\x1b" not in found
    assert "no[bold]" in found


def test_as_json_every_figure_is_exact_text() -> None:
    found = json.loads(look(given.answers(given.position("BTC"), given.CROSS), "--json"))
    assert found["address"] == given.USER
    assert (found["time_ms"], found["withdrawable"]["amount"]) == (given.TIME_MS, "970.5")
    assert found["left_out"][0]["coin"] == "HYPE"
    assert found["explained"] is None
    (told,) = found["positions"]
    assert (told["coin"], told["side"], told["mode"], told["margin_table"]) == (
        "BTC",
        "long",
        "isolated",
        "listed",
    )
    assert (told["takeable"]["amount"], told["takeable"]["asset"]) == ("19.938467", "USDC")
    assert told["takeable"]["binding"] == "INITIAL_MARGIN"
    assert told["takeable_with_tolerance"]["amount"]["amount"] == "19.420115"
    assert told["liquidation_price"]["theirs"] == "42395.915443"
    assert told["liquidation_price"]["agrees"] is True
    assert told["liquidation_price"]["moves_when_taking"] == "up"
    assert told["mark_listed"] == "64794"


@pytest.mark.parametrize(("user", "url", "sentence"), [
    ("0x12", "http://127.0.0.1:9", "'0x12' is no address; give 0x and 40 hex digits"),
    (given.USER, "example.org", "'example.org' is no address of a service"),
])  # fmt: skip
def test_what_cannot_be_asked_is_one_sentence(user: str, url: str, sentence: str) -> None:
    with pytest.raises(Complaint) as found:
        CliRunner().invoke(app, ["positions", "--hyperliquid", user, "--url", url], catch_exceptions=False)
    assert sentence in str(found.value)


def test_another_service_at_the_address_is_one_sentence() -> None:
    with pytest.raises(Complaint, match="answers metaAndAssetCtxs with status 422"):
        look({})
