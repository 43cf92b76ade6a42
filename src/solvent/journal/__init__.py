"""The durable log: hash-chained records in batches, first answers to command keys, snapshots."""

from solvent.journal.address import is_address, shown
from solvent.journal.answers import place_of
from solvent.journal.errors import (
    CommitUnknown,
    Conflict,
    DatabaseInUse,
    DatabaseUnusable,
    FolderInUse,
    FolderUnusable,
    FormatTooNew,
    FormatTooOld,
    InputRefused,
    JournalDamaged,
    JournalError,
    JournalUnavailable,
    KeyTaken,
    NoJournal,
    OtherVenue,
)
from solvent.journal.folder import make_folder
from solvent.journal.genesis import FORMAT
from solvent.journal.opening import Checked, open_journal
from solvent.journal.port import Journal
from solvent.journal.records import (
    Answer,
    Answered,
    Batch,
    Head,
    Pruned,
    Record,
    Snapshot,
    StoredRecord,
    batch_of,
    digest_of,
)
from solvent.journal.schema import MEMORY
from solvent.journal.verdict import Damage, Verdict

__all__ = [
    "FORMAT",
    "MEMORY",
    "Answer",
    "Answered",
    "Batch",
    "Checked",
    "CommitUnknown",
    "Conflict",
    "Damage",
    "DatabaseInUse",
    "DatabaseUnusable",
    "FolderInUse",
    "FolderUnusable",
    "FormatTooNew",
    "FormatTooOld",
    "Head",
    "InputRefused",
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalUnavailable",
    "KeyTaken",
    "NoJournal",
    "OtherVenue",
    "Pruned",
    "Record",
    "Snapshot",
    "StoredRecord",
    "Verdict",
    "batch_of",
    "digest_of",
    "is_address",
    "make_folder",
    "open_journal",
    "place_of",
    "shown",
]
