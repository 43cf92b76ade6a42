"""What is printed of rows: directions of fills, names of orders, texts of refusals."""

from typing import Any

import pytest

from solvent import margin
from solvent.dialects.hyperliquid import Tables, render_meta
from solvent.engine.refusals import REFUSALS as ENGINE
from solvent.gateways.hyperliquid import texts
from solvent.gateways.hyperliquid.shapes import cloid_of, direction, order_id, rate_text
from solvent.margin import tiered
from solvent.money import Ratio


@pytest.mark.parametrize(
    ("start", "size", "found"),
    [
        (0, 5, "Open Long"),
        (3, 5, "Open Long"),
        (0, -5, "Open Short"),
        (-3, -5, "Open Short"),
        (5, -3, "Close Long"),
        (5, -5, "Close Long"),
        (-5, 3, "Close Short"),
        (-5, 5, "Close Short"),
        (5, -6, "Long > Short"),
        (-5, 6, "Short > Long"),
    ],
)
def test_a_fill_says_what_it_did_to_the_position(start: int, size: int, found: str) -> None:
    assert direction(start, size) == found


def test_an_orders_name_tells_the_clients_id_and_another_interfaces_tells_none() -> None:
    cloid = "0x000000000000000000000000000000ab"
    signer = "0x14791697260e4c9a71f18484c9f997b308e59325"
    assert order_id(signer, 7, 0, cloid) == f"hl-14791697-7-0-{cloid}"
    assert cloid_of(order_id(signer, 7, 0, cloid)) == cloid
    assert cloid_of(order_id(signer, 7, 0, None)) is None
    assert cloid_of(f"my own {cloid}") is None


@pytest.mark.parametrize(
    ("rate", "found"),
    [(Ratio(1, 80_000), "0.0000125"), (Ratio(0, 1), "0.0"), (Ratio(-1, 3 * 10**9), "-0.0000000003")],
)
def test_a_rate_has_ten_decimals_at_most(rate: Ratio, found: str) -> None:
    assert rate_text(rate) == found


def test_every_refusal_of_the_model_that_an_action_can_meet_has_the_venues_words() -> None:
    # Of the others one cannot occur here (it is told before a book exists, or of the engine's own verbs).
    elsewhere = {"ORDER_ID_TAKEN", "NOT_LIQUIDATABLE", "UNKNOWN_USER", "UNKNOWN_ASSET"}
    codes = {note.code for note in tiered.REFUSALS} - elsewhere
    assert codes <= texts.OF_ORDERS.keys() | texts.OF_ACTIONS.keys()
    ours = {note.code for note in ENGINE}
    assert texts.OF_AGENTS.keys() <= ours
    assert texts.OF_TRANSFERS.keys() <= ours


def test_a_refusal_without_words_of_the_venue_is_told_in_the_engines_sentence() -> None:
    sentence = "BTC-PERP is paused; adding margin, reducing and closing are possible"
    assert texts.told(texts.OF_ACTIONS, "MARKET_PAUSED", sentence, asset=0) == sentence


def test_tables_keep_the_venues_ids_and_a_flat_one_is_not_listed() -> None:
    markets = [(name, margin.preset(name)) for name in ("SOL-PERP", "HYPE-PERP", "BTC-PERP")]
    told: dict[str, Any] = render_meta(markets)
    assert [number for number, _ in told["marginTables"]] == [54, 56]
    tables = Tables(market for _, market in markets)
    assert tables.id_of(tiered.margin_table(10)) == 10
    assert tables.table(54) == tiered.margin_table(54)
    assert tables.table(51) is None
    steep = tiered.tier_table(((0, 100),))
    assert Tables([tiered.Market(name="X", size_decimals=0, tiers=steep)]).listed() == [(1_000, steep)]
