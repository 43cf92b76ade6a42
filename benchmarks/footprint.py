"""What a live position takes: `python -m benchmarks.footprint COUNT` folds so many and says the bytes.

Three numbers: of the state, with the index of liquidations as well, and with the sums of the stress.
"""

import gc
import os
import sys
from pathlib import Path
from random import Random

from benchmarks.cases import five_tiers, market_of
from benchmarks.workload import MARK, MARKET, NOW_MS
from solvent.engine import State, fold
from solvent.engine.events import AccountOpened, Acted, MarketCreated, Move, Priced
from solvent.margin import tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime.stressing import Stresser
from solvent.runtime.watching import Watch


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    pages = Path("/proc/self/statm").read_text("utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure what the state takes, the index, and the sums."""
    count = int(sys.argv[1])
    gc.collect()
    before = resident()

    def taken() -> int:
        gc.collect()
        return round((resident() - before) / count)

    state = populated(count)
    found = [taken()]
    watch = Watch()
    watch(state, MARKET)
    found.append(taken())
    stresser = Stresser(state)
    stresser.at(MARKET, Ratio(1, 1))
    found.append(taken())
    print(*found)


def populated(count: int) -> State:
    """Return a market with a price, and accounts with a wallet, a bucket and a position each."""
    random, state = Random(5), State()  # noqa: S311 - positions, not secrets
    fold(
        state,
        MarketCreated(at_ms=NOW_MS, name=MARKET, model="tiered", market=market_of(five_tiers()), pool=None),
    )
    readings = (FeedReading(feed="mark", price=MARK, at_ms=NOW_MS),)
    fold(state, Priced(at_ms=NOW_MS, market=MARKET, readings=readings, valid_readings=readings))
    for _ in range(count):
        account = f"{random.getrandbits(128):032x}"
        fold(state, AccountOpened(at_ms=NOW_MS, account=account, identities=()))
        fold(state, _acted(account, random.randint(10**4, 10**6), random.randint(10**9, 10**12)))
    return state


def _acted(account: str, size: int, units: int) -> Acted:
    return Acted(
        at_ms=NOW_MS,
        market=MARKET,
        model="tiered",
        account=account,
        cause="command",
        action=None,
        position=tiered.Position(size=size, cash=units, entry=Ratio(600_000 + size, 1), leverage=20),
        pool=None,
        orders=(),
        reserved_asset="USDC",
        reserved=0,
        supply_shares=0,
        moves=(
            Move(f"wallet:{account}", "USDC", units + 1),
            Move(f"position:{MARKET}:{account}", "USDC", units),
            Move(f"position:{MARKET}:{account}", f"{MARKET}-PERP", size),
        ),
        working=None,
    )


if __name__ == "__main__":
    main()
