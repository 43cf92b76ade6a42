"""Each coin's mark of a day ago, as far as it was heard: the first one of each hour is kept."""

from collections import defaultdict

from solvent.engine.events import Priced
from solvent.margin import tiered
from solvent.margin.parts import find_reading
from solvent.margin.tiered.assembly import price_units
from solvent.runtime import Committed, House

HOUR_MS = 3_600_000
DAY_HOURS = 24


class Marks:
    """The first mark of each of the last hours, by market, in price units; nothing of before it was made."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._hours: defaultdict[str, dict[int, int]] = defaultdict(dict)
        house.follower.subscribe(self._hear)

    def a_day_ago(self, market: str) -> int | None:
        """Return the oldest mark of the last day; none where none was heard."""
        since = self._house.now_ms() // HOUR_MS - DAY_HOURS
        found = [hour for hour in self._hours.get(market, ()) if hour >= since]
        return self._hours[market][min(found)] if found else None

    def _hear(self, committed: Committed) -> None:
        for event in committed.events:
            if not isinstance(event, Priced):
                continue
            hours, hour = self._hours[event.market], event.at_ms // HOUR_MS
            if hour in hours:
                continue
            kept = self._house.follower.state.markets[event.market]
            mark = find_reading(event.readings, "mark")
            if kept.model == tiered.NAME and mark is not None:
                hours[hour] = price_units(kept.market, mark.price)
                for old in [known for known in hours if known < hour - DAY_HOURS]:
                    del hours[old]
