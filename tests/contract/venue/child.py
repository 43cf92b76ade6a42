"""A process that runs a venue under load until it is killed, and says what it was answered.

One thread for each worker of `plan` keeps some commands in flight; the one at the boundary settles the
outbox as it goes, while requests of its own are not yet durable. Each answer is a line on the output as it
arrives: account, key, digest of the body, whether it was given before. The first line says that it is open.
"""

import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from solvent.engine.commands import AnyCommand
from solvent.journal import Checked, digest_of, open_journal
from solvent.runtime import Limits, Reply, Venue, VirtualClock
from tests.contract.venue import plan
from tests.contract.venue.outside import Outside

OPENED = "opened\n"
OPERATOR = "operator"
APART = "apart"
FAULT = 7


def say(key: str, reply: Reply) -> None:
    """Pass an answer on; one write of a short line is never cut in two by another thread's."""
    line = f"{OPERATOR} {key} {digest_of(reply.body).hex()} {int(reply.is_repeat)}\n"
    os.write(1, line.encode())


def told(key: str) -> Callable[[Future[Reply]], None]:
    """Return what passes the answer to a key on, in whichever thread it arrives."""
    return lambda future: say(key, future.result())


def ask(venue: Venue, key: str, command: AnyCommand) -> Future[Reply]:
    """Hand a command in, and see to it that its answer is said."""
    future = venue.submit(command, key=key)
    future.add_done_callback(told(key))
    return future


def work(venue: Venue, worker: str, first: int) -> None:
    """Ask one command after another, with a few in flight, from the first that was not answered."""
    flying: deque[Future[Reply]] = deque()
    number = first
    while True:
        flying.append(ask(venue, plan.key_of(worker, number), plan.command_of(worker, number)))
        number += 1
        if worker == "boundary":
            venue.settle_outbox()
        if len(flying) == plan.WINDOW:
            flying.popleft().result()


def tick(venue: Venue, clock: VirtualClock, first: int) -> None:
    """Move the clock and then the prices, one tick after another."""
    number = first
    while True:
        clock.advance(max(0, plan.now_of(number) - clock.now_ms()))
        ask(venue, plan.key_of("ticker", number), plan.command_of("ticker", number)).result()
        number += 1


def main(place: str, world: Path, batch: int, is_apart: bool, firsts: list[int]) -> None:
    """Run on the journal at a place, with the world's own file and batches of so many, until killed.

    With `is_apart` batches land in a process of their own from the first one on that has another behind it.
    """
    first_of = dict(zip(plan.WORKERS, firsts, strict=True))
    clock = VirtualClock(plan.now_of(first_of["ticker"] + 1))
    outside = Outside(world)
    journal = open_journal(place, venue_id=plan.VENUE_ID, checked=Checked.AS_READ)
    venue = Venue(journal, clock=clock, settlement=outside, limits=Limits(batch_commands_max=batch))
    if is_apart:
        journal.go_apart()
        while not journal.lands_apart:
            pass
    os.write(1, OPENED.encode())
    for future in [ask(venue, key, command) for key, command in plan.setup()]:
        future.result()
    venue.settle_outbox()

    def guarded(run: Callable[..., None], *arguments: object) -> None:
        try:
            run(*arguments)
        except BaseException:  # noqa: BLE001 - the parent sees another end than by its kill
            traceback.print_exc()
            os._exit(FAULT)

    jobs: list[tuple[object, ...]] = [(tick, venue, clock, first_of["ticker"])]
    jobs += [(work, venue, worker, first_of[worker]) for worker in plan.WORKERS if worker != "ticker"]
    threads = [threading.Thread(target=guarded, args=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    threads[0].join()


if __name__ == "__main__":
    main(
        sys.argv[1],
        Path(sys.argv[2]),
        int(sys.argv[3]),
        sys.argv[4] == APART,
        [int(text) for text in sys.argv[5:]],
    )
