"""The last day of each contract, as far as the service saw it: its marks, what was traded, what is open."""

from collections import deque
from collections.abc import Callable, Mapping

from msgspec import Struct

from solvent.dialects import Json
from solvent.dialects.kucoin import format_number
from solvent.engine import State
from solvent.engine.events import Priced
from solvent.gateways.records import Records
from solvent.margin.risk_limit import UNIT
from solvent.money import Ratio
from solvent.runtime import Committed

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
OPEN_INTEREST_FOR_MS = 1_000


class _Minute(Struct, kw_only=True):
    began_ms: int
    first: Ratio
    low: Ratio
    high: Ratio


class Day:
    """Marks by the minute, for a day at most; nothing is known of what was before the service began."""

    def __init__(self, records: Records, *, state: Callable[[], State], wall_ms: Callable[[], int]) -> None:
        self._records = records
        self._state = state
        self._wall_ms = wall_ms
        self._minutes: dict[str, deque[_Minute]] = {}
        self._open: dict[str, tuple[int, int]] = {}

    def hear(self, committed: Committed) -> None:
        """Take in what became durable."""
        for event in committed.events:
            if isinstance(event, Priced) and event.readings:
                self._note(event.market, event.at_ms, event.readings[0].price)

    def shape(self, symbol: str, mark: Ratio) -> Mapping[str, Json]:
        """Return the day's figures as a contract shows them."""
        minutes = self._minutes.get(symbol) or ()
        low = min((one.low for one in minutes), default=mark)
        high = max((one.high for one in minutes), default=mark)
        first = minutes[0].first if minutes else mark
        last = next(iter(self._records.trades(symbol)), None)
        change = mark.fraction - first.fraction
        share = change / first.fraction
        value, lots = self._records.day(symbol)
        return {
            "openInterest": str(self._open_lots(symbol)),
            "turnoverOf24h": format_number(Ratio(value, UNIT)),
            "volumeOf24h": format_number(self._coins(symbol, lots)),
            "lastTradePrice": format_number(mark if last is None else last.price),
            "lowPrice": format_number(min(low, mark)),
            "highPrice": format_number(max(high, mark)),
            "priceChgPct": format_number(Ratio(share.numerator, share.denominator), 4),
            "priceChg": format_number(Ratio(change.numerator, change.denominator)),
        }

    def _note(self, symbol: str, at_ms: int, price: Ratio) -> None:
        minutes = self._minutes.setdefault(symbol, deque())
        began_ms = at_ms - at_ms % MINUTE_MS
        if minutes and minutes[-1].began_ms == began_ms:
            last = minutes[-1]
            last.low, last.high = min(last.low, price), max(last.high, price)
            return
        minutes.append(_Minute(began_ms=began_ms, first=price, low=price, high=price))
        while minutes[0].began_ms <= at_ms - DAY_MS:
            minutes.popleft()

    def _open_lots(self, symbol: str) -> int:
        """Return the lots of all positions; counted once a second at most, as there may be many."""
        now_ms = self._wall_ms()
        at_ms, lots = self._open.get(symbol, (0, 0))
        if now_ms - at_ms >= OPEN_INTEREST_FOR_MS or symbol not in self._open:
            lots = sum(abs(held.lots) for held in self._state().positions[symbol].values())
            self._open[symbol] = now_ms, lots
        return lots

    def _coins(self, symbol: str, lots: int) -> Ratio:
        """Return lots as the market counts them: coins, or quote money of an inverse contract."""
        multiplier = self._state().markets[symbol].market.multiplier
        return Ratio(lots * abs(multiplier.num), multiplier.den)
