"""The open question of S1, too little data or the dense network: four studies of synthetic images at equal time.

ganarium study benchmarks/studies/data-or-network-points.toml --out results/studies/data-or-network-points
python -m benchmarks.data_or_network [--pictures]

The other studies are those of lines, polygons and puzzles; each trains for about 80 minutes of one core. This module
writes results/data-or-network.md from the completed runs; with --pictures, it also writes images of each variant's
first seed, if the run still exists.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.tables import CELLS, StudyResults, shown_of, take_pictures
from ganarium.core.atomic import write_whole
from ganarium.core.html import rounded
from ganarium.evaluation.score import Score, Scores
from ganarium.metrics.seed_statistics import over_seeds, unpaired_difference
from ganarium.studies.compare import NO_DIFFERENCE

PAGE = CELLS.parent / "data-or-network.md"
SIGNIFICANT = "a significant difference"
LONGER = "dense 10000, four times the time"
ANSWERS = (  # sentences, and the variants that they compare
    (
        "The share of valid images of S1's dense network with 100,000 instead of 800 training images is {}.",
        (("dense 800", "dense 100000"),),
    ),
    ("With 10,000 images and four times the time it is {}.", (("dense 10000", LONGER),)),
    (
        "With 10,000 images and the same time, that of strided convolutions is {}, and that of the new recipe {}.",
        (("dense 10000", "strided 10000"), ("dense 10000", "new 10000")),
    ),
)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    score: name, which may be shortened as in `Scores`
    times: factor of the values
    of_floor: whether the values are multiples of the floor
    """

    head: str
    score: str
    times: float = 1.0
    of_floor: bool = False


VALID = Column("valid %", "valid", 100.0)
LOOKS = (
    Column("ink", "ink"),
    Column("Fréchet distance of random features, × floor", "frechet/random-conv", of_floor=True),
    Column("two-sample AUC of random features", "two-sample/random-conv"),
)
SETS = {  # what the images are about, as read from the valid ones
    "points": Column("number of marks", "count"),
    "lines": Column("number of lines", "count"),
    "polygons": Column("number of sides", "sides"),
    "puzzles": Column("place of the cut", "share"),
}


def page() -> Iterator[str]:
    """Yield the lines of results/data-or-network.md for all completed runs."""
    found = {name: StudyResults.of(f"data-or-network-{name}", {}) for name in SETS}
    studies = {name: studied for name, studied in found.items() if studied}
    yield from (
        "# Too little data, or the network?",
        "",
        "S1 trained one dense network on digits and on four synthetic sets. It got noise for points and lines, circles "
        "for polygons, pieces that do not fit for puzzles, and asked whether more data or another network would help. "
        "Here each network is trained for the same time, two minutes of one core, on 800, 10,000 and 100,000 images. "
        "`dense` is S1's network (`dense-shapes`), `strided` a small convolutional pair (`conv-shapes`), and `new` the "
        "recipe of the set's own name.",
        "",
        "Mean ± 95 % interval over seeds by Student's t, which is wide for few seeds [worst seed]. The distances of "
        "what is read are those between valid and real images, and are undefined for fewer valid images than "
        "their error needs. Random features are fitted to the training images, so that their values are comparable "
        "only for equal numbers of images. The images are those of the first seed of the latents and of the training.",
    )
    for name, studied in studies.items():
        yield from section(name, studied)


def section(name: str, studied: StudyResults) -> Iterator[str]:
    """Yield the answer and the two tables of one set."""
    yield from ("", f"## {name}", "", *answer(studied), "")
    yield from table(studied, (VALID, SETS[name]), pictures=True)
    yield from ("", f"What the images are about (valid, {SETS[name].head}), and how they look:", "")
    yield from table(studied, (VALID, SETS[name], *LOOKS), pictures=False)
    file = f"benchmarks/studies/{studied.name}.toml"
    first = next(iter(studied.cells.values()))[0]
    machine = f"{first['machine']}, torch {first['torch']}, {engine(first['engine'])}"
    yield from ("", f"`ganarium study {file} --out results/studies/{studied.name}`, {machine}.")


