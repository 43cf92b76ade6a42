"""How often a serving process looks for garbage in cycles, of which it makes next to none."""

import gc

# Objects that came and did not go before the young ones are looked through; then how many times before the
# older and the oldest are. A request in flight holds some hundred objects, all of which end by themselves.
YOUNG, OLDER, OLDEST = 50_000, 10, 20


def collect_seldom() -> None:
    """Set the collector of this process, once, before it serves."""
    gc.set_threshold(YOUNG, OLDER, OLDEST)
