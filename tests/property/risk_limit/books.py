"""Random positions of both kinds, both sides, both entry rules, both ratio modes; and the oracle's twin."""

from fractions import Fraction

from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import risk_limit as rl
from solvent.money import Ratio
from tests.oracles import risk_limit as oracle
from tests.unit.margin.risk_limit.books import contract, level

UNIT = 10**10
MODES = st.sampled_from(rl.RatioMode)
RULES = st.sampled_from(rl.EntryRule)
# (Lmax, maintenance rate); with the taker fee of 0.0006 every aggregate rate is under 1/Lmax.
LEVELS = st.sampled_from(
    [(125, "0.004"), (100, "0.005"), (75, "0.007"), (20, "0.025"), (2, "0.25"), (1, "0.5")]
)
RATIOS = st.sampled_from(["0", "0.001", "0.25", "0.5", "1"]).map(Ratio.parse) | st.fractions(
    0, 1, max_denominator=1000
).map(lambda f: Ratio(f.numerator, f.denominator))


@st.composite
def markets(draw: st.DrawFn, *, mode: rl.RatioMode | None = None) -> rl.Market:
    inverse = draw(st.booleans())
    top, rate = draw(LEVELS)
    base = contract(
        inverse=inverse,
        lot=draw(st.sampled_from(["0.001", "1", "10"])),
        mode=mode or draw(MODES),
        rule=draw(RULES),
    )
    return replace(base, levels=(level(max_leverage=top, maintenance=rate),), profit_ratio=draw(RATIOS))


@st.composite
def books(draw: st.DrawFn, *, mode: rl.RatioMode | None = None, large: bool = False) -> rl.Book:
    """A position with any history that leaves bookkeeping possible; the mark is on the index tick."""
    market = draw(markets(mode=mode))
    most = 2**200 if large else 10**6
    lots = draw(st.integers(1, most)) * draw(st.sampled_from([1, -1]))
    mark = Ratio(draw(st.integers(1, 10**8)), 100)
    near = draw(st.integers(20, 500))
    entry = Ratio(mark.num * near, mark.den * 100)
    cost = rl.fill_value(market, lots, entry) or (1 if lots * market.multiplier.num > 0 else -1)
    value = max(10, abs(cost))
    leverage = draw(st.integers(1, market.levels[0].max_leverage))
    init = value // leverage
    position = rl.Position(
        lots=lots,
        cost=cost,
        current_cost=cost,
        init=init,
        cross=draw(st.sampled_from([0, 0, 1, init // 3, value])),
        loss=draw(st.sampled_from([0, 0, 1, init // 10])),
        taken=draw(st.sampled_from([0, 0, 1, value // 7, value])),
        banked=draw(st.sampled_from([0, 0, -1, 1, value // 9, -value // 11])),
        held=market.levels[0],
    )
    return rl.Book(market=market, position=position, balance=value, mark=mark, mark_ms=0)


def whole(units: int) -> Fraction:
    return Fraction(units, UNIT)


def twin(book: rl.Book) -> oracle.State:
    """The same position in the oracle's words."""
    market, position = book.market, book.position
    agg = rl.agg_rate_of(market, position)
    return oracle.State(
        size=position.lots * market.multiplier.fraction,
        inverse=market.is_inverse,
        C=whole(position.cost),
        mark=book.mark.fraction,
        Lmax=rl.max_leverage_of(book),
        r=market.profit_ratio.fraction,
        agg=agg.fraction,
        init=whole(position.init),
        cross=whole(position.cross),
        loss=whole(position.loss),
        taken=whole(position.taken),
        banked=whole(position.banked),
        withdrawn=whole(position.withdraw_pnl),
        available=whole(rl.available_of(book)),
        cumulative=market.profit_ratio_mode is rl.RatioMode.CUMULATIVE,
        to_mark=market.entry_rule is rl.EntryRule.TO_MARK,
    )
