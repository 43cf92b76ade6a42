"""`solvent stress`: what other prices would do to the positions of a journal, as tables, JSON and a plot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import plotext
from msgspec import Struct
from rich.text import Text

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue.history import opened, problems_told
from solvent.money import Amount, NumberRefused, Ratio, Rounding, format_moment
from solvent.runtime import replay
from solvent.runtime.stressing import Stress, Stresser

STEPS_MAX = 10_000
PLOT_WIDTH_MAX, PLOT_HEIGHT = 96, 16
FIGURES = 7
# Beyond it figures are told in millions, so that a table of them fits 80 columns.
TOLD_WHOLE_MAX, MILLION = 10**8, 10**6
WHOLE = Ratio(1, 1)
HEADS = ("scenario", "price", "liquidated", "notional", "bad debt", "insured", "equity")
REMARK = (
    "Notional is the value of the positions that a price would liquidate; bad debt is what the bankrupt ones "
    "lack, insured what of it the insurance would pay. Nothing is sold here: nobody's sale moves a price."
)
Told = tuple[str, tuple[Stress, ...]]


class Asked(Struct, frozen=True, kw_only=True):
    """Which prices: of one market or all, from one move to another, or scenarios from a file."""

    market: str | None = None
    low: str = "-50%"
    high: str = "50%"
    steps: int = 21
    scenarios: Path | None = None


class Source(Struct, frozen=True, kw_only=True):
    """Whose positions: those of a journal, or of a book that so many workers or a cluster's count."""

    journal: Path | str | None = None
    book: Path | None = None
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Errors: `Complaint`.
        """
        if (self.journal is None) == (self.book is None):
            raise Complaint("give the folder of a journal, or --book with that of a book, and not both")
        if self.book is None and (self.workers is not None or self.scheduler is not None):
            raise Complaint("--workers and --scheduler count a book; give --book, or leave them out")
        if self.workers is not None and self.scheduler is not None:
            raise Complaint("--workers starts a cluster and --scheduler uses one that runs; give one of them")


def run_stress(source: Source, asked: Asked, *, plot: Path | None, as_json: bool) -> int:
    """Print what each scenario comes to; returns the exit code."""
    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".html"):
        raise Complaint(
            f"--plot {str(plot)!r} has no known ending; give one that ends in .png, .svg or .html"
        )
    if source.journal is not None:
        with problems_told(), opened(source.journal) as journal:
            state = replay(journal)
            told = answers(Stresser(state), asked)
        about: dict[str, Any] = {"seq": state.seq, "at": format_moment(state.now_ms)}
        remark = REMARK
    else:
        from solvent.cli.stress_book import ask_book  # noqa: PLC0415 - an extra

        told, about, remark = ask_book(source, asked)
    if as_json:
        print(jsonable.dumps({**about, "scenarios": _plain(told)}))
    else:
        _print(told, remark)
    if plot is not None:
        from solvent.cli.plotting import write_plot  # noqa: PLC0415 - matplotlib is an extra

        write_plot(plot, told)
        if not as_json:
            render.console().print(f"The plot is in {plot}.")
    return Exit.OK


def answers(stresser: Stresser, asked: Asked) -> list[Told]:
    """Return what each scenario comes to.

    Errors: `Complaint` for what cannot be asked, and those of the stresser.
    """
    if asked.scenarios is not None:
        return [
            (name, stresser.joint({market: _factor(move) for market, move in moves.items()}))
            for name, moves in _read(asked.scenarios).items()
        ]
    markets = stresser.markets if asked.market is None else (asked.market,)
    if not markets:
        raise Complaint("no market has both a price and a position; there is nothing to stress")
    found = []
    for factor in _factors(asked):
        move = Ratio((factor.num - factor.den) * 100, factor.den)
        name = f"{move.text(2, Rounding.HALF_EVEN)} %"
        found.append((name if move.num <= 0 else f"+{name}", stresser.joint(dict.fromkeys(markets, factor))))
    return found


def _factors(asked: Asked) -> list[Ratio]:
    """Return the factors in even steps, and the present price among them."""
    if not 2 <= asked.steps <= STEPS_MAX:
        raise Complaint(f"--steps {asked.steps} is out of bounds; give 2 to {STEPS_MAX}")
    low, high = _factor(asked.low), _factor(asked.high)
    if not low < high:
        raise Complaint(f"--from {asked.low} is not below --to {asked.high}; give the lower move first")
    last = asked.steps - 1
    found = [
        Ratio(low.num * high.den * (last - at) + high.num * low.den * at, low.den * high.den * last)
        for at in range(asked.steps)
    ]
    return sorted({*found, WHOLE} if low < WHOLE < high else found)


def _factor(move: str) -> Ratio:
    """Read a move such as -12% or 0.05 as what the price is multiplied by.

    Errors: `Complaint`.
    """
    try:
        change = Ratio.parse(move, name="move", signed=True)
    except NumberRefused as error:
        raise Complaint(str(error)) from error
    if change.num <= -change.den:
        raise Complaint(f"a price cannot move by {move}; give more than -100%")
    return Ratio(change.num + change.den, change.den)


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, str]])
    except OSError as error:
        raise Complaint(f"{str(file)!r} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        accepted = '{"a bad day": {"BTC-PERP": "-12%", "wETH/SOL": "-8%"}}'
        raise Complaint(f"{str(file)!r} holds no scenarios: {error}; write {accepted}") from error


def _plain(told: Sequence[Told]) -> list[dict[str, Any]]:
    return [{"name": name, "markets": [_plain_one(one) for one in found]} for name, found in told]


def _plain_one(one: Stress) -> dict[str, Any]:
    found = one.found
    return {
        "market": one.market,
        "price": str(one.price),
        "positions": found.positions,
        "liquidated": found.liquidated,
        "liquidated_notional": _exact(one, found.notional, Rounding.FLOOR).plain,
        "bankrupt": found.bankrupt,
        "bad_debt": _exact(one, found.bad_debt, Rounding.CEIL).plain,
        "insurance_use": Amount(one.insurance_use, one.asset).plain,
        "uncovered": Amount(one.uncovered, one.asset).plain,
        "equity": _exact(one, found.equity, Rounding.FLOOR).plain,
        "asset": one.asset.symbol,
    }


def _exact(one: Stress, units: Ratio, rounding: Rounding) -> Amount:
    return Amount(units.units(0, rounding), one.asset)


def _print(told: Sequence[Told], remark: str) -> None:
    out = render.console()
    for market in dict.fromkeys(one.market for _, found in told for one in found):
        lines = [(name, one) for name, found in told for one in found if one.market == market]
        scale, unit = _unit([one for _, one in lines])
        positions = lines[0][1].found.positions
        title = f"{market}: positions {positions:,}; amounts in {unit}"
        made = render.table(title, *((head, "right") for head in HEADS))
        for name, one in lines:
            made.add_row(*_cells(name, one, scale))
        out.print(made)
        if len(lines) > 2:
            out.print(Text(_plotted(market, [one for _, one in lines], width=out.width)))
    out.print(Text(remark, style="dim"))


def _unit(found: Sequence[Stress]) -> tuple[int, str]:
    """Return how many smallest units a market's figures are told in, and its name: large ones in millions."""
    asset = found[0].asset
    scale = 10**asset.decimals
    most = TOLD_WHOLE_MAX * scale
    told = [units for one in found for units in (one.found.notional, one.found.bad_debt, one.found.equity)]
    if all(abs(units.num) < most * units.den for units in told):
        return scale, asset.symbol
    return scale * MILLION, f"millions of {asset.symbol}"


