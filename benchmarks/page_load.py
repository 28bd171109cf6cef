"""Measure the page's server: start, the list of 500 runs (cold and warm), a log of a million lines, memory.

python -m benchmarks.page_load [--runs 500] [--lines 1000000]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

import ganarium
from ganarium.runs.directory import EVENTS, EXPERIMENT

START = """
import sys
from pathlib import Path
from ganarium.web.serve import serve
serve(Path(sys.argv[1]), "127.0.0.1", 0, lambda address: print(address.plain, flush=True))
"""
NAMES = ("discriminator", "generator", "judged.real", "judged.fake", "judged.lead", "gradient.discriminator")


def many_runs(folder: Path, count: int) -> None:
    """Train one small run and copy it."""
    first = folder / "run-000"
    record = {"log_every": 2, "monitor_every": 20}
    engine = {"threads": 1, "kernels": "default", "compile": "no"}
    ganarium.train("ring", steps=200, out=first, data={"count": 200}, record=record, engine=engine)
    for name in ("checkpoints", "tensorboard"):
        shutil.rmtree(first / name, ignore_errors=True)
    for i in range(1, count):
        shutil.copytree(first, folder / f"run-{i:03d}")


def long_log(run: Path, lines: int) -> None:
    """Write a log of spans."""
    with (run / EVENTS).open("w") as file:
        for i in range(lines):
            means = {name: round(1 + (i * 7919 % 1000) / 1000, 4) for name in NAMES}
            head = {"format": 1, "seq": i, "kind": "span", "step": 10 * (i + 1), "phase": 0, "time": i / 10}
            file.write(json.dumps(head | {"means": means}, separators=(",", ":")) + "\n")


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Yield the address of a new server, its process, and the seconds until it was ready."""
    began = time.perf_counter()
    command = [sys.executable, "-c", START, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        yield address, psutil.Process(process.pid), time.perf_counter() - began
        process.terminate()


def timed(address: str, path: str) -> tuple[float, Any, int]:
    """Return the seconds of a request, its answer and the answer's size in bytes."""
    began = time.perf_counter()
    found = httpx.get(f"{address}api/{path}", timeout=300)
    return time.perf_counter() - began, found.json(), len(found.content)


def measure(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what was measured, and the number with its unit."""
    with server(folder) as (address, process, ready):
        yield "start of the server", f"{ready:.2f} s"
        yield "memory after the start", f"{process.memory_info().rss / 2**20:.0f} MiB"
        seconds, found, size = timed(address, "runs")
        yield f"list of {len(found['runs'])} runs, cold", f"{seconds:.2f} s, {size / 1024:.0f} KiB"
        warm = sorted(timed(address, "runs")[0] for _ in range(9))
        yield "the same, warm, median of 9", f"{warm[4] * 1000:.0f} ms"
        used = process.cpu_times().user
        time.sleep(0.5)
        timed(address, f"runs?after={found['revision']}")
        yield "CPU of one look for changes", f"{(process.cpu_times().user - used) * 1000:.0f} ms"
        yield "memory with the list", f"{process.memory_info().rss / 2**20:.0f} MiB"
        (key,) = [one["id"] for one in found["runs"] if one["name"] == "long"]
        total, complete, first = 0.0, False, 0.0
        while not complete:
            seconds, curves, _ = timed(address, f"runs/{key}/curves?points=2000")
            total, complete, first = total + seconds, curves["complete"], first or seconds
        yield "curves of the long log, first part", f"{first:.2f} s"
        yield "curves of the long log, all", f"{total:.1f} s"
        yield "the same, warm", f"{timed(address, f'runs/{key}/curves?points=2000')[0] * 1000:.0f} ms"
        yield "memory with the long log", f"{process.memory_info().rss / 2**20:.0f} MiB"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--runs", type=int, default=500)
    options.add_argument("--lines", type=int, default=1_000_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "runs"
        folder.mkdir()
        many_runs(folder, given.runs)
        (folder / "long").mkdir()
        shutil.copy(folder / "run-000" / EXPERIMENT, folder / "long" / EXPERIMENT)
        long_log(folder / "long", given.lines)
        for what, number in measure(folder):
            print(f"{what:<40} {number}", flush=True)


if __name__ == "__main__":
    main()
