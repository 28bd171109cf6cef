"""Comparison of scores across runs: means over seeds, the worst seed, and significance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import flatten, plain
from ganarium.core.data_frames import data_frame
from ganarium.core.errors import UnknownNameError, UsageError
from ganarium.core.escape import counted, listed
from ganarium.core.html import Html, picture, rounded, stack, table
from ganarium.evaluation.score import Score, find_score
from ganarium.metrics.seed_statistics import over_seeds, paired_difference, unpaired_difference
from ganarium.recipes import RECIPES

NUISANCE = ("seed", "engine", "record", "observers", "train.horizon")  # settings that do not distinguish groups
LEGEND = "mean ± 95 % over seeds [worst seed]; verdicts relative to the first group"
BETTER, WORSE, NO_DIFFERENCE, ONE_SEED = "better", "worse", "no significant difference", "n/a (1 seed)"


@dataclass(frozen=True)
class ScoredRun:
    """The scores of one run by name, its group, whose runs differ only in the seed, and its path, if known."""

    group: str
    seed: int
    scores: Mapping[str, Score]
    path: str = ""


@dataclass(frozen=True)
class ScoreComparison:
    """The results of a group of runs for one score.

    margin: half the width of the 95 % interval of the mean over seeds; None for one seed
    worst: the value of the seed that is farthest from the floor
    verdict: compared with the first group: `BETTER` (nearer to the floor), `WORSE`, `NO_DIFFERENCE`, or `ONE_SEED`
    """

    mean: float
    margin: float | None
    worst: float
    values: tuple[float, ...]
    verdict: str

    def __str__(self) -> str:
        margin = "" if self.margin is None else f" ± {self.margin:.2g}"
        worst = f" [{self.worst:.4g}]" if len(self.values) > 1 else ""
        return f"{self.mean:.4g}{margin}{worst}{f' {self.verdict}' if self.verdict else ''}"


@dataclass(frozen=True)
class Row:
    """A row of the comparison: one score for all groups."""

    name: str
    note: str
    floor: float | None
    entries: Mapping[str, ScoreComparison]

    def __getitem__(self, group: str) -> ScoreComparison:
        """Return the results of a group. Raises `UnknownNameError` (a `KeyError`) for another name."""
        if group not in self.entries:
            raise UnknownNameError("group", group, self.entries)
        return self.entries[group]


@dataclass(frozen=True)
class Comparison:
    """Comparison of groups of runs, with a row for each score that all runs have.

    runs: paths of the runs of each group, in the order of the seeds
    pictures: paths of pictures of samples of each group, from the same latents and labels; may be empty

    `print` shows a table; `comparison["frechet"]["r1"].mean` is one of its numbers.
    """

    groups: Mapping[str, tuple[int, ...]]
    against: str
    n: int
    rows: tuple[Row, ...]
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Row:
        """Return the row of a score by its name, which may be shortened to the measure, as in "frechet".

        Raises `UnknownNameError` (a `KeyError`) for another name.
        """
        full = find_score(name, self)
        return next(row for row in self.rows if row.name == full)

    def __iter__(self) -> Iterator[str]:
        return iter(row.name for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return "\n".join(compare_lines(self))

    def to_pandas(self) -> Any:
        """Return a pandas data frame with one line per score, group and seed.

        Its columns are score, group, seed, value, and real, the value for real data. Raises `UsageError` if pandas is
        not installed.
        """
        lines = [
            (row.name, group, seed, value, row.floor)
            for row in self.rows
            for group, entry in row.entries.items()
            for seed, value in zip(self.groups[group], entry.values, strict=True)
        ]
        return data_frame(dict(zip(("score", "group", "seed", "value", "real"), zip(*lines, strict=True), strict=True)))

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-compatible data; empty runs and pictures are left out."""
        rows = [
            {
                "name": row.name,
                "note": row.note,
                "floor": row.floor,
                "groups": {g: vars(e) for g, e in row.entries.items()},
            }
            for row in self.rows
        ]
        values = {"groups": dict(self.groups), "against": self.against, "n": self.n, "rows": rows}
        places = {"runs": dict(self.runs), "pictures": dict(self.pictures)}
        return values | {name: paths for name, paths in places.items() if paths}

    def png(self) -> bytes:
        """Plot each score of all groups, with the scores of real samples, as a PNG file."""
        from ganarium.plotting.figures import comparison
        from ganarium.plotting.images import png

        scores = {row.name: (row.floor, {name: one.values for name, one in row.entries.items()}) for row in self.rows}
        return png(comparison(scores))

    def _repr_png_(self) -> bytes:
        return self.png()

    def _repr_html_(self) -> str:
        groups = [f"{name} ({counted(len(seeds), 'seed')})" for name, seeds in self.groups.items()]
        rows = [(row.name, rounded(row.floor), *row.entries.values(), row.note) for row in self.rows]
        conditions = f"{self.n:,} samples against {self.against}; {LEGEND}"
        return stack(table(("score", "real data", *groups, "meaning"), rows), conditions, *self._samples())

    def _samples(self) -> Iterator[Html]:
        """Yield an image with the samples of each group whose picture can be read."""
        from ganarium.plotting.figures import panels
        from ganarium.plotting.images import load_png, png

        images = {name: image for name, path in self.pictures.items() if (image := load_png(Path(path)))}
        if images:
            yield picture(png(panels(images)), "samples of each group")


