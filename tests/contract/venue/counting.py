"""What a folder holds after a kill, counted apart from the engine: answers, events, payments, the world."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from solvent.cli.venue.auditing import CHECKS
from solvent.engine import State, commands
from solvent.journal import Journal, digest_of, is_address, open_journal
from solvent.runtime import STREAM, replay
from solvent.runtime.repeats import told_before
from tests.contract.venue import plan
from tests.contract.venue.outside import Deed, read_deeds

OPERATOR = "operator"


class Found(Struct, frozen=True, kw_only=True):
    """The answers of a folder by key, its events' payloads, and the state that they fold to."""

    answers: dict[str, bytes]
    payloads: tuple[bytes, ...]
    state: State


def read_journal(place: Path | str, keys: list[str]) -> Found:
    """Open a journal, check it whole, and hold its answers and events against each other."""
    with open_journal(place) as journal:
        assert journal.verify().damage is None
        payloads = read_payloads(journal)
        stored = {key: journal.answer_of(OPERATOR, key) for key in keys}
        answers = {key: told_before(journal, found)[0] for key, found in stored.items() if found is not None}
        state, again = replay(journal), replay(journal)
    assert state.hash() == again.hash()
    found = Found(
        answers=answers,
        payloads=payloads,
        state=state,
    )
    require_each_event_answers_once(found)
    assert not any(state.totals().values())
    for check in CHECKS:
        assert not check(state).wrong
    return found


def read_payloads(journal: Journal) -> tuple[bytes, ...]:
    """Return every event's bytes."""
    found: list[bytes] = []
    while len(found) < journal.last_seq(STREAM):
        found += [record.payload for record in journal.read(STREAM, len(found))]
    return tuple(found)


def require_each_event_answers_once(found: Found) -> None:
    """Assert that the accepted answers tell of all events, of each one once, byte for byte.

    Something applied twice would leave events that no answer tells of; half a batch, answers without events.
    """
    told: dict[int, str] = {}
    for key, answer in found.answers.items():
        body = json.loads(answer)
        if body["accepted"]:
            first = body["seq"] - len(body["events"]) + 1
            for seq, event in enumerate(body["events"], start=first):
                assert seq not in told, (seq, key, told[seq])
                told[seq] = key
                assert json.loads(found.payloads[seq - 1]) == event, (seq, key)
    assert sorted(told) == list(range(1, len(found.payloads) + 1)), "an event that no command asked for"


def require_acknowledged(found: Found, acknowledged: dict[str, str]) -> None:
    """Assert that every answer that was ever told is stored, byte for byte."""
    for key, digest in acknowledged.items():
        assert key in found.answers, f"{key} was acknowledged and is lost"
        assert digest_of(found.answers[key]).hex() == digest, key


def is_accepted(found: Found, key: str) -> bool:
    """Tell whether a command was answered, and accepted."""
    return key in found.answers and found.answers[key].startswith(b'{"accepted":true')


def require_payments(found: Found, number_max: int) -> int:
    """Assert that the sink holds the sum of the payments that were accepted; return how many."""
    paid = [n for n in range(number_max) if is_accepted(found, plan.key_of("payer", n))]
    assert found.state.balance(f"wallet:{plan.SINK}", "USDC") == sum(map(plan.sum_paid, paid))
    return len(paid)


def require_boundary(found: Found, outside: Path) -> list[Deed]:
    """Assert that the settlement acted at most once, on what is journalled, and that the world agrees."""
    deeds = read_deeds(outside)
    assert len({deed.request_id for deed in deeds}) == len(deeds), "the settlement acted twice"
    for deed in deeds:
        assert deed.request_id in found.state.requests, f"{deed.request_id} was acted on and never journalled"
    ended = {deed.request_id: deed for deed in deeds if deed.request_id not in found.state.outbox}
    confirmed = {key.removeprefix("confirm:") for key in found.answers if key.startswith("confirm:")}
    assert ended.keys() == confirmed
    world: Counter[str] = Counter()
    for key, command in plan.setup():
        if isinstance(command, commands.Declare) and is_accepted(found, key):
            world[command.asset] -= command.units
    for request_id, deed in ended.items():
        body = json.loads(found.answers[plan.confirmation_of(request_id)])
        assert (body["accepted"], body["events"][0]["done"]) == (True, deed.done)
        if deed.done:
            world[deed.asset] += deed.units if deed.direction == "withdrawal" else -deed.units
    assert {asset: found.state.balance("world", asset) for asset in plan.FUNDS} == {
        asset: world[asset] for asset in plan.FUNDS
    }
    return deeds


def batch_sizes(place: str) -> list[int]:
    """Return how many commands each batch of a closed journal answered."""
    if is_address(place):
        import psycopg

        with psycopg.connect(place) as database:
            return [row[0] for row in database.execute("SELECT answers FROM batches").fetchall()]
    with closing(sqlite3.connect(Path(place) / "journal.sqlite3")) as connection:
        return [row[0] for row in connection.execute("SELECT answers FROM batches")]


def causes(found: Found) -> Counter[str]:
    """Count what happened by model and cause."""
    told: Counter[str] = Counter()
    for payload in found.payloads:
        event: dict[str, Any] = json.loads(payload)
        if event["event"] == "acted":
            told[f"{event['model']} {event['cause']}"] += 1
    return told
