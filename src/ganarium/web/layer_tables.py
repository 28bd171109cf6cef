"""Layer tables of runs, computed by `ganarium show` in a process of its own, because networks need torch."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import OrderedDict
from contextlib import suppress
from typing import Any

from ganarium.web.summaries import WatchedRun

PATIENCE = 120.0  # seconds
MOST_KEPT, MOST_WAITING = 256, 32
LARGEST = 8 << 20  # bytes of output
Tables = list[dict[str, Any]]


class LayerTables:
    """Layer tables by run, computed one after the other and kept."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Tables, str]] = OrderedDict()
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._one = asyncio.Semaphore(1)

    def of(self, run: WatchedRun) -> dict[str, Any]:
        """Return the layers of a run as `layers`, or `pending` if they are still computed."""
        key = f"{run.found.key}-{run.version}"
        if key in self._known:
            tables, reason = self._known[key]
            return {"layers": tables, "pending": False, "without_layers": reason}
        if key not in self._waiting and len(self._waiting) < MOST_WAITING:
            self._waiting[key] = asyncio.create_task(self._compute(key, run))
        return {"layers": None, "pending": True, "without_layers": ""}

    async def close(self) -> None:
        """Stop computing."""
        for task in [*self._waiting.values()]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _compute(self, key: str, run: WatchedRun) -> None:
        try:
            async with self._one:
                self._known[key] = await _shown(str(run.path.absolute()))
        finally:
            self._waiting.pop(key, None)
        while len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)


async def _shown(path: str) -> tuple[Tables, str]:
    """Return the layer tables of a run, and why they are missing."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ganarium", "show", path, "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        return [], "the layers are not shown, because building the networks took too long"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or len(output) > LARGEST:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        return [], f"the layers are not shown: {lines[-1][:300] if lines else 'the networks cannot be built'}"
    values = json.loads(output)
    return [_table(name, table) for name, table in values["parameters"].items()], values["without_layers"]


def _table(name: str, table: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "name": row["layer"],
            "kind": row["kind"],
            "shape": row["shape"],
            "output": row["output"],
            "parameters": row["parameters"],
            "statistics": row["statistics"],
        }
        for row in table["layers"]
    ]
    return {
        "network": name,
        "rows": rows,
        "parameters": table["total"],
        "with_statistics": table["total_with_statistics"],
    }
