"""Measure the seconds to generate synthetic data sets on one core."""

from functools import partial

from benchmarks.speed.question import Options, Question, Values, table
from benchmarks.speed.timing import seconds
from ganarium.config.overrides import data_settings
from ganarium.data.load import load_data

DRAWN = {"polygons": 100_000, "lines": 10_000, "puzzles": 10_000, "points": 10_000}


def measure(options: Options) -> Values:
    """Measure the time to generate each data set once."""
    counts = {name: max(1, round(count * options.effort.drawn)) for name, count in DRAWN.items()}
    settings = {f"{count:,} {name}": data_settings([f"data={name}"], count) for name, count in counts.items()}
    return {"seconds": {what: round(seconds(partial(load_data, sets)), 3) for what, sets in settings.items()}}


def lines(values: Values) -> list[str]:
    """Return a table with a row for each data set."""
    return table(["images", "seconds"], [[what, f"{time:.2f}"] for what, time in values["seconds"].items()])


QUESTION = Question("drawing", "Synthetic data", measure, lines)
