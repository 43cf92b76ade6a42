"""A writer that is kept busy, so that what is handed in meanwhile waits together."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from solvent.engine import commands
from solvent.runtime import Venue


@contextmanager
def held(venue: Venue) -> Iterator[None]:
    """Keep the writer busy until the block ends."""
    resume, is_held = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        is_held.set()
        resume.wait()

    with ThreadPoolExecutor(1) as pool:
        look = pool.submit(venue.at_rest, hold)
        is_held.wait()
        try:
            yield
        finally:
            resume.set()
            look.result().result()


def opening(number: int) -> tuple[str, commands.OpenAccount]:
    """Return a key and a command that opens an account, one for each number."""
    return f"key-{number}", commands.OpenAccount(account=f"{number:032x}")