def compare_lines(compared: Comparison) -> Iterator[str]:
    """Yield the letter of each group, then a line per score with each group's mean ± 95 % interval [worst seed]."""
    letters = {group: _letter(i) for i, group in enumerate(compared.groups)}
    for group, seeds in compared.groups.items():
        yield f"{letters[group]}: {group}, {counted(len(seeds), 'seed')}"
    cells = [
        [row.name, "" if row.floor is None else f"{row.floor:.4g}", *map(str, row.entries.values())]
        for row in compared.rows
    ]
    heads = ["score", "real data", *letters.values()]
    widths = [max(len(line[i]) for line in [heads, *cells]) + 2 for i in range(len(heads))]
    for line in [heads, *cells]:
        yield f"{line[0]:<{widths[0]}}" + "".join(
            f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True)
        )
    yield f"{compared.n:,} samples against {compared.against}; {LEGEND.replace('the first group', 'A')}"


def _letter(i: int) -> str:
    return chr(ord("A") + i) if i < 26 else f"#{i + 1}"


def compare(runs: Sequence[ScoredRun]) -> Comparison:
    """Compare groups of runs. Raises `UsageError` if n, extractors or data differ, or if a group repeats a seed."""
    if not runs:
        raise UsageError("nothing to compare: pass at least two runs")
    groups: dict[str, list[ScoredRun]] = {}
    for one in runs:
        groups.setdefault(one.group, []).append(one)
    for name, members in groups.items():
        seeds = [one.seed for one in members]
        if len(set(seeds)) < len(seeds):
            raise UsageError(f"{name}: two runs have the same seed and settings; leave one of them out")
    against, n = _common_conditions(runs)
    names = [name for name in runs[0].scores if all(name in one.scores for one in runs)]
    if not names:
        raise UsageError("these runs have no score in common; score them with the same measures and extractors")
    rows = tuple(_row(runs[0].scores[name], groups) for name in names)
    seeds_of = {name: tuple(one.seed for one in some) for name, some in groups.items()}
    paths = {name: tuple(one.path for one in some if one.path) for name, some in groups.items()}
    return Comparison(seeds_of, against, n, rows, {name: some for name, some in paths.items() if some})


def _row(score: Score, groups: Mapping[str, Sequence[ScoredRun]]) -> Row:
    first = next(iter(groups))
    floor = score.floor or 0.0
    entries = {}
    for name, members in groups.items():
        values = [one.scores[score.name].value for one in members]
        mean, margin = over_seeds(values)
        worst = max(values, key=lambda value: abs(value - floor))
        verdict = "" if name == first else _verdict(score.name, floor, groups[first], members)
        entries[name] = ScoreComparison(mean, margin, worst, tuple(values), verdict)
    return Row(score.name, score.note, score.floor, entries)


def _verdict(name: str, floor: float, before: Sequence[ScoredRun], after: Sequence[ScoredRun]) -> str:
    """Return whether the second group is significantly nearer to or farther from the floor than the first."""
    off = [{one.seed: abs(one.scores[name].value - floor) for one in some} for some in (before, after)]
    difference, margin = difference_over_seeds(*off)
    if margin is None:
        return ONE_SEED
    if abs(difference) <= margin:
        return NO_DIFFERENCE
    return BETTER if difference < 0 else WORSE


def difference_over_seeds(before: Mapping[int, float], after: Mapping[int, float]) -> tuple[float, float | None]:
    """Return the mean difference of numbers given by seed, and the half-width of its 95 % interval.

    The numbers are paired if both groups have the same seeds. The half-width is None for one seed.
    """
    if before.keys() == after.keys():
        seeds = sorted(before)
        return paired_difference([before[seed] for seed in seeds], [after[seed] for seed in seeds])
    return unpaired_difference(list(before.values()), list(after.values()))


def _common_conditions(runs: Sequence[ScoredRun]) -> tuple[str, int]:
    """Return the common reference data and number of samples of all scores."""
    scores = [score for one in runs for score in one.scores.values() if not score.name.endswith("/discriminator")]
    differing = {
        "reference data": {score.against for score in scores},
        "numbers of samples": {str(score.n) for score in scores},
    }
    for what, values in differing.items():
        if len(values) > 1:
            raise UsageError(f"scores with different {what} are not comparable: {listed(sorted(values))}")
    some = next(iter(runs[0].scores.values()))
    return some.against, some.n


def group_names(experiments: Iterable[Experiment]) -> list[str]:
    """Return a name for each experiment: the settings that differ both between experiments and from the recipe.

    Settings in `NUISANCE` do not count. Experiments without such differences share a name.
    """
    tables = [
        {
            key: value
            for key, value in flatten(plain(each))
            if not any(key == other or key.startswith(f"{other}.") for other in NUISANCE)
        }
        for each in experiments
    ]
    keys = dict.fromkeys(key for table in tables for key in table)
    varied = [key for key in keys if len({repr(table.get(key)) for table in tables}) > 1]
    return [_name(table, varied) for table in tables]


def _name(table: Mapping[str, Any], varied: Sequence[str]) -> str:
    name = table.get("recipe")
    own = dict(flatten(plain(RECIPES[name].experiment()))) if name in RECIPES else {}
    settings = [
        f"{key}={table.get(key, 'none')}"
        for key in varied
        if key != "recipe" and (not own or table.get(key) != own.get(key))
    ]
    return " ".join([str(table.get("recipe", "run")), *settings])
