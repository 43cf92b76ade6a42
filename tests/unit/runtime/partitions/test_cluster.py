"""A cluster of two real processes comes to the same sums, also when one is killed; or says what it lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import dask
import psutil
import pytest
from distributed import LocalCluster
from distributed.client import FutureCancelledError

from solvent.risk.columns import PartSums
from solvent.runtime.partitions import (
    BookRefused,
    Cluster,
    ClusterLost,
    Partition,
    Task,
    cluster_at,
    here,
    local_cluster,
    open_book,
    stress_book,
)
from solvent.sim.books import generate
from tests.unit.runtime.partitions.books import halved

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a book of so many partitions that every worker always has some before it."""
    made = tmp_path_factory.mktemp("cluster") / "book"
    generate(made, positions=60_000, seed=3, rows=1_000, told=lambda _: None)
    return made


@pytest.fixture(scope="module")
def lost() -> list[int]:
    return []


@pytest.fixture(scope="module")
def cluster(lost: list[int]) -> Iterator[Cluster]:
    with local_cluster(2, lost.append) as made:
        yield made


def workers_of(cluster: Cluster) -> list[int]:
    return sorted(cluster.run(os.getpid))


class KillsAtFirst:
    """Kills processes when the first partition comes in."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self.files: list[str] = []

    def __call__(self, one: Partition) -> None:
        self.files.append(one.file)
        if len(self.files) == 1:
            for pid in self._pids:
                os.kill(pid, signal.SIGKILL)


def test_two_workers_come_to_the_same_when_one_is_killed_in_the_middle(
    folder: Path, cluster: Cluster, lost: list[int]
) -> None:
    book = open_book(folder)
    before = workers_of(cluster)
    killing = KillsAtFirst(before[:1])
    found = stress_book(book, halved, cluster.count, killing)
    assert found == stress_book(book, halved, here, lambda _: None)
    assert sorted(killing.files) == [one.file for one in book.manifest.partitions]
    assert lost == [1]
    assert before[0] not in workers_of(cluster)
    lost.clear()


def test_a_partition_that_a_worker_cannot_read_ends_the_counting(
    folder: Path, cluster: Cluster, tmp_path: Path
) -> None:
    generate(tmp_path / "book", positions=4_000, seed=3, rows=1_000, told=lambda _: None)
    book = open_book(tmp_path / "book")
    gone = book.manifest.partitions[2].file
    (tmp_path / "book" / gone).unlink()
    with pytest.raises(BookRefused, match=f"partition '{gone}' cannot be read: No such file"):
        stress_book(book, halved, cluster.count, lambda _: None)
    assert stress_book(open_book(folder), halved, cluster.count, lambda _: None)


def dies(_: Task) -> PartSums:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it was killed")


def lacks(_: Task) -> PartSums:
    raise ModuleNotFoundError("no module named solvent")


def test_workers_without_our_code_are_told_of(
    folder: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.cluster.counted", lacks)
    with pytest.raises(ClusterLost, match="no module named solvent"):
        stress_book(open_book(folder), halved, cluster.count, lambda _: None)


def test_a_worker_that_ends_before_it_is_ready_is_told_of() -> None:
    with (
        dask.config.set({"distributed.worker.preload": ["import os; os._exit(9)"]}),
        pytest.raises(ClusterLost, match="1 workers could not be started: Nanny failed to start; try again"),
        local_cluster(1, lambda _: None),
    ):
        raise AssertionError("it was started")


def test_workers_that_die_of_a_partition_one_after_the_other_are_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.cluster.counted", dies)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        local_cluster(1, lambda _: None) as cluster,
        pytest.raises(ClusterLost, match="worker after worker died while it counted partition"),
    ):
        stress_book(open_book(folder), halved, cluster.count, lambda _: None)


@contextmanager
def scheduler_with_workers(count: int) -> Iterator[tuple[Any, list[int]]]:
    """Run a scheduler, and so many worker processes that nobody starts again."""
    listening = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=0, **listening) as running:  # type: ignore[no-untyped-call]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", running.scheduler_address]
        command += ["--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"]
        started = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(count)
        ]
        try:
            running.wait_for_workers(count)
            yield running, [one.pid for one in started]
        finally:
            for one in started:
                one.kill()
                one.wait()


class Done(NamedTuple):
    """What dask's wait returns."""

    done: set[Any]


def test_a_cluster_that_loses_all_its_workers_is_told_of(folder: Path) -> None:
    lost: list[int] = []
    with (
        scheduler_with_workers(2) as (running, pids),
        cluster_at(running.scheduler_address, lost.append, patience_s=0.0) as cluster,
    ):
        killing = KillsAtFirst(pids)
        with pytest.raises(
            ClusterLost, match=r"all workers of the cluster are gone, and none came within 0 s; \d+ of 60 "
        ):
            stress_book(open_book(folder), halved, cluster.count, killing)
    assert sum(lost) == 2


def test_a_scheduler_that_ends_is_told_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.cluster.CONNECT_S", 1.0)
    with (
        scheduler_with_workers(1) as (running, _),
        cluster_at(running.scheduler_address, lambda _: None) as cluster,
    ):

        def end(_: Partition) -> None:
            running.close()

        with pytest.raises(ClusterLost, match=r"lost while it counted|does not answer any more"):
            stress_book(open_book(folder), halved, cluster.count, end)


def test_sums_that_went_with_the_scheduler_are_told_as_its_loss() -> None:
    class Gone:
        """A count that was done, and whose sums cannot be fetched any more."""

        def result(self, **_: Any) -> PartSums:
            raise FutureCancelledError("part", "scheduler-connection-lost")

    class Asked:
        """A client whose scheduler ends behind the first answer."""

        status = "closed"

        def run_on_scheduler(self, _: Any) -> list[str]:
            return ["worker"]

        def submit(self, *_: Any, **__: Any) -> Gone:
            return Gone()

        @contextmanager
        def as_current(self) -> Iterator[None]:
            yield

    partition = Partition(
        file="part", market="BTC-PERP", number=1, rows=1, bytes=1, digest="0", first="a", last="a"
    )
    task = Task(path="part", partition=partition, question=cast("Any", None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("solvent.runtime.partitions.cluster.wait", lambda waiting, **_: Done(waiting))
        with pytest.raises(ClusterLost, match="lost while it counted: part cancelled"):
            list(Cluster(Asked(), lambda _: None, 0.0).count([task]))


def test_a_scheduler_that_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.cluster.CONNECT_S", 0.5)
    with (
        pytest.raises(ClusterLost, match=r"no scheduler answers at 'tcp://127\.0\.0\.1:9'"),
        cluster_at("tcp://127.0.0.1:9", lambda _: None),
    ):
        pass


def test_a_cluster_of_this_machine_listens_at_loopback_alone(cluster: Cluster) -> None:
    assert len(cluster.workers()) == 2
    me = psutil.Process()
    heard = [
        one.laddr.ip
        for process in (me, *me.children(recursive=True))
        for one in process.net_connections(kind="inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert set(heard) == {"127.0.0.1"}
