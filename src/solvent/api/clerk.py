"""What the process does that reads and tells batches: `python -m solvent.api.clerk PARENT`, over stdin."""

import os
import sys
from contextlib import suppress
from typing import IO

import msgspec

from solvent.api import answers, intents
from solvent.api.counting import Counted, MarketVerb
from solvent.api.desk import Asked, Found, Learn, Read, Tell
from solvent.api.intents import Intent, IntentRefused
from solvent.api.signing import Signature, SignatureInvalid, SigningRefused, identity_of, verify
from solvent.api.wishes import Act, Batch, Step
from solvent.journal.child import Frames, frame_of, framed, received, send, settle
from solvent.money import Asset, NumberRefused
from solvent.runtime.collecting import collect_seldom

_ASKED = msgspec.msgpack.Decoder(Asked)
# Larger numbers have no form in what is sent.
_UNITS_MAX = 2**63


class Clerk:
    """What is known of a venue: what its amounts count, and its assets."""

    def __init__(self) -> None:
        self._counted: dict[MarketVerb, Counted] = {}
        self._assets: dict[str, Asset] = {}

    def learn(self, told: Learn) -> None:
        """Know no more and no less than what is told."""
        self._counted = dict(told.counted)
        self._assets = {asset.symbol: asset for asset in told.assets}

    def found(self, asked: Read) -> Found | None:
        """Return what a batch asks for; none unless it is of amounts alone, without a fault, and signed."""
        try:
            intent = intents.parse(asked.text)
            if not isinstance(intent.ask, Batch):
                return None
            verify(asked.text, Signature(asked.public_key, asked.signature))
            return self._counted_out(intent, intent.ask.steps, identity_of(asked.public_key))
        except (IntentRefused, SigningRefused, SignatureInvalid, NumberRefused):
            return None

    def _counted_out(self, intent: Intent, steps: tuple[Step, ...], identity: str) -> Found | None:
        verbs: dict[MarketVerb, int] = {}
        found: list[tuple[int, int]] = []
        for step in steps:
            if type(step) is not Act:
                return None
            verb = step.market, step.verb
            counted = self._counted.get(verb)
            units = None if counted is None else counted.units_of(step)
            if units is None or units >= _UNITS_MAX:
                return None
            found.append((verbs.setdefault(verb, len(verbs)), units))
        return Found(
            identity, intent.venue, intent.account, intent.nonce, intent.expires_ms, list(verbs), found
        )

    def told(self, asked: Tell) -> bytes:
        """Return a batch's answer, as the service itself writes it."""
        outcomes = answers.outcomes(asked.done, nonce=asked.nonce, account=asked.account, assets=self._assets)
        return answers.sent_batch(outcomes, is_repeat=False).body


def serve(asking: IO[bytes], telling: IO[bytes]) -> None:
    """Do what is asked for, one after the other, until the other end is gone."""
    clerk, frames = Clerk(), Frames()
    send(telling, frame_of(b""))
    while (data := received(asking, frames)) is not None:
        match _ASKED.decode(data):
            case Learn() as told:
                clerk.learn(told)
            case Read() as asked:
                send(telling, framed(clerk.found(asked), bytearray()))
            case Tell() as asked:
                send(telling, frame_of(clerk.told(asked)))


def main(given: list[str]) -> None:
    """Serve the process that started this one."""
    if settle(int(given[0])):
        collect_seldom()
        line = sys.stdin.fileno()
        asking, telling = os.fdopen(line, "rb", 0), os.fdopen(line, "wb", 0, closefd=False)
        # Who closes the service while this one begins shall hear nothing of it.
        with asking, telling, suppress(ConnectionError):
            serve(asking, telling)


if __name__ == "__main__":
    main(sys.argv[1:])
