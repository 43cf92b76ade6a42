"""A real PostgreSQL for the tests: one server a process of tests, a schema of its own for each folder."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from benchmarks.postgres import Absent, Server

# As small as a test needs; what is durable stays as it is by default.
OPTIONS = "-c listen_addresses= -c shared_buffers=32MB -c max_connections=60"
_running: list[Server] = []


def why_absent() -> str | None:
    """Say why there is no PostgreSQL to test on; none where there is one."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed"
    try:
        Server(Path())
    except Absent as absent:
        return str(absent)
    return None


ABSENT = why_absent()


class Standby(Server):
    """A server that follows another one; `promote` makes it the one to write to."""

    def __init__(self, folder: Path, primary: Server) -> None:
        super().__init__(folder, OPTIONS)
        self._primary = primary

    def __enter__(self) -> Self:
        self._folder.mkdir()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        where = self._primary.where()
        self.run("pg_basebackup", *where, "-D", self._data, "-R", "-c", "fast")
        self.start()
        return self

    def promote(self) -> None:
        self.run("pg_ctl", "promote", "-w", "-D", self._data)


@contextmanager
def standby(primary: Server) -> Iterator[Standby]:
    """Run a standby of a server."""
    folder = Path(tempfile.mkdtemp(prefix="solvent-pg-"))
    folder.chmod(0o755)
    try:
        with Standby(folder, primary) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@contextmanager
def server(options: str = OPTIONS) -> Iterator[Server]:
    """Run a server of one's own, in a folder that its user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="solvent-pg-"))
    folder.chmod(0o755)
    try:
        with Server(folder, options) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@contextmanager
def shared_server() -> Iterator[Server]:
    """Run the server that `place` makes schemas on."""
    with server() as running:
        _running.append(running)
        yield running
        _running.clear()


def place(folder: Path) -> str:
    """Return the address of the schema that stands for a folder, after making it if need be."""
    schema = f"venue_{blake2b(str(folder).encode(), digest_size=8).hexdigest()}"
    (running,) = _running
    make_schema(running, schema)
    return running.url(schema=schema)


def make_schema(running: Server, schema: str) -> None:
    """Make an empty schema where there is none of the name."""
    execute(running.url(), f"CREATE SCHEMA IF NOT EXISTS {schema}")


def execute(address: str, *statements: str) -> None:
    """Carry statements out behind the journal's back."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET client_min_messages = error")
        for statement in statements:
            connection.execute(statement.encode())
