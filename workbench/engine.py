"""papermill's engine with what the runner needs: a dead kernel is seen at once, and is never called completed."""

from __future__ import annotations

import asyncio
from typing import Any

from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

__all__ = ["WorkbenchEngine"]

KERNEL_LOOK = 0.1
"""Seconds between two looks whether the kernel lives."""


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    def papermill_execute_cells(self) -> None:
        """Execute the cells in order up to the first that fails; papermill also marks the cell that killed its kernel."""
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                return
            self.nb_man.cell_complete(cell, cell_index=index)
            if self.left or any(output.get("ename") == "SystemExit" for output in cell.get("outputs", [])):
                return

    left = False
    """Whether a cell asked the kernel to end; it then ends a moment later, in the midst of another cell."""

    async def _check_raise_for_error(self, cell: Any, cell_index: int, exec_reply: Any) -> None:  # noqa: ANN401  (nbclient)
        payload = exec_reply["content"].get("payload", []) if exec_reply else []
        self.left = any(part.get("source") == "ask_exit" for part in payload)
        await super()._check_raise_for_error(cell, cell_index, exec_reply)

    async def _async_poll_kernel_alive(self) -> None:
        while True:
            await asyncio.sleep(KERNEL_LOOK)
            try:
                await self._async_check_alive()
            except DeadKernelError:
                self.task_poll_for_reply.cancel()
                return


class WorkbenchEngine(Engine):  # type: ignore[misc]
    """Registered with papermill as `workbench`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, execution_timeout: int, **settings: Any) -> Any:  # noqa: ANN401  (papermill)
        """Execute the notebook that *nb_man* holds."""
        for name in ("input_path", "log_output", "start_timeout", "stdout_file", "stderr_file"):
            settings.pop(name, None)
        client = _Client(nb_man, kernel_name=kernel_name, timeout=execution_timeout, startup_timeout=60, **settings)
        return client.execute()
