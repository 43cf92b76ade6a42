"""`solvent near`: who is near to liquidation in a journal, who is due and who is bankrupt."""

from pathlib import Path
from typing import Any

from msgspec import Struct
from rich.text import Text

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue.history import opened, problems_told
from solvent.cli.venue.naming import name_of
from solvent.engine import State
from solvent.engine.books import model_of
from solvent.margin.parts import Housed
from solvent.money import NumberRefused, Ratio, Rounding, format_moment
from solvent.risk import Near
from solvent.runtime import replay
from solvent.runtime.nearing import Nearing, Survey

FIGURES = 7
HEADS = (
    ("account", "left"),
    ("distance", "right"),
    ("liquidation price", "right"),
    ("size", "right"),
    ("value", "right"),
    ("equity", "right"),
    ("", "left"),
)
REMARK = (
    "Distance is the part of itself by which the price has yet to move until liquidation begins; value and "
    "equity are at the price shown."
)


class Asked(Struct, frozen=True, kw_only=True):
    """How near, at which move of the price, in which market, and whether only the bankrupt."""

    within: str = "5%"
    move: str = "0"
    market: str | None = None
    is_bankrupt: bool = False


class _Told(Struct, frozen=True, kw_only=True):
    """One market with those of it who are to be shown."""

    survey: Survey
    found: list[Near]


def run_near(folder: Path | str, asked: Asked, *, limit: int, as_json: bool) -> int:
    """Print who is near, the nearest first; returns the exit code."""
    share, move = _number("--within", asked.within), _number("--move", asked.move)
    with problems_told(), opened(folder) as journal:
        state = replay(journal)
        told = [_told(state, name, asked, share, move) for name in _markets(state, asked.market)]
    if as_json:
        markets = [_plain(state, one, limit) for one in told]
        print(jsonable.dumps({"seq": state.seq, "at": format_moment(state.now_ms), "markets": markets}))
    else:
        _print(state, told, asked, limit)
    return Exit.OK


def _number(flag: str, text: str) -> Ratio:
    """Read a part such as 5% or 0.05.

    Errors: `Complaint`.
    """
    try:
        return Ratio.parse(text, name=flag, signed=True)
    except NumberRefused as error:
        raise Complaint(str(error)) from error


def _markets(state: State, market: str | None) -> list[str]:
    if market is not None:
        return [market]
    found = [
        name
        for name in sorted(state.markets)
        if state.markets[name].terms.is_priced and state.positions[name]
    ]
    if not found:
        raise Complaint("no market of this journal has both a price and a position; nobody can be near")
    return found


def _told(state: State, name: str, asked: Asked, share: Ratio, move: Ratio) -> _Told:
    factor = Ratio(move.num + move.den, move.den)
    survey = Nearing().survey(state, name, share=share, factor=factor, now_ms=state.now_ms)
    found = survey.found()
    return _Told(survey=survey, found=[one for one in found if one.is_bankrupt or not asked.is_bankrupt])


def _plain(state: State, told: _Told, limit: int) -> dict[str, Any]:
    survey = told.survey
    model = model_of(survey.market)
    _, value = model.stake_rows(survey.nearness.empty, 0)
    return {
        "market": survey.market.name,
        "price": jsonable.plain(survey.nearness.price),
        "feed": model.GUARDED_FEED,
        "asset": value.unit,
        "found": len(told.found),
        "due": sum(one.is_due for one in told.found),
        "bankrupt": sum(one.is_bankrupt for one in told.found),
        "positions": [_plain_one(state, survey, model, one) for one in told.found[:limit]],
    }


def _plain_one(state: State, survey: Survey, model: Housed, one: Near) -> dict[str, Any]:
    size, value = _rows(model, survey, one)
    return {
        "account": name_of(state, one.account),
        "id": one.account,
        "distance": jsonable.plain(one.distance),
        "liquidation_price": jsonable.plain(one.stake.price),
        "liquidates": "above" if one.stake.above else "below",
        "size": jsonable.plain(size),
        "value": jsonable.plain(value),
        "equity": jsonable.plain(one.stake.equity),
        "due": one.is_due,
        "bankrupt": one.is_bankrupt,
    }


def _rows(model: Housed, survey: Survey, one: Near) -> tuple[Ratio, Ratio]:
    size, value = (row.value for row in model.stake_rows(survey.nearness.empty, one.stake.units))
    assert isinstance(size, Ratio), size
    assert isinstance(value, Ratio), value
    return size, value


def _print(state: State, told: list[_Told], asked: Asked, limit: int) -> None:
    out = render.console()
    for one in told:
        survey, model = one.survey, model_of(one.survey.market)
        price = survey.nearness.price.significant(FIGURES, Rounding.HALF_EVEN, grouped=True)
        who = "bankrupt" if asked.is_bankrupt else f"within {asked.within} of liquidation"
        head = f"{survey.market.name} at {price}: {len(one.found)} {who}"
        if not one.found:
            out.print(f"{head.replace(': 0 ', ': nobody ')}.")
            continue
        size, value = model.stake_rows(survey.nearness.empty, 0)
        units = {"size": size.unit, "value": value.unit, "equity": value.unit}
        made = render.table(
            head, *((f"{name}, {units[name]}" if name in units else name, side) for name, side in HEADS)
        )
        for near in one.found[:limit]:
            made.add_row(*(render.words(cell) for cell in _cells(state, survey, model, near)))
        out.print(made)
        if len(one.found) > limit:
            out.print(f"The first {limit} of {len(one.found)}; --limit shows more.")
    out.print(Text(REMARK, style="dim"))


def _cells(state: State, survey: Survey, model: Housed, one: Near) -> list[str]:
    def shown(value: Ratio) -> str:
        return value.significant(FIGURES, Rounding.HALF_EVEN, grouped=True)

    size, value = _rows(model, survey, one)
    side = "above" if one.stake.above else "below"
    percent = Ratio(one.distance.num * 100, one.distance.den)
    return [
        name_of(state, one.account),
        # Rounded down: nobody is shown further away than he is.
        f"{percent.text(2, Rounding.FLOOR)} %",
        "every price" if one.stake.price is None else f"{side} {shown(one.stake.price)}",
        shown(size),
        shown(value),
        shown(one.stake.equity),
        "bankrupt" if one.is_bankrupt else "due" if one.is_due else "",
    ]
