"""Story 3: a 40x long has nothing removable; at which mark removal opens up, and removal there."""

from msgspec.structs import replace

from solvent import margin
from solvent.cli.demo.published import published
from solvent.cli.demo.stage import Stage
from solvent.margin import tiered
from solvent.margin.wording import shown
from solvent.money import Amount, Ratio, Rounding, power_of_ten

SHOWN = (
    "mark",
    "equity",
    "notional",
    "effective_leverage",
    "setting",
    "maintenance",
    "initial_margin",
    "ten_percent_notional",
    "binding",
    "max_removable",
    "liquidation_px",
    "opens_at",
)
MOVED = (
    "mark",
    "equity",
    "effective_leverage",
    "max_removable",
    "liquidation_px",
    "withdrawable",
    "opens_at",
)
NOW_MS = 0
LATER_MARK = "70000"


def tell(stage: Stage) -> None:
    """Tell the story."""
    case = published("hyperliquid_positions.json", "BTC long 40x 2026-08-03 at 62586")
    given = case.given
    book = margin.book(
        margin.preset("BTC-PERP"),
        size=given["szi"],
        raw_usd=given["raw_usd"],
        entry=given["entry_px"],
        leverage=given["leverage"],
        mark=given["mark"],
    )
    stage.title(3, "Remove margin from a Hyperliquid position")
    stage.source(f"Input: a position published on {case.date}, mainnet; tiers of the venue's table 56.")
    stage.view(book, SHOWN, title="The position as the venue had it", now_ms=NOW_MS)
    _compare(stage, book, case.printed["liquidation_px"])
    opens = margin.limits(book, now_ms=NOW_MS)["take"].opens_at
    assert opens is not None, "this position has nothing removable"
    last_zero = opens.price.units(0, Rounding.FLOOR)
    mark = tiered.price_of(book, "mark")
    rise = Ratio(100 * (opens.price.num * mark.den - opens.price.den * mark.num), opens.price.den * mark.num)
    stage.say(
        "Why is nothing removable, although equity is well above maintenance? Because the venue lets a "
        "removal leave no less than max(notional / leverage, 10 % of notional), and at 40x the 10 % binds. "
        f"Price alone opens it: above a mark of {shown(opens.price, rounding=opens.shown)}, "
        f"{rise.text(1, Rounding.CEIL)} % higher."
    )
    for whole in (last_zero, last_zero + 1):
        probe = _at(book, whole)
        stage.say(f"At a mark of {whole:,}: at most {margin.limits(probe, now_ms=NOW_MS)['take'].amount}.")
    _draw(stage, book)
    _remove_at(stage, _at(book, int(LATER_MARK)))
    stage.conclude(
        "Removing margin raises a long's liquidation price and lowers a short's. The maximum is exact: it is "
        "accepted, and one micro-dollar more is refused with the term that binds."
    )


def _at(book: tiered.Book, whole_usd: int) -> tiered.Book:
    mark = whole_usd * power_of_ten(book.market.price_decimals)
    return replace(book, mark=mark, oracle=mark)


def _compare(stage: Stage, book: tiered.Book, printed: str) -> None:
    ours = tiered.liquidation_price(book.market, book.position)
    assert ours is not None, book
    text = ours.text(10, Rounding.HALF_EVEN)
    assert text == printed, (text, printed)
    stage.say(
        f"The venue printed a liquidation price of {printed}; recomputed: {text}. Equal to the last digit."
    )


def _remove_at(stage: Stage, book: tiered.Book) -> None:
    most = margin.limits(book, now_ms=NOW_MS)["take"].amount
    mark = shown(tiered.price_of(book, "mark"))
    asked = f"removing {most} at {mark}"
    stage.carry_out(book, tiered.Take(most.units), MOVED, asked=asked, now_ms=NOW_MS)
    more = Amount(most.units + 1, most.asset)
    stage.refused(book, tiered.Take(more.units), asked=f"removing {more}", now_ms=NOW_MS)


def _draw(stage: Stage, book: tiered.Book) -> None:
    marks = range(62_000, 74_001, 250)
    amounts = [margin.limits(_at(book, whole), now_ms=NOW_MS)["take"].amount for whole in marks]
    stage.plot(
        [("removable, USDC", [float(whole) for whole in marks], [float(most.decimal) for most in amounts])],
        title="What may be removed, by mark price in USDC",
        ticks=[(float(whole), f"{whole:,}") for whole in range(62_000, 74_001, 2_000)],
    )
