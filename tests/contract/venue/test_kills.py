"""A whole venue is killed at random instants under load: what it answered is there, once, nothing in part."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from solvent.journal import is_address, open_journal
from solvent.runtime import Venue, VirtualClock
from tests.contract.journal.stores import POSTGRESQL, STORES
from tests.contract.venue import counting, plan
from tests.contract.venue.child import APART, OPENED
from tests.contract.venue.outside import Outside

ROOT = Path(__file__).resolve().parents[3]
KILLS_A_SEED = 10
# A slow machine gets further lives until somebody was liquidated.
KILLS_MAX = 30
LIVES = [(seed, "sqlite-folder") for seed in range(6)]
LIVES += [(seed, POSTGRESQL) for seed in (6,) if POSTGRESQL in STORES]
WORKING_S_MAX = 0.35
# Each of the many small batches of a life costs a round trip to a database.
SLOWER = 2
# Of two commands, so that a full one nearly always waits and is carried out while the last one lands; of all.
BATCHES = (2, 256)
# Long enough for the first commands of a life to be answered.
STARTED_S_MIN = 0.05


def run_and_kill(place: str, world: Path, firsts: list[int], chance: random.Random) -> list[str] | None:
    """Run the venue, kill it at some instant, and return what it said; none if it had not opened."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    program = [sys.executable, "-m", "tests.contract.venue.child"]
    how = (str(chance.choice(BATCHES)), "here" if is_address(place) else chance.choice(("here", APART)))
    command = [*program, place, str(world), *how, *map(str, firsts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as child:
        assert child.stdout is not None
        if chance.random() < 0.1:
            is_open = False
            wait_s = chance.uniform(0, STARTED_S_MIN * 10)
        else:
            is_open = child.stdout.readline() == OPENED.encode()
            wait_s = chance.uniform(0, WORKING_S_MAX * (SLOWER if is_address(place) else 1))
        timer = threading.Timer(wait_s, child.kill)
        timer.start()
        said = child.stdout.read()
        timer.join()
    assert child.returncode == -signal.SIGKILL
    text = said[: said.rfind(b"\n") + 1].decode()
    if not is_open:
        if not text.startswith(OPENED):
            assert not text
            return None
        text = text.removeprefix(OPENED)
    return text.splitlines()


class Parent:
    """What the parent knows of all lives of one venue: what it was told, and whom it still waits for."""

    def __init__(self, place: str, world: Path) -> None:
        self.place = place
        self.outside = world
        self.acknowledged: dict[str, str] = {}
        self.told: Counter[str] = Counter()

    def firsts(self) -> list[int]:
        """Return the first number of each worker that was never answered."""
        return [self._first(worker) for worker in plan.WORKERS]

    def _first(self, worker: str) -> int:
        number = 0
        while plan.key_of(worker, number) in self.acknowledged:
            number += 1
        return number

    def keys(self) -> list[str]:
        """Return every key that can have been used, with those that nobody was answered."""
        ends = dict(zip(plan.WORKERS, self.firsts(), strict=True))
        asked = [
            plan.key_of(worker, number)
            for worker, end in ends.items()
            for number in range(end + 2 * plan.WINDOW)
        ]
        requests = [f"fund-{account[0]}-{asset}" for account in plan.ACCOUNTS for asset in plan.FUNDS]
        requests += [f"request-{number}" for number in range(ends["boundary"] + 2 * plan.WINDOW)]
        return [*(key for key, _ in plan.setup()), *asked, *map(plan.confirmation_of, requests)]

    def hear(self, lines: list[str]) -> None:
        """Note what a life said; an answer that was given before must be the same one."""
        for line in lines:
            account, key, digest, is_repeat = line.split()
            assert account == counting.OPERATOR
            is_new = key not in self.acknowledged
            assert self.acknowledged.setdefault(key, digest) == digest, f"{key} was answered in two ways"
            self.told["repeats"] += is_repeat == "1"
            self.told["found on retry"] += is_repeat == "1" and is_new
            self.told["answers"] += 1

    def check(self) -> counting.Found:
        """Open the journal and count."""
        found = counting.read_journal(self.place, self.keys())
        counting.require_acknowledged(found, self.acknowledged)
        counting.require_payments(found, self.firsts()[plan.WORKERS.index("payer")] + 2 * plan.WINDOW)
        counting.require_boundary(found, self.outside)
        self.told["landed unheard"] += len(found.answers.keys() - self.acknowledged.keys())
        return found

    def converge(self) -> None:
        """Open the venue once more: each unanswered key gets one answer, and the outbox empties."""
        outside = Outside(self.outside)
        clock = VirtualClock(plan.now_of(self.firsts()[-1] + 1))
        with Venue(open_journal(self.place), clock=clock, settlement=outside) as venue:
            for worker, first in zip(plan.WORKERS, self.firsts(), strict=True):
                for number in range(first, first + plan.WINDOW) if worker != "ticker" else ():
                    key, command = plan.key_of(worker, number), plan.command_of(worker, number)
                    answer = venue.ask(command, key=key)
                    assert venue.ask(command, key=key).body == answer.body
            venue.settle_outbox()
            assert not venue.state.outbox
        outside.close()
        found = self.check()
        assert not found.state.outbox
        deeds = counting.require_boundary(found, self.outside)
        assert {deed.request_id for deed in deeds} == found.state.requests


def liquidated(found: counting.Found) -> int:
    """Count the liquidations of all models."""
    happened = counting.causes(found)
    return sum(happened[f"{model} liquidation"] for model in plan.TRADERS)


@pytest.fixture(params=LIVES, ids=str)
def life(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, str]:
    """A seed, and where the journal is kept."""
    seed, place = request.param
    if place == POSTGRESQL:
        request.getfixturevalue("_postgres")
    return seed, STORES[place].of(tmp_path / "venue")


@pytest.mark.slow
def test_a_killed_venue_has_every_answer_that_it_gave_once_and_converges_with_the_world(
    tmp_path: Path, life: tuple[int, str], tell: Callable[[str], None]
) -> None:
    seed, place = life
    chance = random.Random(seed)
    parent = Parent(place, tmp_path / "outside")
    kills = early = liquidations = 0
    while kills < KILLS_A_SEED or (not liquidations and kills < KILLS_MAX):
        said = run_and_kill(place, parent.outside, parent.firsts(), chance)
        if said is None:
            early += 1
            continue
        kills += 1
        parent.hear(said)
        liquidations = liquidated(parent.check())
    parent.converge()
    found = parent.check()
    sizes, happened = counting.batch_sizes(place), counting.causes(found)
    tell(
        f"seed {seed} {'on PostgreSQL' if is_address(place) else 'in a folder'}: "
        f"{kills} kills of an open venue and {early} before it opened; "
        f"{parent.told['answers']} answers heard ({parent.told['repeats']} of them repeats, "
        f"{parent.told['found on retry']} of what had landed unheard), "
        f"{len(parent.acknowledged)} keys, lost 0, doubled 0; "
        f"{len(found.payloads)} events in {len(sizes)} batches, "
        f"{sum(size > 1 for size in sizes)} of more than one command, the largest of {max(sizes)}; "
        f"{happened.total()} actions of 3 models, "
        f"{liquidated(found)} of them liquidations"
    )
    assert parent.told["repeats"]
    assert max(sizes) > 1
    for model in plan.TRADERS:
        assert happened[f"{model} command"]
    assert liquidated(found)
