"""The journal's folder: what its files are called, and the lock that makes its writer the only one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from solvent.journal.errors import FolderInUse, FolderUnusable

DATABASE_FILE = "journal.sqlite3"
SNAPSHOTS_FILE = "snapshots.sqlite3"
LOCK_FILE = "lock"
NEW_SUFFIX = ".new"


class FolderLock:
    """An exclusive lock on a folder, held until released or until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        with ExitStack() as undo:
            self._file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            undo.callback(os.close, self._file)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
                if _is_alive(holder):
                    raise FolderInUse(
                        f"{folder} is in use by the process {holder}; stop that one, or give another folder"
                    ) from error
                # What a killed process had beside it ends with it, and lets go a moment later.
                fcntl.flock(self._file, fcntl.LOCK_EX)
                os.lseek(self._file, 0, os.SEEK_SET)
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode())
            undo.pop_all()

    @property
    def file(self) -> int:
        """The open file; whoever inherits it holds the lock as well, until he has ended."""
        return self._file

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


def _is_alive(holder: str) -> bool:
    """Tell whether there is a process of that number; of what is no number nobody knows."""
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def lock_folder(folder: Path) -> FolderLock:
    """Make the folder if need be, its owner's alone, and lock it.

    Errors: `FolderInUse` with the holder's process id; `FolderUnusable` for a file, or without the rights.
    """
    with _usable(folder):
        make_folder(folder)
        return FolderLock(folder)


def make_folder(folder: Path) -> None:
    """Make the folder if need be, its owner's alone.

    Errors: `FolderUnusable` for a file, or without the rights.
    """
    with _usable(folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, mode=0o700)
            sync_folder(folder.parent)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderUnusable(f"{folder} is a file, or lies in one; give a folder") from error
    except OSError as error:
        raise FolderUnusable(
            f"{folder} cannot be written: {error.strerror}; give a folder that this user may write to"
        ) from error


def sync_folder(folder: Path) -> None:
    """Make what was created or renamed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
