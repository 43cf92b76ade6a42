"""Whether a tick's readings may be taken in at all; whether they are valid to trade on the model says."""

from collections.abc import Iterable

from solvent.engine.commands import Tick
from solvent.engine.refusals import Code, refuse
from solvent.margin import Refused, Term
from solvent.margin.parts import FeedReading, find_reading
from solvent.money import format_moment


def readings_refusal(
    command: Tick, *, needed: Iterable[str], last: tuple[FeedReading, ...], now_ms: int
) -> Refused | None:
    """Return why readings are refused: feeds first, then each reading in turn; none where all may be taken.

    A feed that repeats its last moment holds its price, which goes on ageing.
    """
    feeds = [reading.feed for reading in command.readings]
    missing = [feed for feed in needed if feed not in feeds]
    missing += [reading.feed for reading in command.readings if reading.price.num <= 0]
    if missing:
        return refuse(
            Code.FEED_MISSING,
            f"a tick of {command.market} needs a positive price of {', '.join(missing)}",
            Term("market", command.market),
            Term("missing", ", ".join(missing)),
        )
    for reading in command.readings:
        if feeds.count(reading.feed) > 1:
            return refuse(
                Code.FEED_TWICE,
                f"a tick of {command.market} brings {reading.feed} more than once; give each feed once",
                Term("feed", reading.feed),
            )
        refusal = _of_one(reading, find_reading(last, reading.feed), now_ms=now_ms)
        if refusal is not None:
            return refusal
    return None


def _of_one(reading: FeedReading, last: FeedReading | None, *, now_ms: int) -> Refused | None:
    if reading.confidence.num < 0:
        return refuse(
            Code.CONFIDENCE_NEGATIVE,
            f"the confidence of {reading.feed} is below zero; give zero or more",
            Term("feed", reading.feed),
            Term("confidence", reading.confidence),
        )
    if reading.at_ms > now_ms:
        return refuse(
            Code.READING_AHEAD,
            f"{reading.feed} was published at {format_moment(reading.at_ms)} and the venue's time is "
            f"{format_moment(now_ms)}; give one published by then",
            Term("feed", reading.feed),
            Term("at_ms", reading.at_ms),
            Term("now_ms", now_ms),
        )
    if last is not None and reading.at_ms < last.at_ms:
        return refuse(
            Code.READING_BACKWARDS,
            f"{reading.feed} was published at {format_moment(reading.at_ms)} and its last reading at "
            f"{format_moment(last.at_ms)}; give that moment again to hold a price, or a later one",
            Term("feed", reading.feed),
            Term("at_ms", reading.at_ms),
            Term("last_ms", last.at_ms),
        )
    return None
