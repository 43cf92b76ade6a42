"""A process whose venue runs on a disk until it is full, makes space, opens again, and says what it saw.

The disk is a small file system that it was started in, or a limit on the size of its files. Its one line of
output is JSON.
"""

import json
import resource
import sys
from concurrent.futures import Future
from pathlib import Path

from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import Reply, Venue, VenueStopped, VirtualClock
from tests.contract.venue import plan

BALLAST_BYTES = 1 << 20
LIMIT_BYTES = 1 << 19
FUNDS_UNITS = 10**12
AT_ONCE = 20
ROUNDS_MAX = 10_000


def open_venue(folder: Path) -> Venue:
    """Open the venue, or make it."""
    return Venue(open_journal(folder, venue_id=plan.VENUE_ID), clock=VirtualClock(plan.START_MS))


def payment(number: int) -> commands.Transfer:
    return commands.Transfer(
        account=plan.ALICE, receiver=plan.SINK, asset="USDC", units=plan.sum_paid(number)
    )


def limit(soft: int) -> None:
    """Limit the size of every file that this process writes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


def pay_until_full(venue: Venue) -> tuple[dict[str, str], str, str]:
    """Send payments until one fails; return the answers by key, why the first failed, and the next."""
    told: dict[str, str] = {}
    for start in range(0, ROUNDS_MAX, AT_ONCE):
        replies: dict[str, Future[Reply]] = {}
        try:
            for number in range(start, start + AT_ONCE):
                key = f"payment-{number}"
                replies[key] = venue.submit(payment(number), key=key)
            told |= {key: reply.result().body.hex() for key, reply in replies.items()}
        except VenueStopped as stopped:
            done = {key: reply for key, reply in replies.items() if reply.exception() is None}
            told |= {key: reply.result().body.hex() for key, reply in done.items()}
            return told, str(stopped), next_refusal(venue)
    raise AssertionError("the disk never filled")


def next_refusal(venue: Venue) -> str:
    """Return what the stopped venue says to one more command."""
    try:
        venue.ask(payment(0), key="one more")
    except VenueStopped as stopped:
        return str(stopped)
    return ""


def main(folder: Path, kind: str) -> None:
    """Fill the disk, make space, retry everything, and tell."""
    ballast = folder.with_name("ballast")
    venue = open_venue(folder)
    for account in (plan.ALICE, plan.SINK):
        venue.ask(commands.OpenAccount(account=account), key=f"open-{account}")
    deposit = commands.Deposit(account=plan.ALICE, asset="USDC", units=FUNDS_UNITS, request_id="fund")
    venue.ask(deposit, key="fund")
    venue.settle_outbox()
    if kind == "limit":
        limit(LIMIT_BYTES)
    else:
        ballast.write_bytes(bytes(BALLAST_BYTES))
    told, first, second = pay_until_full(venue)
    venue.close()
    if kind == "limit":
        limit(resource.RLIM_INFINITY)
    else:
        ballast.unlink()
    with open_venue(folder) as again:
        answers = {key: again.ask(payment(int(key.split("-")[1])), key=key) for key in told}
        tail = range(len(told), len(told) + 2 * AT_ONCE)
        for number in tail:
            assert again.ask(payment(number), key=f"payment-{number}").is_accepted
        paid = again.state.balance(f"wallet:{plan.SINK}", "USDC")
        damage = again.journal.verify().damage
    report = {
        "acknowledged": len(told),
        "first": first,
        "second": second,
        "are_same": all(answers[key].body.hex() == body for key, body in told.items()),
        "are_repeats": all(answer.is_repeat for answer in answers.values()),
        "paid": paid,
        "owed": sum(map(plan.sum_paid, range(len(told) + 2 * AT_ONCE))),
        "damage": str(damage),
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
