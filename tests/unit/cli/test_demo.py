"""The demo tells its stories on shipped input, the same each time; test_demo_venue.py has the fifth."""

import re
from functools import cache

import pytest
from rich.console import Console

from solvent.cli import demo
from solvent.cli.demo.stage import Stage
from solvent.money import parse_units

FOUR = (1, 2, 3, 4)


@cache
def told(only: int | None = None, *, width: int = 100) -> str:
    out = Console(width=width, force_terminal=False, highlight=False)
    with out.capture() as capture:
        demo.tell(only, stage=Stage(out))
    return capture.get()


def flat(text: str) -> str:
    """Undo line breaks and boxes, so that a sentence can be looked for whatever the width."""
    return re.sub(r"[\s│]+", " ", text)


def test_a_story_is_the_same_each_time() -> None:
    first = [told(number) for number in FOUR]
    told.cache_clear()
    assert [told(number) for number in FOUR] == first


@pytest.mark.slow
def test_the_demo_tells_every_story_in_its_order() -> None:
    assert re.findall(r"^(\d)\. ", told(), re.MULTILINE) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("number", FOUR)
def test_one_story_can_be_told_alone(number: int) -> None:
    assert re.findall(r"^(\d)\. ", told(number), re.MULTILINE) == [str(number)]


@pytest.mark.parametrize("number", FOUR)
def test_every_story_previews_carries_out_and_refuses(number: int) -> None:
    story = told(number)
    assert "now → after" in story
    assert "✓ Carried out" in story
    assert "refused: " in story


def test_the_first_story_refuses_one_unit_above_the_maximum() -> None:
    text = flat(told(1))
    most = re.search(r"How much collateral may leave\? ([0-9.]+) wETH", text)
    more = re.search(r"withdrawing ([0-9.]+) wETH refused: MAX_LTV_EXCEEDED", text)
    assert most is not None
    assert more is not None
    assert parse_units(more[1], 8) == parse_units(most[1], 8) + 1


def test_the_first_story_finds_the_hour_at_which_sols_rise_liquidates() -> None:
    text = flat(told(1))
    assert "On 2024-01-28T10:00Z the position is liquidatable" in text
    assert "although ETH in dollars is up 2.6 %" in text


def test_the_second_story_names_the_four_constraints_in_turn() -> None:
    text = told(2)
    assert re.findall(r"refused: ([A-Z_]+)", text) == [
        "MAX_LTV_EXCEEDED",
        "POSITION_CAP_EXCEEDED",
        "MARKET_CAP_EXCEEDED",
        "POOL_LIQUIDITY_INSUFFICIENT",
    ]
    assert re.findall(r"([A-Z_]+) +[0-9.,]+ SOL +◀ binds", text) == [
        "MAX_LTV",
        "POSITION_CAP",
        "MARKET_CAP",
        "POOL_LIQUIDITY",
    ]


def test_the_third_story_opens_up_one_dollar_above_the_last_zero() -> None:
    text = flat(told(3))
    assert "At a mark of 68,215: at most 0 USDC." in text
    assert "At a mark of 68,216: at most 0.000856 USDC." in text
    assert "Equal to the last digit." in text


def test_the_fourth_story_re_bases_the_entry_and_ends_with_58() -> None:
    text = flat(told(4))
    assert "10 - 200/100 + 0.5 * 100 = 58." in text
    assert "decreasing by 58.0000000001 USDT refused: ABOVE_MAX_WITHDRAW" in text
    assert "Your entry price will become the mark (200)." in text
    assert "venue rule, unverified" in text


@pytest.mark.parametrize("width", [60, 80, 110])
def test_no_line_of_the_demo_is_wider_than_the_terminal(width: int) -> None:
    for number in FOUR:
        assert max(len(line) for line in told(number, width=width).splitlines()) <= width
