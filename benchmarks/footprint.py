"""What a live position takes: `python -m benchmarks.footprint COUNT` folds so many and says the bytes."""

import gc
import os
import sys
from pathlib import Path
from random import Random

from benchmarks.cases import five_tiers, market_of
from benchmarks.workload import MARKET, NOW_MS
from solvent.engine import State, fold
from solvent.engine.events import AccountOpened, Acted, MarketCreated, Move
from solvent.margin import tiered
from solvent.money import Ratio


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    pages = Path("/proc/self/statm").read_text("utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Fold accounts with a wallet, a bucket and a position each."""
    count, random, state = int(sys.argv[1]), Random(5), State()  # noqa: S311 - positions, not secrets
    fold(
        state,
        MarketCreated(at_ms=NOW_MS, name=MARKET, model="tiered", market=market_of(five_tiers()), pool=None),
    )
    gc.collect()
    before = resident()
    for _ in range(count):
        account = f"{random.getrandbits(128):032x}"
        fold(state, AccountOpened(at_ms=NOW_MS, account=account, identities=()))
        fold(state, _acted(account, random.randint(10**4, 10**6), random.randint(10**9, 10**12)))
    gc.collect()
    print(round((resident() - before) / count))


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
