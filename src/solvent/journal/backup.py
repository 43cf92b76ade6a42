"""A copy of a journal in another folder, made while the journal is written to."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from solvent.journal.errors import FolderUnusable, JournalUnavailable, translated
from solvent.journal.folder import DATABASE_FILE, NEW_SUFFIX, SNAPSHOTS_FILE, lock_folder, sync_folder

# Copies journal and snapshots into two empty databases.
CopyTo = Callable[[sqlite3.Connection, sqlite3.Connection], None]


def write_backup(folder: Path, copy_to: CopyTo) -> None:
    """Copy into a folder that holds no journal; the copy is whole when its database has its name.

    Errors: `FolderUnusable` where there is a journal already; `JournalUnavailable` for a full disk.
    """
    database, snapshots = folder / DATABASE_FILE, folder / SNAPSHOTS_FILE
    with ExitStack() as stack:
        stack.callback(lock_folder(folder).release)
        if database.exists():
            raise FolderUnusable(f"{folder} holds a journal already; give another folder")
        new = [path.with_name(path.name + NEW_SUFFIX) for path in (snapshots, database)]
        try:
            for path in new:
                path.unlink(missing_ok=True)
            with translated(f"making a backup in {folder}"), ExitStack() as open_files:
                targets = [open_files.enter_context(closing(sqlite3.connect(path))) for path in new]
                copy_to(targets[1], targets[0])
            for path, name in zip(new, (snapshots, database), strict=True):
                path.replace(name)
            sync_folder(folder)
        except OSError as error:
            raise JournalUnavailable(f"making a backup in {folder} failed: {error.strerror}") from error
