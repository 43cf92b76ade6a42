"""The rival of the durable rows: one transaction for each operation, as it is written by hand.

The preview is ours (the model's `plain_move`, as the engine takes it), the market stays in memory, the
connection is warm and its statements are prepared once. It keeps the position, the wallet, both postings and
the answer to the key. It makes no event, no hash and no working: less than ours writes.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks.workload import MARKET, NOW_MS
from solvent.engine import State
from solvent.engine.ledger import wallet
from solvent.journal import digest_of
from solvent.journal.schema import PAGE_BYTES
from solvent.margin import Account, Refused, tiered
from solvent.margin.parts import Parts
from solvent.money import Ratio
from solvent.runtime.asked import Asked

TABLES = """
CREATE TABLE wallets (account TEXT PRIMARY KEY, units INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE positions (
    account TEXT PRIMARY KEY, size INTEGER NOT NULL, cash INTEGER NOT NULL, entry_num INTEGER NOT NULL,
    entry_den INTEGER NOT NULL, leverage INTEGER NOT NULL, settled_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE postings (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, role TEXT NOT NULL, units INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE answers (
    account TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, answer BLOB NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
"""
ANSWER = "SELECT digest, answer FROM answers WHERE account = ? AND key = ?"
BOOK = """
SELECT size, cash, entry_num, entry_den, leverage, settled_ms, units
FROM positions JOIN wallets USING (account) WHERE account = ?"""
SET_POSITION = "UPDATE positions SET cash = ?, leverage = ?, settled_ms = ? WHERE account = ?"
SET_WALLET = "UPDATE wallets SET units = units + ? WHERE account = ?"
POST = "INSERT INTO postings (account, role, units, at_ms) VALUES (?, ?, ?, ?), (?, ?, ?, ?)"
WALLET, POSITION = Account.WALLET.value, Account.POSITION.value
KEEP = "INSERT INTO answers VALUES (?, ?, ?, ?)"
ADD_POSITION = "INSERT INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_WALLET = "INSERT INTO wallets VALUES (?, ?)"


class KeyReused(Exception):
    """A key came again with another request."""


class Answered(Struct, frozen=True):
    """What the rival answers."""

    accepted: bool
    code: str | None
    cash: int | None


class Said(Struct, frozen=True):
    """What the rival says to a database, as the database writes it."""

    begin: str
    answer: str
    book: str
    set_position: str
    set_wallet: str
    post: str
    keep: str
    add_position: str
    add_wallet: str


TO_SQLITE = Said(
    "BEGIN IMMEDIATE", ANSWER, BOOK, SET_POSITION, SET_WALLET, POST, KEEP, ADD_POSITION, ADD_WALLET
)


class Store:
    """The rival behind one warm connection to whichever database; `execute` carries a statement out."""

    def __init__(self, execute: Callable[..., Any], said: Said, state: State) -> None:
        self.execute = execute
        self._said = said
        self._market = state.markets[MARKET]
        self._load(state)

    def _load(self, state: State) -> None:
        self.execute("BEGIN")
        for account, position in state.positions[MARKET].items():
            entry = position.entry
            row = (position.size, position.cash, entry.num, entry.den, position.leverage, position.settled_ms)
            self.execute(self._said.add_position, (account, *row))
            self.execute(self._said.add_wallet, (account, state.balance(wallet(account), tiered.USD.symbol)))
        self.execute("COMMIT")

    def carry_out(self, asked: Asked) -> bytes:
        """Carry one operation out in a transaction of its own; return its answer."""
        execute, said = self.execute, self._said
        execute(said.begin)
        digest = digest_of(asked.request)
        found = execute(said.answer, (asked.account, asked.key)).fetchone()
        if found is not None:
            execute("COMMIT")
            if found[0] != digest:
                raise KeyReused(asked.key)
            return bytes(found[1])
        account: str = asked.account
        decided = self._decided(account, asked.commands[0].action)  # type: ignore[union-attr]
        if isinstance(decided, Refused):
            answer = msgspec.json.encode(Answered(accepted=False, code=decided.code, cash=None))
        else:
            position, units = decided
            answer = msgspec.json.encode(Answered(accepted=True, code=None, cash=position.cash))
            execute(said.set_position, (position.cash, position.leverage, position.settled_ms, account))
            execute(said.set_wallet, (units, account))
            execute(said.post, (account, WALLET, units, NOW_MS, account, POSITION, -units, NOW_MS))
        execute(said.keep, (account, asked.key, digest, answer))
        execute("COMMIT")
        return answer

    def _decided(self, account: str, action: Any) -> tuple[tiered.Position, int] | Refused:
        """Return the position after an action and what the wallet gets, or the model's refusal."""
        row = self.execute(self._said.book, (account,)).fetchone()
        size, cash, entry_num, entry_den, leverage, settled_ms, units = row
        position = tiered.Position(
            size=size,
            cash=cash,
            entry=Ratio(entry_num, entry_den),
            leverage=leverage,
            settled_ms=settled_ms,
        )
        quoted = self._market.terms.quoted
        assert quoted is not None, "the market was priced when the venue was opened"
        move = tiered.plain_move(
            action,
            position,
            market=self._market.market,
            quoted=quoted,
            funding=(),
            spare=units,
            now_ms=NOW_MS,
        )
        if move is not None:
            return move.position, -move.units
        return self._decided_by_book(position, units, action)

    def _decided_by_book(
        self, position: tiered.Position, units: int, action: Any
    ) -> tuple[tiered.Position, int] | Refused:
        """Decide what is no plain move, which has to be refused or looked at closer."""
        parts = Parts(
            market=self._market.market,
            position=position,
            free={tiered.USD.symbol: units},
            readings=self._market.readings,
            valid_readings=self._market.readings,
        )
        outcome = tiered.decide(tiered.assemble(parts), action, now_ms=NOW_MS)
        if isinstance(outcome, Refused):
            return outcome
        (wallet_units,) = (one.units for one in outcome.postings if one.account is Account.WALLET)
        return outcome.book.position, wallet_units

    def held(self) -> dict[str, tuple[int, int]]:
        """Return wallet and bucket of every account."""
        rows = self.execute("SELECT account, units, cash FROM wallets JOIN positions USING (account)")
        return {account: (units, cash) for account, units, cash in rows}


class Naive(Store):
    """On SQLite in WAL mode, each commit synced."""

    def __init__(self, path: Path, state: State) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.executescript(TABLES)
        super().__init__(self.connection.execute, TO_SQLITE, state)

    def settings(self) -> dict[str, Any]:
        """Return what the live connection says of its durability."""
        return settings_of(self.connection)

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()


def settings_of(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what a live connection says of its durability."""
    names = ("journal_mode", "synchronous", "wal_autocheckpoint", "page_size")
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}


def held_in(state: State) -> dict[str, tuple[int, int]]:
    """Return wallet and bucket of every account of an engine's state."""
    return {
        account: (state.balance(wallet(account), tiered.USD.symbol), position.cash)
        for account, position in state.positions[MARKET].items()
    }
