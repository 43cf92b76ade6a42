"""What the journal room raises: one base, one class for each thing that a caller does next."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class JournalError(Exception):
    """The base of every error of this room."""


class InputRefused(JournalError):
    """What was handed in is outside the documented limits; nothing was written."""


class Conflict(JournalError):
    """Another writer was there first; nothing was written."""


class KeyTaken(JournalError):
    """A command key in the batch has an answer already; nothing was written."""


class JournalUnavailable(JournalError):
    """The store cannot do this now: a full disk, a closed journal, a busy file; nothing was acknowledged."""


class CommitUnknown(JournalUnavailable):
    """A commit failed, and nobody knows what landed; only reopening tells."""


class JournalDamaged(JournalError):
    """What is stored is not what was written: which record, and what is wrong with it."""

    def __init__(self, record: str, wrong: str) -> None:
        self.record = record
        self.wrong = wrong
        super().__init__(f"the journal is damaged: {record}: {wrong}")


class FolderInUse(JournalError):
    """Another process, or another journal of this one, writes to the folder."""


class FolderUnusable(JournalError):
    """The folder is none, or cannot be read or written."""


class DatabaseInUse(JournalError):
    """Another process, or another journal of this one, writes to the journal in the database."""


class DatabaseUnusable(JournalError):
    """The database cannot be reached, read or written, or does not keep what it was given."""


class NoJournal(JournalError):
    """The folder or database holds no journal, and no venue id was given to make one."""


class OtherVenue(JournalError):
    """The journal belongs to another venue."""


class FormatTooNew(JournalError):
    """A newer Solvent wrote the journal."""


class FormatTooOld(JournalError):
    """No migration leads from the journal's format to the present one."""


# What SQLite calls bytes that it cannot make sense of.
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE = 0xFF
# What it says without such a code: text that is none; a schema other than ours, as every statement is fixed.
_DAMAGE_WORDS = (
    "decode to UTF-8",
    "no such column",
    "no such table",
    "unsupported file format",
    "foreign key mismatch",
)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn every exception of sqlite3 into one of this room; `doing` begins the sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, doing) from error
    except UnicodeDecodeError as error:
        # sqlite3 reads SQLite's own message as UTF-8, and that may quote the damaged bytes.
        raise JournalDamaged("the database file", f"{doing} failed on text that is none") from error


def translate(error: sqlite3.Error, doing: str) -> JournalError:
    """Return what an exception of sqlite3 means here."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in _DAMAGE_CODES or any(words in str(error) for words in _DAMAGE_WORDS):
        return JournalDamaged("the database file", f"{doing} failed, SQLite says: {error}")
    return JournalUnavailable(f"{doing} failed, and nothing was written: {error}")
