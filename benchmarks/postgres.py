"""A PostgreSQL of one's own in a folder, and its `pgbench -N`: a yardstick in C, not a rival."""

import os
import pwd
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

USER = "bench"
SCALE = 32
CLIENTS = (1, 8, 32)
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
)
OPTIONS = (
    "-c listen_addresses= -c fsync=on -c synchronous_commit=on -c shared_buffers=512MB -c max_wal_size=4GB "
    "-c checkpoint_timeout=30min -c max_connections=64"
)


class Absent(Exception):
    """There is no PostgreSQL here, or it does not start."""


def _folder_of_programs() -> Path:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise Absent(
            "there is no initdb: install a PostgreSQL server (on Debian: apt-get install postgresql)"
        )
    return found[-1].parent


def _user() -> str | None:
    """Return whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise Absent("it does not run as root, and there is no user postgres or nobody")


class Server:
    """A server of one's own in a folder that its user can reach; leave the `with` block to stop it."""

    def __init__(self, folder: Path, options: str = OPTIONS) -> None:
        self._programs, self._user, self._folder = _folder_of_programs(), _user(), folder / "postgres"
        self._data = self._folder / "data"
        self._options = f"{options} -c unix_socket_directories={self._folder}"

    def __enter__(self) -> Self:
        self._folder.mkdir()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self.run("initdb", "-D", self._data, "-A", "trust", "-U", USER, "-E", "UTF8", "--no-instructions")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, options: str = "") -> None:
        """Start it, or start it again, with further options."""
        every = f"{self._options} {options}"
        self.run("pg_ctl", "start", "-w", "-D", self._data, "-l", self._folder / "log", "-o", every)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` in good order, `immediate` as a crash does."""
        self.run("pg_ctl", "stop", "-w", "-m", mode, "-D", self._data)

    def url(self, database: str = "postgres", *, user: str = USER, schema: str | None = None) -> str:
        """Return the address of a database, and in it of a schema."""
        options = f"&options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://{user}@/{database}?host={self._folder}{options}"

    def schema(self, name: str) -> str:
        """Make a schema where there is none of the name, and return its address."""
        self.run("psql", *self.where(), "-qc", f"CREATE SCHEMA IF NOT EXISTS {name}", "postgres")
        return self.url(schema=name)

    def run(self, program: str, *arguments: object) -> str:
        """Run one of PostgreSQL's programs and return what it told.

        Errors: `Absent` with the end of its complaint.
        """
        command = [str(self._programs / program), *map(str, arguments)]
        try:
            done = subprocess.run(
                command, user=self._user, cwd="/", check=False, text=True,
                capture_output=True, stdin=subprocess.DEVNULL, timeout=180,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise Absent(f"{program} did not run: {error}") from error
        if done.returncode != 0:
            raise Absent(f"{program} failed: {done.stderr.strip()[-300:]}")
        return done.stdout

    def where(self) -> tuple[str, ...]:
        """Return what the programs are told to find it by."""
        return ("-h", str(self._folder), "-U", USER)


class Postgres(Server):
    """A server with the tables of `pgbench` in it."""

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.run("createdb", *self.where(), "bench")
            self.run("pgbench", *self.where(), "-i", "-q", "-s", SCALE, "bench")
        except Absent:
            self.__exit__()
            raise
        return self

    def settings(self) -> dict[str, str]:
        """Return what the live server says of its durability."""
        return {
            name: self.run("psql", *self.where(), "-Atc", f"SHOW {name}", "bench").strip()
            for name in SETTINGS
        }

    def transactions_us(self, clients: int, seconds: int) -> float:
        """Return microseconds a transaction of simple-update, prepared, with so many clients.

        On a busy machine many clients may finish none in a short time; then they get a longer one.
        """
        told = ""
        for length in (seconds, 5 * seconds):
            load = ("-n", "-N", "-M", "prepared", "-c", clients, "-j", min(clients, 2), "-T", length)
            told = self.run("pgbench", *self.where(), *load, "bench")
            found = re.search(r"tps = ([0-9.]+)", told)
            if found is not None and float(found.group(1)) > 0:
                return 1e6 / float(found.group(1))
        raise Absent(f"pgbench told no rate: {told.strip()[-300:]}")
