"""Story 4: decrease the margin of a KuCoin position, without and with profit; and the published example."""

from typing import Any

from msgspec.structs import replace

from solvent import margin
from solvent.cli.demo.published import published
from solvent.cli.demo.stage import Stage
from solvent.margin import risk_limit
from solvent.margin.wording import shown
from solvent.money import Amount, Ratio

SHOWN = (
    "mark",
    "entry",
    "margin",
    "unrealised_pnl",
    "equity",
    "leverage",
    "liquidation_price",
    "bankrupt_price",
    "reducible",
    "binding",
    "available",
)
NOW_MS = 0
LATER_MARK = "126000"
TAKEN_WITHOUT_PROFIT = "5"
ARTICLE = {
    "size": "1",
    "entry": "100",
    "mark": "200",
    "margin": "10",
    "max_leverage": "100",
    "profit_ratio": "0.5",
}


def tell(stage: Stage) -> None:
    """Tell the story."""
    stage.title(4, "Decrease the margin of a KuCoin position")
    case = published("kucoin_positions.json", "XBTUSDTM long 2025-10-03")
    given = case.given
    book = margin.book(
        margin.preset("XBTUSDTM"),
        lots=given["current_qty"],
        cost=given["pos_cost"],
        margin=given["pos_init"],
        mark=given["mark_price"],
    )
    stage.source(f"Input: a position published on {case.date}, one lot, risk-limit level 1.")
    stage.view(book, SHOWN, title="The position as the venue had it", now_ms=NOW_MS)
    _compare(stage, book, case.printed)
    _without_profit(stage, book)
    _with_profit(stage, replace(book, mark=Ratio.parse(LATER_MARK)))
    _article(stage)
    stage.conclude(
        "A loss counts in full, profit only at the contract's ratio. After any accepted decrease the actual "
        "leverage is within the level's maximum, so a decrease alone never liquidates."
    )


def _compare(stage: Stage, book: Any, printed: dict[str, Any]) -> None:
    rows = {row.name: row for row in margin.rows(book, now_ms=NOW_MS)}
    for name in ("liquidation_price", "bankrupt_price"):
        value = rows[f"{name}_shown"].value
        assert isinstance(value, Ratio), name
        assert value == Ratio.parse(printed[name]), (name, printed[name])
    stage.say(
        f"The venue printed a liquidation price of {printed['liquidation_price']} and a bankruptcy price of "
        f"{printed['bankrupt_price']}; both recomputed, equal to the last digit."
    )


def _without_profit(stage: Stage, book: Any) -> None:
    most = margin.limits(book, now_ms=NOW_MS)["take"]
    stage.say(
        f"Without profit: at most {most.amount} may leave ({most.binding}): own funds less what the level's "
        "maximum leverage needs, less the loss. The entry stays where it is."
    )
    units = Amount.parse(TAKEN_WITHOUT_PROFIT, most.amount.asset)
    asked = f"decreasing by {units}"
    stage.carry_out(book, risk_limit.Take(units.units), SHOWN, asked=asked, now_ms=NOW_MS)


def _with_profit(stage: Stage, book: Any) -> None:
    most = margin.limits(book, now_ms=NOW_MS)["take"]
    stage.say(
        f"With profit: suppose the mark rises to {shown(book.mark)}. Now {most.amount} may leave "
        f"({most.binding}), half of the profit included. Taking all of it touches profit, so the venue "
        "re-bases the entry (venue rule, unverified). That alone moves only entry, PnL and ROE; the "
        "liquidation price moves by what is taken."
    )
    asked = f"decreasing by {most.amount}"
    stage.carry_out(book, risk_limit.Take(most.amount.units), SHOWN, asked=asked, now_ms=NOW_MS)


def _article(stage: Stage) -> None:
    book = margin.book(margin.preset("XBTUSDTM"), **ARTICLE)
    most = margin.limits(book, now_ms=NOW_MS)["take"].amount
    stage.say(
        "The venue's own worked example: 1 coin bought at 100 with 10x, mark 200, maximum leverage 100, half "
        f"of the profit may leave: 10 - 200/100 + 0.5 * 100 = {most.plain}."
    )
    asked = f"decreasing by {most}"
    stage.carry_out(book, risk_limit.Take(most.units), SHOWN, asked=asked, now_ms=NOW_MS)
    more = Amount(most.units + 1, most.asset)
    stage.refused(book, risk_limit.Take(more.units), asked=f"decreasing by {more}", now_ms=NOW_MS)
