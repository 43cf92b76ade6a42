"""How far what was shown may drift, by a tolerance, before it is another deal."""

from solvent.money import Ratio


def drifted(price: Ratio, tolerance: Ratio, *, up: bool) -> Ratio:
    """Return a price moved by the tolerance, exactly."""
    share = tolerance.den + tolerance.num if up else tolerance.den - tolerance.num
    return Ratio(price.num * share, price.den * tolerance.den)


def worst_liquidation(
    after: Ratio | None, before: Ratio | None, tolerance: Ratio, *, is_long: bool, closes: bool
) -> Ratio | None:
    """Return the nearest liquidation price that a fill within the tolerance may lead to; none where none is.

    A fill moves it about as much as the price that it is made at. What closes reduces risk: it may leave any
    liquidation price that is no nearer than the one before it.
    """
    if after is None:
        return None
    bound = drifted(after, tolerance, up=is_long)
    if not closes or before is None:
        return bound
    return max(bound, before) if is_long else min(bound, before)