def table(studied: StudyResults, columns: Sequence[Column], *, pictures: bool) -> Iterator[str]:
    """Yield a table with a row for each variant, and one for real images."""
    more = ["steps", "samples"] if pictures else []
    heads = ["network, images", "seeds", *(column.head for column in columns), *more]
    yield from (f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|")
    for variant, cells in studied.cells.items():
        scores = scores_of(cells)
        ends = min(cell["steps"] for cell in cells), max(cell["steps"] for cell in cells)
        steps = "–".join(dict.fromkeys(f"{each:,}" for each in ends))
        last = [steps, shown_of(studied, variant)] if pictures else []
        row = [variant, f"{len(cells)}", *(entry(scores, column) for column in columns), *last]
        yield f"| {' | '.join(row)} |"
    every = [scores for cells in studied.cells.values() for scores in scores_of(cells)]
    floors = [floor(every, column) for column in columns]
    yield f"| real images | | {' | '.join(floors)} |{' |' * len(more)}"


def entry(scores: Sequence[Scores], column: Column) -> str:
    """Return the mean of a column over seeds, its interval and the worst seed."""
    values = values_of(scores, column)
    if not values:
        return "undefined"
    mean, margin = over_seeds(values)
    worst = max(values, key=lambda value: abs(value - _target(scores, column)))
    interval = "" if margin is None else f" ± {margin:.2g} [{worst:.3g}]"
    known = "" if len(values) == len(scores) else f" ({len(values)} of {len(scores)} seeds)"
    return f"{mean:.3g}{interval}{known}"


def values_of(scores: Sequence[Scores], column: Column) -> list[float]:
    """Return the values of a column for the seeds that have them."""
    known: list[Score | None] = [each.get(column.score) for each in scores]
    return [_value(score, column) for score in known if score is not None]


def floor(scores: Sequence[Scores], column: Column) -> str:
    """Return the value of a column for real images."""
    score: Score | None = next((each.get(column.score) for each in scores if each.get(column.score)), None)
    if score is None or score.floor is None:
        return ""
    return "1" if column.of_floor else rounded(column.times * score.floor)


def answer(studied: StudyResults) -> Iterator[str]:
    """Yield a sentence on each of more data, more time and other networks, if its runs are complete."""
    valid = {variant: values_of(scores_of(cells), VALID) for variant, cells in studied.cells.items()}
    for text, pairs in ANSWERS:
        if all({before, after} <= valid.keys() for before, after in pairs):
            changes = [changed(valid[before], valid[after]) for before, after in pairs]
            yield f"{text.format(*changes)}  "


def changed(before: Sequence[float], after: Sequence[float]) -> str:
    """Return the means of two lists of percentages, and whether they differ significantly over seeds."""
    difference, margin = unpaired_difference(before, after)
    first, second = (over_seeds(values)[0] for values in (before, after))
    verdict = "one seed" if margin is None else SIGNIFICANT if abs(difference) > margin else NO_DIFFERENCE
    return f"{second:.3g} % instead of {first:.3g} % ({verdict})"


def scores_of(cells: Sequence[Mapping[str, Any]]) -> list[Scores]:
    """Return the scores of each cell."""
    return [Scores(map(Score.from_dict, cell["scores"])) for cell in cells]


def engine(settings: Mapping[str, Any]) -> str:
    """Return how the steps were computed."""
    return f"{settings['threads']} thread(s), kernels {settings['kernels']}, {settings['precision']}"


def _value(score: Score, column: Column) -> float:
    if not column.of_floor:
        return column.times * score.value
    assert score.floor
    return score.value / score.floor


def _target(scores: Sequence[Scores], column: Column) -> float:
    score = next(each[column.score] for each in scores if each.get(column.score))
    return 1.0 if column.of_floor else column.times * (score.floor or 0.0)


def main() -> None:
    """Write results/data-or-network.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", action="store_true", help="also write sample images of the runs that still exist")
    if parser.parse_args().pictures:
        torch.set_num_threads(1)
        for name in SETS:
            if studied := StudyResults.of(f"data-or-network-{name}", {}):
                take_pictures(studied)
    write_whole(PAGE, ("\n".join(page()) + "\n").encode())


if __name__ == "__main__":
    main()
