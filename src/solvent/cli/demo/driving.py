"""Commands to the demo's venue, each under its key and at its moment, and kept to be given again."""

from pathlib import Path
from typing import Any

from solvent import margin
from solvent.cli.demo.desk import Answered, Asked, Desk, Folded, Look, Settle
from solvent.cli.demo.remote import Remote
from solvent.engine import State, book_of, commands
from solvent.engine.commands import AnyCommand
from solvent.journal import open_journal
from solvent.runtime import Venue, VirtualClock, account_id


class Driver:
    """Drives one venue in another process, which may be killed and started again."""

    def __init__(self, folder: Path, start_ms: int) -> None:
        self.now_ms = start_ms
        self.last: Answered | None = None
        self._folder = folder
        self._remote = Remote(folder)
        self._done: list[Asked | Settle] = []

    def ask(self, command: AnyCommand) -> Answered:
        """Give a command, and wait for its answer."""
        self.last = self._remote.ask(self._prepared(command))
        assert self.last is not None
        return self.last

    def insist(self, command: AnyCommand) -> list[dict[str, Any]]:
        """Give a command that must be accepted; returns its events."""
        answer = self.ask(command).reply.read()
        assert answer["accepted"], answer
        events: list[dict[str, Any]] = answer["events"]
        return events

    def act(self, who: str, market: str, action: Any) -> Answered:
        """Give an account's action, and wait for its answer."""
        return self.ask(commands.Act(account=account_id(who), market=market, action=action))

    def settle(self) -> int:
        """Let the settlement end what waits; returns how many requests ended."""
        settled = Settle(self.now_ms)
        self._done.append(settled)
        ended: int = self._remote.ask(settled)
        return ended

    def look(self) -> State:
        """Return a copy of the venue's state."""
        state: State = self._remote.ask(Look())
        return state

    def book(self, who: str, market: str) -> Any:
        """Return an account's book as the venue has it."""
        return book_of(self.look(), market, account_id(who))

    def rows(self, who: str, market: str) -> tuple[margin.Row, ...]:
        """Return the full view of a position as the venue has it."""
        return margin.rows(self.book(who, market), now_ms=self.now_ms)

    def folded(self, until_seq: int) -> str:
        """Let the venue's process fold its journal anew up to an event; returns the hash."""
        state_hash: str = self._remote.ask(Folded(until_seq))
        return state_hash

    def send(self, command: AnyCommand) -> Asked:
        """Give a command without waiting."""
        prepared = self._prepared(command)
        self._remote.send(prepared)
        return prepared

    def hear(self) -> Answered:
        """Wait for the next answer to what was sent."""
        self.last = self._remote.hear()
        assert self.last is not None
        return self.last

    def again(self, prepared: Asked) -> Answered:
        """Give a command again under its key, which makes it happen once."""
        self.last = self._remote.ask(prepared)
        assert self.last is not None
        return self.last

    def kill(self) -> None:
        """End the venue's process with SIGKILL."""
        self._remote.kill()

    def restart(self) -> None:
        """Start a new process on the same folder."""
        self._remote.close()
        self._remote = Remote(self._folder)

    def finish(self) -> None:
        """Let the venue's process end."""
        self._remote.finish()

    def close(self) -> None:
        """Leave no process behind."""
        self._remote.close()

    def never_killed(self) -> str:
        """Give every command to a venue in memory that nobody kills; returns the hash of its state."""
        clock = VirtualClock(self._done[0].at_ms)
        with Venue(open_journal(":memory:", venue_id="never-killed"), clock=clock) as venue:
            desk = Desk(venue, clock)
            for question in self._done:
                desk.answer(question)
            return venue.state.hash()

    def _prepared(self, command: AnyCommand) -> Asked:
        prepared = Asked(command=command, key=f"demo-{len(self._done)}", at_ms=self.now_ms)
        self._done.append(prepared)
        return prepared
