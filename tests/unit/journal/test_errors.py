"""No exception of sqlite3 leaves the room, whichever it is."""

import sqlite3

import pytest

from solvent.journal import JournalDamaged, JournalError, JournalUnavailable
from solvent.journal import __all__ as face
from solvent.journal.errors import translate, translated


def every_kind(kind: type[sqlite3.Error]) -> list[type[sqlite3.Error]]:
    return [kind, *(below for direct in kind.__subclasses__() for below in every_kind(direct))]


@pytest.mark.parametrize("kind", every_kind(sqlite3.Error), ids=lambda kind: kind.__name__)
def test_each_exception_of_sqlite_becomes_one_of_this_room(kind: type[sqlite3.Error]) -> None:
    with (
        pytest.raises(JournalUnavailable, match="appending failed, and nothing was written: why") as found,
        translated("appending"),
    ):
        raise kind("why")
    assert isinstance(found.value.__cause__, kind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_CORRUPT, JournalDamaged),
        (sqlite3.SQLITE_CORRUPT_INDEX, JournalDamaged),
        (sqlite3.SQLITE_NOTADB, JournalDamaged),
        (sqlite3.SQLITE_FULL, JournalUnavailable),
        (sqlite3.SQLITE_IOERR_FSYNC, JournalUnavailable),
    ],
)
def test_the_code_tells_damage_from_what_may_pass(code: int, kind: type[JournalError]) -> None:
    error = sqlite3.DatabaseError("why")
    error.sqlite_errorcode = code
    assert type(translate(error, "reading")) is kind


def test_text_that_is_no_utf_8_and_a_schema_that_is_not_ours_are_damage() -> None:
    error = sqlite3.OperationalError("Could not decode to UTF-8 column 'kind' with text ''")
    assert isinstance(translate(error, "reading"), JournalDamaged)
    assert isinstance(translate(sqlite3.OperationalError("no such column: x"), "reading"), JournalDamaged)
    with pytest.raises(JournalDamaged, match="reading failed on text that is none"), translated("reading"):
        b"\xff".decode()


def test_every_error_on_the_face_is_a_journal_error() -> None:
    import solvent.journal

    errors = [kind for name in face if isinstance(kind := getattr(solvent.journal, name), type)]
    raised = [kind for kind in errors if issubclass(kind, Exception)]
    assert len(raised) == 15
    assert all(issubclass(kind, JournalError) for kind in raised)
