"""(d) Measure how training speed depends on batch size, network width and image size."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.speed import contenders
from benchmarks.speed.contenders import PLAIN, experiment_of
from benchmarks.speed.effort import Effort
from benchmarks.speed.question import Options, Question, Values, number, table
from benchmarks.speed.timing import measure_rates, relative_to
from benchmarks.speed.works import LEAN_28, S2_A, Work

ROUNDS = 5  # maximum per point
Words = tuple[str, ...]


def measure(options: Options) -> Values:
    """Measure the training speed at every point of every curve."""
    return {"points": [grown(options, *point) for point in points(options.effort)]}


def points(effort: Effort) -> Iterator[tuple[Work, str, int, Words]]:
    """Yield each point: the workload, the name and value of the varied size, and the corresponding settings."""
    for work in (S2_A, LEAN_28):
        for batch in effort.batches:
            yield work, "batch", batch, (f"train.batch={batch}",)
    for width in effort.widths:
        yield S2_A, "width", width, (f"generator.hidden=[{width}]", f"discriminator.hidden=[{width}]")
    for width in effort.widths:
        if width <= 256:
            words = (
                f"{player}.{size}={width}"
                for player in ("generator", "discriminator")
                for size in ("width", "max_channels")
            )
            yield LEAN_28, "width", width, tuple(words)
    for side in effort.sides:
        yield LEAN_28, "size", side, ("data=points", f"data.size={side}", "data.count=2000")


def grown(options: Options, work: Work, what: str, value: int, words: Words) -> dict[str, Any]:
    """Measure all contenders at one point."""
    present = contenders.ours(work, options, words) | contenders.plain(work, options, words)
    pace = options.effort.pace
    found = measure_rates(present, replace(pace, rounds=min(ROUNDS, pace.rounds)))
    print(f"{work.name}, {what} {value}", file=sys.stderr, flush=True)
    batch = experiment_of(work, [*options.words, *words]).train.batch
    return {"name": work.name, "what": what, "value": value, "batch": batch, "contenders": relative_to(found, PLAIN)}


def lines(values: Values) -> list[str]:
    """Return a table with a row for each point."""
    names = [name for name in values["points"][0]["contenders"] if name != PLAIN]
    head = ["workload", "varied size", "value", f"{PLAIN}, images/s"]
    head += [cell for name in names for cell in (f"{name}, images/s", "ratio")]
    return [
        "Widths are those of hidden layers or of all maps. Sizes are sides of synthetic images of points, with the "
        "widths of lean-28.",
        "",
        *table(head, [row_of(point, names) for point in values["points"]]),
    ]


def row_of(point: Values, names: list[str]) -> list[str]:
    """Return the table row of one point: images per second, and ratios to the plain loop."""
    found = point["contenders"]

    def rate(name: str) -> str:
        return number(found[name]["steps_per_second"][1] * point["batch"])

    cells = [cell for name in names for cell in (rate(name), f"{found[name]['ratio'][1]:.2f}")]
    return [point["name"], point["what"], str(point["value"]), rate(PLAIN), *cells]


QUESTION = Question("growth", "Growth", measure, lines)
