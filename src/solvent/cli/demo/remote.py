"""The demo's end of the pipe: start the venue's process, ask it, kill it, let it end."""

import signal
import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from solvent.cli.demo.desk import Question
from solvent.cli.exits import Complaint

# Longer than any answer takes, so that nobody waits for ever for a process that hangs.
ANSWER_S_MAX = 120
MODULE = "solvent.cli.demo.process"


class Remote:
    """One process with a venue in it; `close` leaves none behind."""

    def __init__(self, folder: Path) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-m", MODULE, str(theirs.fileno()), str(folder)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )

    @property
    def process_id(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, question: Question) -> Any:
        """Ask, and wait for the answer.

        Errors: `Complaint` when the process ends or does not answer.
        """
        self.send(question)
        return self.hear()

    def send(self, question: Question) -> None:
        """Ask without waiting.

        Errors: `Complaint` when the process has ended.
        """
        try:
            self._connection.send(question)
        except OSError as error:
            raise self._ended() from error

    def hear(self) -> Any:
        """Wait for the next answer.

        Errors: `Complaint` when the process ends or does not answer.
        """
        try:
            if not self._connection.poll(ANSWER_S_MAX):
                self.kill()
                raise Complaint(f"the venue's process did not answer for {ANSWER_S_MAX} s, and was ended")
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error

    def kill(self) -> None:
        """End the process as a power cut would: it can do nothing more, not even close a file."""
        self._process.kill()
        if self._process.wait() != -signal.SIGKILL:
            raise self._ended()
        self._connection.close()

    def finish(self) -> None:
        """Let the process finish what it does, and end.

        Errors: `Complaint` when it ends in another way.
        """
        self._connection.close()
        if self._wait():
            raise self._ended()

    def close(self) -> None:
        """Leave no process behind, whatever state it is in."""
        self._connection.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _wait(self) -> int:
        """Wait for the end, and bring it about when it does not come; returns the exit code."""
        try:
            return self._process.wait(ANSWER_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _ended(self) -> Complaint:
        """Say how the process ended, with the last line that it wrote."""
        self._wait()
        _, said = self._process.communicate()
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        told = last[0] if last else "it said nothing"
        return Complaint(f"the venue's process ended with code {self._process.returncode}: {told}")
