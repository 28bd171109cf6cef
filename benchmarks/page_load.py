"""Measure the page: its server with 500 runs and with a log of a million lines, and the page in headless Chromium.

python -m benchmarks.page_load [--runs 500] [--lines 1000000] [--points 100000] [--out results]

Writes page.json and page.md.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil

import ganarium
from benchmarks.page_browser import TIMES, chromium, frames_of_a_long_curve, seconds_to_moving_curve, training, visits
from benchmarks.speed.page import machine
from ganarium.core.atomic import write_whole
from ganarium.runs.directory import EVENTS, EXPERIMENT

START = """
import sys
from pathlib import Path
from ganarium.web.serve import serve
serve(Path(sys.argv[1]), "127.0.0.1", 0, lambda address: print(address.plain, flush=True))
"""
RESULTS = Path(__file__).parents[1] / "results"
LONG, CURVE = "long", "curve"  # names of runs
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
        try:
            yield address, psutil.Process(process.pid), time.perf_counter() - began
        finally:
            process.terminate()


def timed(address: str, path: str) -> tuple[float, Any, int]:
    """Return the seconds of a request, its answer and the answer's size in bytes."""
    began = time.perf_counter()
    found = httpx.get(f"{address}api/{path}", timeout=300)
    return time.perf_counter() - began, found.json(), len(found.content)


def row(what: str, value: float, unit: str, target: str = "") -> dict[str, Any]:
    """Return a measurement, with three significant digits."""
    return {"what": what, "value": float(f"{value:.3g}"), "unit": unit, "target": target}


def memory(process: psutil.Process) -> float:
    """Return the resident memory of a process in MiB."""
    return float(process.memory_info().rss) / 2**20


def measure_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield measurements of a server without a browser."""
    with server(folder) as (address, process, ready):
        yield row("start of the server", ready, "s")
        yield row("memory after the start", memory(process), "MiB")
        seconds, found, size = timed(address, "runs")
        count = len(found["runs"])
        yield row(f"list of {count} runs, for the first time", seconds, "s")
        yield row("size of the list", size / 1024, "KiB")
        warm = median(timed(address, "runs")[0] for _ in range(9))
        yield row("list again, median of 9", warm * 1000, "ms")
        used = process.cpu_times().user
        time.sleep(0.5)
        timed(address, f"runs?after={found['revision']}")
        yield row("processor time of a look for changes", (process.cpu_times().user - used) * 1000, "ms")
        yield row(f"memory with {count} runs", memory(process), "MiB")
        (key,) = [one["id"] for one in found["runs"] if one["name"] == LONG]
        path, total, complete, first = f"runs/{key}/curves?points=2000", 0.0, False, 0.0
        while not complete:
            seconds, curves, _ = timed(address, path)
            total, complete, first = total + seconds, curves["complete"], first or seconds
        yield row("curves of the long log, first part", first, "s")
        yield row("curves of the long log, all", total, "s")
        yield row("curves of the long log, again", timed(address, path)[0] * 1000, "ms")
        yield row("memory with the long log", memory(process), "MiB")


def measure_page(folder: Path, points: int) -> Iterator[dict[str, Any]]:
    """Yield measurements of the page in a browser.

    points: number of points of the run `CURVE`
    """
    with chromium() as browser:
        with server(folder) as (address, _, _):
            found = visits(browser, address)
            for name, which in (("first", "first visit of a new server"), ("median", f"median of {TIMES} visits")):
                seen = found[name]
                yield row(f"first paint, {which}", seen["paint"], "s", "below 1 s")
                yield row(f"list of runs, {which}", seen["listed"], "s")
                yield row(f"click on a run handled, {which}", seen["handled"], "s", "below 2 s")
                yield row(f"that run shown, {which}", seen["shown"], "s")
            (key,) = [one["id"] for one in timed(address, "runs")[1]["runs"] if one["name"] == CURVE]
            for what, rates in frames_of_a_long_curve(browser, address, key, 10 * points).items():
                yield row(f"{what} on a curve of {points:,} points", rates["frames_per_second"], "frames/s")
                yield row(f"{what}: median time of a frame", rates["median"], "ms")
                yield row(f"{what}: longest time of a frame", rates["longest"], "ms")
        run = folder.parent / "live" / "run"
        with training(run):
            moving = [seconds_to_moving_curve(browser, run) for _ in range(TIMES)]
        yield row(f"`ganarium watch` to the first moving curve, median of {TIMES}", median(moving), "s")


def page_of(found: dict[str, Any]) -> str:
    """Return the Markdown page."""
    lines = [
        "# The page",
        "",
        f"A folder of {found['runs']} short runs, one with a log of {found['lines']:,} lines and one with a curve of "
        f"{found['points']:,} points.",
        "Times in the browser count from the navigation, with an empty cache; frames are those of headless Chromium, "
        "which draws without a graphics processor.",
        "",
        "| measurement | value | target |",
        "| --- | --- | --- |",
        *(f"| {one['what']} | {one['value']:g} {one['unit']} | {one['target']} |" for one in found["rows"]),
        "",
        f"`{found['command']}`: {found['machine']}; load before it (1, 5, 15 minutes) "
        + ", ".join(f"{load:.2f}" for load in found["load"])
        + ".",
    ]
    return "\n".join(lines) + "\n"


def with_log(folder: Path, name: str, lines: int) -> None:
    """Create a run with a long log."""
    run = folder / name
    run.mkdir()
    shutil.copy(folder / "run-000" / EXPERIMENT, run / EXPERIMENT)
    long_log(run, lines)


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--runs", type=int, default=500)
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--points", type=int, default=100_000)
    options.add_argument("--out", type=Path, default=RESULTS)
    given = options.parse_args()
    sizes = {"runs": given.runs, "lines": given.lines, "points": given.points}
    words = [f"--{name}={value}" for name, value in sizes.items() if value != options.get_default(name)]
    around = {
        "command": shlex.join(["python", "-m", "benchmarks.page_load", *words]),
        "machine": machine("cpu"),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
    }
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "runs"
        folder.mkdir()
        many_runs(folder, given.runs)
        with_log(folder, LONG, given.lines)
        with_log(folder, CURVE, given.points)
        for one in chain(measure_server(folder), measure_page(folder, given.points)):
            print(f"{one['what']:<60} {one['value']:g} {one['unit']}", flush=True)
            rows.append(one)
    found = {**around, **sizes, "rows": rows}
    given.out.mkdir(parents=True, exist_ok=True)
    write_whole(given.out / "page.json", (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(given.out / "page.md", page_of(found).encode())


if __name__ == "__main__":
    main()
