"""Where draws are computed: threads here, other processes, or the workers of a Dask cluster.

A cluster's workers need this project at the same version. What they compute is the same, bit by bit for ranks and bands;
a worker that dies hands its blocks to another. Refuses an address at which no scheduler answers.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")

__all__ = ["Cluster", "cores", "in_order", "machines", "shared"]

PATIENCE = "10s"
"""How long a scheduler may take to answer, and to have a worker."""


class Cluster(Executor):
    """The workers of a Dask cluster."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401  (distributed has no types)
        self._client, self._executor = client, client.get_executor()

    @property
    def width(self) -> int:
        """Tasks that it computes at a time."""
        return sum(worker["nthreads"] for worker in self._client.scheduler_info(n_workers=-1)["workers"].values())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """As every executor; what `share` gave may be among the arguments."""
        return self._executor.submit(fn, *args, **kwargs)  # type: ignore[no-any-return]

    def share(self, payload: bytes) -> object:
        """Bytes that each worker gets once, from the scheduler or another worker, and not with every task.

        They are the result of a task, so that they are there again when the worker that had them dies.
        """
        return self._client.submit(bytes, payload, pure=False)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  (as it is given)
        """Give nothing more to compute."""
        self._executor.shutdown(wait=wait, cancel_futures=cancel_futures)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared(executor: Executor, payload: bytes) -> object:
    """The payload of all tasks of an executor, sent once where the executor knows how."""
    return executor.share(payload) if isinstance(executor, Cluster) else payload


def in_order(
    work: Callable[[Any, Task], Result],
    given: object,
    tasks: Iterable[Task],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
) -> Iterator[Result]:
    """What *work* makes of each task, in the order of the tasks; a few are under way at a time.

    Args:
        work: Called with *given* and a task.
        given: What all tasks share; with an executor what `shared` gave.
        tasks: Taken one by one, as they are needed.
        executor: Computes; threads of this process when not given.
        workers: How many threads; one for each core when not given.
    """
    count = workers or cores()
    if executor is not None:
        yield from _under_way(executor, work, given, tasks, 4 * getattr(executor, "width", count))
    elif count == 1:
        yield from (work(given, task) for task in tasks)
    else:
        with ThreadPoolExecutor(count) as threads:
            yield from _under_way(threads, work, given, tasks, 2 * count)


def _under_way(
    executor: Executor, work: Callable[[Any, Task], Result], given: object, tasks: Iterable[Task], ahead: int
) -> Iterator[Result]:
    waiting = iter(tasks)
    futures = [executor.submit(work, given, task) for task in islice(waiting, ahead)]
    try:
        while futures:
            done = futures.pop(0).result()
            futures += [executor.submit(work, given, task) for task in islice(waiting, 1)]
            yield done
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def machines(scheduler: str | None) -> Iterator[Executor | None]:
    """The workers of the cluster at *scheduler*, such as `tcp://10.0.0.1:8786`; None for threads here.

    Raises:
        WorkbenchError: Dask is not installed, nothing answers there, or the cluster has no worker.
    """
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ImportError as error:
        fix = "install the project with the extra `cluster`."
        raise WorkbenchError(Fault(problem="a scheduler needs Dask, which is not installed.", fix=fix)) from error
    try:
        client = Client(scheduler, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        problem = f"no scheduler answers at `{scheduler}`."
        fix = "start one with `dask scheduler`, and workers with `dask worker ADDRESS`."
        raise WorkbenchError(Fault(problem=problem, allowed="an address such as tcp://127.0.0.1:8786", fix=fix)) from error
    with client:
        if not client.scheduler_info()["workers"]:
            problem = f"the cluster at `{scheduler}` has no worker."
            raise WorkbenchError(Fault(problem=problem, fix="start some with `dask worker ADDRESS`."))
        yield Cluster(client)
