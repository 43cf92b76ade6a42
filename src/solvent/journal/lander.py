"""What the process does that lands batches: `python -m solvent.journal.lander DATABASE PARENT`."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import IO

import msgspec

from solvent.journal import landing
from solvent.journal.apart import READY, Asked, Failed, Landed, Told
from solvent.journal.child import Frames, framed, received, send, settle
from solvent.journal.schema import connect

_ASKED = msgspec.msgpack.Decoder(Asked)


def serve(path: Path, asking: IO[bytes], telling: IO[bytes]) -> None:
    """Land what is asked for, one batch after the other, until no more is."""
    with closing(connect(path)) as connection:
        landing.prepare(connection)
        telling.write(READY)
        frames = Frames()
        while (data := received(asking, frames)) is not None:
            asked = _ASKED.decode(data)
            try:
                told = Told(_landed(connection, asked), None)
            except sqlite3.Error as error:
                code = getattr(error, "sqlite_errorcode", 0)
                told = Told(None, Failed(type(error).__name__, str(error), code))
            send(telling, framed(told, bytearray()))


def _landed(connection: sqlite3.Connection, asked: Asked) -> Landed:
    rows = landing.rows_of(asked.batch, asked.behind)
    landing.land(connection, rows, previous=asked.behind.hash)
    return Landed(rows.head.hash, rows.batch[-1])


def main(given: list[str]) -> None:
    """Serve a database to the process that started this one."""
    if settle(int(given[1])):
        with (
            os.fdopen(sys.stdin.fileno(), "rb", 0) as asking,
            os.fdopen(sys.stdout.fileno(), "wb", 0) as told,
        ):
            serve(Path(given[0]), asking, told)


if __name__ == "__main__":
    main(sys.argv[1:])
