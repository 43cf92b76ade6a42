"""Partitions counted by the workers of a Dask cluster: one of this machine, or one that runs already."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, wait
from distributed.client import FutureCancelledError

from solvent.risk.columns import PartSums
from solvent.runtime.errors import RuntimeProblem
from solvent.runtime.partitions.counting import Task, counted
from solvent.runtime.partitions.manifest import BookRefused

Returned = TypeVar("Returned")
LOOPBACK = "127.0.0.1"
# How long a scheduler is tried, and how long a cluster may be without any worker.
CONNECT_S, PATIENCE_S = 10.0, 30.0
LOOK_S = 0.5


class ClusterLost(RuntimeProblem):
    """The cluster that counted is gone or cannot count; nothing was told."""


class Cluster:
    """Workers that count; what a lost worker had not told is counted again by another.

    `lost` is told how many workers went away, each time that some did.
    """

    def __init__(self, client: Any, lost: Callable[[int], None], patience_s: float) -> None:
        self._client, self._lost, self._patience_s = client, lost, patience_s
        self._seen: set[str] = set()
        self._alone_since: float | None = None

    def workers(self) -> set[str]:
        """Return the addresses of the workers that the scheduler knows now.

        Errors: `ClusterLost` when the scheduler does not answer.
        """
        try:
            return set(self._client.run_on_scheduler(_addresses))
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            raise ClusterLost(f"the scheduler does not answer any more: {error}") from error

    def run(self, told: Callable[[], Returned]) -> list[Returned]:
        """Return what a function comes to in each worker."""
        return list(self._client.run(told).values())

    def count(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, PartSums]]:
        """Yield each partition with its sums, as they come in.

        Errors: `BookRefused` as `counted`; `ClusterLost` when all workers are gone and none comes back,
                when the scheduler is, or when worker after worker dies of the same partition.
        """
        self._seen = self.workers()
        futures = {self._client.submit(counted, task, pure=False): task for task in tasks}
        total, waiting = len(futures), set(futures)
        try:
            while waiting:
                for future in self._done(waiting):
                    sums = self._result(future, futures[future])
                    if sums is None:
                        break  # others may be lost with it: look who is left
                    waiting.discard(future)
                    yield futures.pop(future), sums
                self._watch(f"{total - len(waiting)} of {total} partitions were counted")
        finally:
            if waiting and self._client.status == "running":
                self._client.cancel(list(waiting), force=True)

    def _done(self, waiting: set[Any]) -> set[Any]:
        try:
            with self._client.as_current():
                found: set[Any] = wait(waiting, timeout=LOOK_S, return_when="FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
        except TimeoutError:
            return set()
        except (OSError, FutureCancelledError) as error:
            raise _lost(error) from error
        return found

    def _result(self, future: Any, task: Task) -> PartSums | None:
        """Return the sums; none where they were lost with their worker, and are counted again."""
        file = task.partition.file
        try:
            found: PartSums = future.result(timeout=CONNECT_S)
        except TimeoutError:
            return None
        except BookRefused:
            raise
        except FutureCancelledError as error:  # it was done, and what it came to is gone with the scheduler
            raise _lost(error) from error
        except KilledWorker as error:
            raise ClusterLost(
                f"worker after worker died while it counted partition {file!r}; give the workers more memory"
            ) from error
        except Exception as error:  # whatever a worker lacks: a module, memory, the right version
            raise ClusterLost(
                f"a worker could not count partition {file!r}: {error!r}; workers need this version of "
                "solvent[distributed], and the book at the same path"
            ) from error
        return found

    def _watch(self, so_far: str) -> None:
        """Tell of workers that went away; give up when there was none for long."""
        workers = self.workers()
        gone = self._seen - workers
        self._seen = workers
        if gone:
            self._lost(len(gone))
        if workers:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = monotonic()
        elif monotonic() - self._alone_since > self._patience_s:
            raise ClusterLost(
                f"all workers of the cluster are gone, and none came within {self._patience_s:.0f} s; "
                f"{so_far}, and nothing is told of them"
            )


def _lost(error: Exception) -> ClusterLost:
    return ClusterLost(f"the cluster was lost while it counted: {error}")


def _addresses(dask_scheduler: Any) -> list[str]:
    return list(dask_scheduler.workers)


@contextmanager
def local_cluster(workers: int, lost: Callable[[int], None]) -> Iterator[Cluster]:
    """Start so many worker processes of this machine, which are reached from it alone, and end them.

    Errors: `ClusterLost` where one of them ends before it is ready.
    """
    with (
        TemporaryDirectory(prefix="solvent-workers-") as folder,
        _quiet(),
        _started(workers, folder) as cluster,
        Client(cluster, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):
        yield Cluster(client, lost, PATIENCE_S)


def _started(workers: int, folder: str) -> LocalCluster:
    try:
        return LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            host=LOOPBACK,
            dashboard_address=f"{LOOPBACK}:0",
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        why = str(error).rstrip(".")
        raise ClusterLost(
            f"{workers} workers could not be started: {why}; try again, with fewer, or without --workers"
        ) from error


@contextmanager
def cluster_at(
    address: str, lost: Callable[[int], None], *, patience_s: float = PATIENCE_S
) -> Iterator[Cluster]:
    """Use the workers of a scheduler that runs already, such as tcp://10.0.0.5:8786.

    Errors: `ClusterLost` where none answers.
    """
    with _quiet():
        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterLost(
                f"no scheduler answers at {address!r}: {error}; start one with `dask scheduler`, or "
                "use --workers"
            ) from error
        with client:
            yield Cluster(client, lost, patience_s)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the engine's own log down to what is told here in our words, and its waits short."""
    with dask.config.set(
        {
            "distributed.admin.large-graph-warning-threshold": "1GB",
            "distributed.comm.timeouts.connect": f"{CONNECT_S}s",
        }
    ):
        for name in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
