"""The rival on PostgreSQL: the same statements over psycopg, prepared and binary, on one warm connection.

It locks the rows that it reads, as whoever else serves the same accounts would come between otherwise.
"""

from typing import Any

import psycopg
from msgspec.structs import asdict
from psycopg.types.numeric import Int8BinaryDumper

from benchmarks.naive import TO_SQLITE, Said, Store
from solvent.engine import State

TABLES = """
CREATE TABLE wallets (account text PRIMARY KEY, units bigint NOT NULL);
CREATE TABLE positions (
    account text PRIMARY KEY, size bigint NOT NULL, cash bigint NOT NULL, entry_num bigint NOT NULL,
    entry_den bigint NOT NULL, leverage bigint NOT NULL, settled_ms bigint NOT NULL
);
CREATE TABLE postings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text NOT NULL, role text NOT NULL,
    units bigint NOT NULL, at_ms bigint NOT NULL
);
CREATE TABLE answers (
    account text NOT NULL, key text NOT NULL, digest bytea NOT NULL, answer bytea NOT NULL,
    PRIMARY KEY (account, key)
);
"""
PLAIN = {name: text.replace("?", "%b") for name, text in asdict(TO_SQLITE).items()}
TO_POSTGRES = Said(**PLAIN | {"begin": "BEGIN", "book": f"{PLAIN['book']} FOR UPDATE"})
SETTINGS = ("fsync", "synchronous_commit")


class NaivePostgres(Store):
    """On PostgreSQL, every statement prepared when it is first said."""

    def __init__(self, address: str, state: State) -> None:
        self._connection = psycopg.connect(address, autocommit=True, prepare_threshold=0)
        self._connection.adapters.register_dumper(int, Int8BinaryDumper)
        self._connection.execute(TABLES.encode(), prepare=False)
        super().__init__(self._connection.cursor(binary=True).execute, TO_POSTGRES, state)
        self._connection.execute(b"ANALYZE")

    def settings(self) -> dict[str, Any]:
        """Return what the live connection says of its durability."""
        return {name: self.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS}

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()
