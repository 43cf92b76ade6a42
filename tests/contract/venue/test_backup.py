"""A backup made while a venue runs: it opens as a venue, it is a prefix, and nothing in it is half there."""

import threading
from pathlib import Path

from solvent.cli.exits import Exit
from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import STREAM, Venue, VirtualClock, load, replay
from solvent.runtime.snapshots import Snapshotter
from tests.unit.cli.calling import Solvent
from tests.unit.cli.conftest import solvent

__all__ = ["solvent"]
VENUE_ID = "0" * 32
ACCOUNTS = [f"{number:032x}" for number in range(4)]
BACKUPS = 5


def a_command(number: int) -> commands.AnyCommand:
    account, units = ACCOUNTS[number % len(ACCOUNTS)], number + 1
    return commands.Deposit(account=account, asset="SOL", units=units, request_id=f"{number}")


def trade(venue: Venue, is_over: threading.Event, asked: list[str]) -> None:
    """Ask for one deposit after the other, and let every second one be confirmed, until it is over."""
    for account in ACCOUNTS:
        assert venue.ask(commands.OpenAccount(account=account), key=account).is_accepted
    number = 0
    while not is_over.is_set():
        assert venue.ask(a_command(number), key=f"{number}").is_accepted
        asked.append(f"{number}")
        if number % 2:
            confirmation = commands.Confirm(request_id=f"{number}")
            assert venue.ask(confirmation, key=f"confirm {number}").is_accepted
        number += 1


def test_a_backup_of_a_running_venue_is_a_prefix_of_it_and_passes_an_audit(
    solvent: Solvent, tmp_path: Path
) -> None:
    is_over, asked = threading.Event(), list[str]()
    known_at: list[tuple[int, int]] = []
    with Venue(open_journal(tmp_path / "venue", venue_id=VENUE_ID), clock=VirtualClock()) as venue:
        worker = threading.Thread(target=trade, args=(venue, is_over, asked))
        worker.start()
        snapshotter = Snapshotter(venue.journal, venue, saved_seq=0, events_between=20)
        for number in range(BACKUPS):
            while len(asked) < 40 * (number + 1):
                snapshotter.tend()
            known = len(asked)
            venue.journal.backup(tmp_path / f"copy-{number}")
            known_at.append((known, len(asked)))
        is_over.set()
        worker.join()
        for number, (known, known_after) in enumerate(known_at):
            folder = tmp_path / f"copy-{number}"
            with open_journal(folder) as copy:
                seq = copy.last_seq(STREAM)
                assert copy.head(STREAM).hash == venue.journal.read(STREAM, seq - 1, 1)[0].hash
                assert load(copy)[0].hash() == replay(venue.journal, until_seq=seq).hash()
                held = [key for key in asked if copy.answer_of("operator", key) is not None]
            assert held == asked[: len(held)]
            assert known <= len(held) <= known_after + 1
            assert solvent("audit", str(folder)).code == Exit.OK
            with Venue(open_journal(folder), clock=VirtualClock()) as restored:
                assert restored.loaded.events == seq
                assert restored.loaded.passed_over == ()
                assert restored.ask(a_command(0), key="0").is_repeat
                assert not restored.state.outbox
    assert (known_at[0][0], len(known_at)) >= (40, BACKUPS)
