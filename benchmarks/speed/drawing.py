"""Seconds to draw data sets, on one core."""

from functools import partial

from benchmarks.speed.question import Asked, Question, Values, table
from benchmarks.speed.timing import seconds
from ganarium.config.overrides import data_settings
from ganarium.data.load import load_data

DRAWN = {"polygons": 100_000, "lines": 10_000, "puzzles": 10_000, "points": 10_000}


def measure(asked: Asked) -> Values:
    """Each set once."""
    counts = {name: max(1, round(count * asked.effort.drawn)) for name, count in DRAWN.items()}
    settings = {f"{count:,} {name}": data_settings([f"data={name}"], count) for name, count in counts.items()}
    return {"seconds": {what: round(seconds(partial(load_data, sets)), 3) for what, sets in settings.items()}}


def lines(values: Values) -> list[str]:
    """A row for each set."""
    return table(["pictures", "seconds"], [[what, f"{time:.2f}"] for what, time in values["seconds"].items()])


QUESTION = Question("drawing", "Drawing data", measure, lines)
