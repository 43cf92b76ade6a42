"""The demo's venue in a process of its own: questions come through a pipe, answers go back.

`python -m solvent.cli.demo.process DESCRIPTOR FOLDER` is how `remote` starts it.
"""

import sys
from multiprocessing.connection import Connection
from pathlib import Path

from solvent.cli.demo.desk import VENUE_ID, Desk
from solvent.cli.exits import Exit
from solvent.journal import JournalError, open_journal
from solvent.runtime import RuntimeProblem, Venue, VirtualClock
from solvent.runtime.embedding import last_moment_ms


def serve(connection: Connection, folder: Path) -> None:
    """Answer questions until the other end of the pipe is closed."""
    journal = open_journal(folder, venue_id=VENUE_ID)
    clock = VirtualClock(last_moment_ms(journal))
    with Venue(journal, clock=clock) as venue:
        desk = Desk(venue, clock)
        while True:
            try:
                question = connection.recv()
            except EOFError:
                return
            connection.send(desk.answer(question))


def main(descriptor: str, folder: str) -> int:
    """Serve one venue; returns the exit code."""
    try:
        serve(Connection(int(descriptor)), Path(folder))
    except (JournalError, RuntimeProblem) as error:
        print(error, file=sys.stderr)
        return Exit.BAD_INPUT
    except (BrokenPipeError, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
