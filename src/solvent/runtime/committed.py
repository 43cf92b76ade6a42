"""What became durable, told to whoever listens: in order, once, and never what a failed commit takes back."""

import logging
from collections.abc import Callable

from msgspec import Struct

from solvent.engine.events import AnyEvent


class Committed(Struct, frozen=True, kw_only=True):
    """One batch that is durable: its events in order, the seq of the last one, and the batch's moment."""

    seq: int
    at_ms: int
    events: tuple[AnyEvent, ...]


_LOG = logging.getLogger("solvent.runtime")
Listener = Callable[[Committed], None]
OnFault = Callable[[str], None]


def _ignored(_: str) -> None:
    """Leave a fault to those who look at `faults`."""


class _Listening(Struct, frozen=True, eq=False):
    listener: Listener
    on_fault: OnFault


class Listeners:
    """Those who are told, in one thread that also adds them; the fault of one is no fault of the teller.

    A listener that raises is told nothing more, as it has missed something; that is logged, `faults` keeps
    what each raised, and its own `on_fault` is told as well.
    """

    def __init__(self) -> None:
        self.faults: tuple[str, ...] = ()
        self._all: tuple[_Listening, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether somebody listens, or did until that failed; the events of replies are at hand then."""
        return bool(self._all or self.faults)

    def add(self, listener: Listener, on_fault: OnFault = _ignored) -> Callable[[], None]:
        """Tell a listener everything from now on; returns what takes it off again."""
        one = _Listening(listener, on_fault)
        self._all = (*self._all, one)
        return lambda: self._take_off(one)

    def tell(self, committed: Committed) -> None:
        """Tell everybody one batch, in the order in which they were added."""
        for one in self._all:
            try:
                one.listener(committed)
            except Exception as error:  # noqa: BLE001 - whatever it raises is told to whoever looks after it
                self._take_off(one)
                fault = f"a listener failed at seq {committed.seq} and is told nothing more: {error!r}"
                self.faults = (*self.faults, fault)
                _LOG.warning("%s", fault)
                one.on_fault(fault)

    def _take_off(self, gone: _Listening) -> None:
        self._all = tuple(one for one in self._all if one is not gone)
