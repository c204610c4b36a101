"""Where draws are computed: threads here, or the workers of a Dask cluster.

A cluster's workers need this project at the same version. What they compute is the same, bit by bit for ranks and bands;
a worker that dies hands its blocks to another. Refuses an address at which no scheduler answers.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

__all__ = ["machines"]

PATIENCE = "10s"
"""How long a scheduler may take to answer, and to have a worker."""


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
        yield client.get_executor()  # type: ignore[no-untyped-call]
