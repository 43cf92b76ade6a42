"""Rows 14 to 16: signed commands over HTTP, against the same server that only reads, and a transaction each.

Server and load are processes of their own in the product's environment; both share the machine's cores.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import mean, median

from msgspec import Struct

from benchmarks.sides import Ours, in_memory
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from benchmarks.workload import opened

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
STEPS = 100
# Signed by a program's API key, as the prototypes of the targets had no signature at all; and by a wallet,
# which costs more than all the rest of reading a request.
KEYED = {"parse": "bench/key-parse", "durable": "commands", "naive": "bench/key-naive"}
SIGNED = {"signed parse": "bench/parse", "signed durable": "intents", "signed naive": "bench/naive"}
CONNECTIONS = (64, 256)
WAYS = {64: KEYED | SIGNED, 256: KEYED}
PEAK_SHARE = 0.7
# So often batches over HTTP and in memory take turns within a round.
TURNS = 3
STREAMS = 4


class Load(Struct, frozen=True):
    """How much of it: accounts, requests of each way, and how many turns single ones take in a round."""

    accounts: int
    requests: int
    naive: int
    batches: int
    turns: int = 1


FULL = Load(accounts=2_000, requests=4_000, naive=1_500, batches=400)
QUICK = Load(accounts=2_000, requests=3_000, naive=800, batches=400)
FLOORS = Load(accounts=2_000, requests=2_400, naive=600, batches=250, turns=2)

PARSE = {
    64: Target("14", "HTTP durable ÷ parsed and verified only, 64 connections", 0.30, 0.50, "http"),
    256: Target("14", "HTTP durable ÷ parsed and verified only, 256 connections", 0.38, 0.58, "http"),
}
NAIVE = {
    64: Target("15", "HTTP durable ÷ a transaction for each request, 64 connections", 2.5, 4, "http"),
    256: Target("15", "HTTP durable ÷ a transaction for each request, 256 connections", 3, 5, "http"),
}
BY_WALLETS = {
    "signed parse": Target(
        "14", "HTTP durable ÷ parsed and verified only, signed by wallets, 64 connections", group="http"
    ),
    "signed naive": Target(
        "15", "HTTP durable ÷ a transaction for each request, signed by wallets, 64 connections", group="http"
    ),
}
INLINE = Target("15", "HTTP durable, commit in a thread ÷ commit inline, 64 connections", group="http")
TAIL = Target("15", "HTTP durable, 8 x p50 ÷ p99 at 64 connections", 1, 8 / 3, "http")
PACED = Target("15", "HTTP durable, open loop at 70 % of the peak: p50 ÷ p99", group="http")
BATCH = Target("16", "HTTP batches of 100 ÷ a transaction for each request", 12, 22, "http")
MEMORY = Target("16", "HTTP batches of 100 ÷ the same commands in memory, 100 at once", 0.45, 0.75, "http")
STREAM = Target("16", "HTTP streams of commands ÷ a transaction for each request", group="http")
TARGETS = (*PARSE.values(), *NAIVE.values(), *BY_WALLETS.values(), INLINE, TAIL, PACED, BATCH, MEMORY, STREAM)
ROWS = frozenset(target.row for target in TARGETS)

Round = dict[str, float]


def run(load: Load, rounds: int, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Serve, and let every way take its turn in every round."""
    found = Outcome({}, [], [], [])
    if not PYTHON.exists():
        found.remarks.append("ROWS 14 TO 16 WERE NOT MEASURED: there is no .venv; run `make bench`")
        return found
    measured = []
    own, inline = folder / "http", folder / "http-inline"
    own.mkdir()
    inline.mkdir()
    memory = in_memory(opened(load.accounts), is_followed=True)  # as the service is, by its readers
    with (
        served("http_server", own, load.accounts) as (port, venue),
        served("http_server", inline, load.accounts, "inline") as other,
    ):
        for number in range(rounds):
            one = _ways(port, venue, number, load)
            taken = _shoot(*other, KEYED["durable"], 64, load.requests, f"r{number}-inline", load)
            one["inline us"] = taken["us"]
            one |= _paced(port, venue, one, number, load)
            one |= _batches(port, venue, number, load, memory)
            given = (str(STREAMS), str(load.requests // STREAMS), f"r{number}-stream", str(load.accounts))
            one["stream us"] = shot("stream_load", port, venue, *given)["us"]
            measured.append(one)
            say(f"measured HTTP round {number + 1} of {rounds}")
    found.settings["http"] = (
        f"one uvicorn process, SQLite in WAL with synchronous FULL, {load.accounts} accounts; the load is a "
        "closed loop in Python on the same cores"
    )
    found.settings["http, open loop"] = _paced_told(measured)
    found.measured.extend(_measured(measured))
    return found


@contextmanager
def served(program: str, folder: Path, accounts: int, *more: str) -> Iterator[tuple[str, str]]:
    """Run a server of this package until the block ends; its port and the venue's id."""
    process = subprocess.Popen(
        [PYTHON, "-m", f"benchmarks.{program}", str(folder), str(accounts), *more],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        port, venue = process.stdout.readline().split()
        yield port, venue
    finally:
        process.kill()
        process.wait()


@cache
def _loads() -> subprocess.Popen[str]:
    """Start the process that all loads of this run are sent to; it ends as its input does."""
    return subprocess.Popen(
        [str(PYTHON), "-m", "benchmarks.loads"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def shot(program: str, *given: str) -> dict[str, float]:
    """Let a load of this package run, and return what it prints."""
    process = _loads()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([program, *given]) + "\n")
    process.stdin.flush()
    told = process.stdout.readline()
    if not told:
        raise RuntimeError(f"the load {program} ended without a result; what it said is above")
    found: dict[str, float] = json.loads(told)
    return found


def _shoot(
    port: str, venue: str, way: str, connections: int, count: int, name: str, load: Load
) -> dict[str, float]:
    return shot("http_load", port, venue, way, str(connections), str(count), name, str(load.accounts))


def _ways(port: str, venue: str, number: int, load: Load) -> Round:
    """Let every way of single requests take its turns, and return what each took, the mean of all."""
    found: dict[str, list[float]] = {}
    for turn in range(load.turns):
        for connections in CONNECTIONS:
            for name, way in WAYS[connections].items():
                count = load.naive if name.endswith("naive") else load.requests
                own = f"r{number}-{connections}-{turn}"
                for key, value in _shoot(port, venue, way, connections, count, own, load).items():
                    found.setdefault(f"{name} {connections} {key}", []).append(value)
    return {name: mean(values) for name, values in found.items()}


def _batches(port: str, venue: str, number: int, load: Load, memory: Ours) -> Round:
    """Let batches over HTTP and in memory take turns, and return what a step takes of each, the mean of all.

    One uses a processor and the other all of them: where others use the machine, too, the ratio of two shots
    is mostly who had how much of it in which second.
    """
    batch, same = list[float](), list[float]()
    for turn in range(TURNS):
        taken = _shoot(port, venue, "batches", 16, load.batches, f"r{number}-{turn}", load)
        batch.append(taken["us"] / STEPS)
        same.append(memory.run(load.batches * STEPS, STEPS))
    return {"batch us": mean(batch), "memory us": mean(same)}


def _paced(port: str, venue: str, one: Round, number: int, load: Load) -> Round:
    """Offer a fixed part of the peak that the round just reached, and return what a request takes then."""
    peak = 1e6 / min(one[f"durable {connections} us"] for connections in CONNECTIONS)
    rate = peak * PEAK_SHARE
    given = (
        KEYED["durable"],
        str(CONNECTIONS[-1]),
        str(load.requests),
        f"r{number}-paced",
        str(load.accounts),
    )
    taken = shot("paced_load", port, venue, *given, f"{rate:.1f}")
    return {"paced rate": rate, **{f"paced {key}": value for key, value in taken.items()}}


def _paced_told(rounds: list[Round]) -> str:
    def spread(key: str) -> str:
        found = sorted(one[f"paced {key}"] for one in rounds)
        return f"{median(found):,.1f} ({found[0]:,.1f}–{found[-1]:,.1f})"

    return (
        f"at {PEAK_SHARE * 100:.0f} % of each round's peak, {spread('rate')} requests a second: "
        f"p50 {spread('p50_ms')} ms, p99 {spread('p99_ms')} ms, from when each was due"
    )


def _measured(rounds: list[Round]) -> list[Measured]:
    def of(target: Target, ours: str, peer: str) -> Measured:
        return Measured(target, Timed([one[ours] for one in rounds], [one[peer] for one in rounds]))

    tails = Timed(
        [one["durable 64 p99_ms"] * 1e3 for one in rounds],
        [8 * one["durable 64 p50_ms"] * 1e3 for one in rounds],
    )
    return [
        *(of(PARSE[many], f"durable {many} us", f"parse {many} us") for many in CONNECTIONS),
        *(of(NAIVE[many], f"durable {many} us", f"naive {many} us") for many in CONNECTIONS),
        *(of(target, "signed durable 64 us", f"{peer} 64 us") for peer, target in BY_WALLETS.items()),
        of(INLINE, "inline us", "durable 64 us"),
        Measured(TAIL, tails),
        Measured(
            PACED,
            Timed(
                [one["paced p99_ms"] * 1e3 for one in rounds], [one["paced p50_ms"] * 1e3 for one in rounds]
            ),
        ),
        of(BATCH, "batch us", "signed naive 64 us"),
        of(MEMORY, "batch us", "memory us"),
        of(STREAM, "stream us", "naive 64 us"),
    ]
