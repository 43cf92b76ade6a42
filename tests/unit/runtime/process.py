"""A venue's process under load, for the tests of its end: it tells each answer, and what it came to.

The first argument is its folder; with `stuck` a settlement never returns, so that the end takes for ever;
with `broken` a commit fails after a while.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread

from solvent import margin
from solvent.engine import Pending, commands
from solvent.journal.opening import open_sqlite
from solvent.money import Ratio
from solvent.prices import Cursor, ReplayFeed, recorded_closes
from solvent.prices import Path as PricePath
from solvent.runtime import (
    Driver,
    Driving,
    Ending,
    Faucet,
    Overloaded,
    Pacing,
    Quote,
    RealClock,
    Reason,
    Reply,
    Venue,
    VenueStopped,
    run,
)

VENUE_ID = "0" * 32
WORKERS = 4
IN_FLIGHT = 32
_telling = Lock()


def tell(line: str) -> None:
    with _telling:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


class Stuck:
    """A settlement that never comes back."""

    def settle(self, pending: Pending) -> bool:
        Event().wait()
        return pending.units > 0


def work(venue: Venue, worker: int) -> None:
    """Open an account and deposit into it again and again, some in flight at once."""
    account = f"{worker:032x}"
    venue.ask(commands.OpenAccount(account=account), key=f"open-{worker}")
    waiting: list[tuple[str, Future[Reply]]] = []
    try:
        for number in count():
            key = f"{worker}-{number}"
            deposit = commands.Deposit(account=account, asset="USDC", units=1, request_id=key)
            waiting.append((key, venue.submit(deposit, key=key)))
            if len(waiting) == IN_FLIGHT:
                key, answer = waiting.pop(0)
                tell(f"{'accepted' if answer.result().is_accepted else 'refused'} {key}")
    except (VenueStopped, Overloaded):
        for key, answer in waiting:
            if answer.exception() is None:
                tell(f"accepted {key}")


def main(folder: Path, how: str) -> int:
    commits = count()

    def commit(write: Callable[[], object]) -> None:
        if how == "broken" and next(commits) > 20:
            raise OSError(28, "No space left on device")
        write()

    clock, ending = RealClock(), Ending()
    journal = open_sqlite(folder, venue_id=VENUE_ID, commit=commit)
    settlement = Stuck() if how == "stuck" else Faucet()
    venue = Venue(journal, clock=clock, settlement=settlement, is_settling=True)
    venue.ask(commands.CreateMarket(name="SOL-PERP", market=margin.preset("SOL-PERP")), key="market")
    feed = ReplayFeed(
        PricePath(closes=recorded_closes(), seed=7),
        Cursor(venue_ms=clock.now_ms(), source_ms=recorded_closes().first_ms, speed=Ratio(3_600, 1)),
        heartbeat_ms=50,
    )
    driver = Driver(
        venue, clock, [Driving(market="SOL-PERP", prices={"mark": Quote(feed=feed, symbol="SOL")})]
    )
    pacing = Pacing(driver, clock, on_stop=ending.fault)
    workers = [Thread(target=work, args=(venue, number), daemon=True) for number in range(WORKERS)]
    with ending.on_signals():
        for worker in workers:
            worker.start()

        def say(reason: Reason) -> None:
            tell(f"ending {reason.words}")

        ended = run(venue, ending, pacing=pacing, on_end=say)
        for worker in workers:
            worker.join()
    tell(f"ended {ended.seq} {ended.state_hash}")
    return 1 if ended.reason.is_fault else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