def _cells(name: str, one: Stress, scale: int) -> list[str]:
    found = one.found

    def shown(units: Ratio, rounding: Rounding) -> str:
        return Ratio(units.num, units.den * scale).significant(FIGURES, rounding, grouped=True)

    return [
        name,
        one.price.significant(FIGURES, Rounding.HALF_EVEN, grouped=True),
        f"{found.liquidated:,}",
        shown(found.notional, Rounding.HALF_EVEN),
        shown(found.bad_debt, Rounding.HALF_EVEN),
        shown(Ratio(one.insurance_use, 1), Rounding.HALF_EVEN),
        shown(found.equity, Rounding.HALF_EVEN),
    ]


def points(found: Sequence[Stress]) -> tuple[list[float], list[float], list[float]]:
    """Return prices, liquidated notionals and bad debts in whole units, as floats that only place dots."""
    scale = 10 ** found[0].asset.decimals
    return (
        [one.price.num / one.price.den for one in found],
        [one.found.notional.num / one.found.notional.den / scale for one in found],
        [one.found.bad_debt.num / one.found.bad_debt.den / scale for one in found],
    )


def _plotted(market: str, found: Sequence[Stress], *, width: int) -> str:
    """Return the plot of notional and bad debt over the price."""
    prices, notional, bad_debt = points(found)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(min(width, PLOT_WIDTH_MAX), PLOT_HEIGHT)
    plotext.title(f"{market}: liquidated, and bad debt, in {found[0].asset.symbol} by price")
    plotext.plot(prices, notional, label="liquidated notional", marker="hd")
    plotext.plot(prices, bad_debt, label="bad debt", marker="·")
    return str(plotext.uncolorize(plotext.build()))
