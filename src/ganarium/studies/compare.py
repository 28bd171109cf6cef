"""Comparison of scores across trainings: means over seeds, the worst seed, and significance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import flatten, plain
from ganarium.core.errors import UsageError
from ganarium.core.escape import listed
from ganarium.evaluation.scores import Score
from ganarium.metrics.seed_statistics import over_seeds, paired_difference, unpaired_difference
from ganarium.recipes import RECIPES

LUCK = ("seed", "engine", "record", "train.horizon")  # settings that do not distinguish groups


@dataclass(frozen=True)
class Trained:
    """The scores of one training by name, within a group of trainings that differ only in seed."""

    group: str
    seed: int
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class ScoreComparison:
    """The result of a group for one score.

    margin: half the width of the 95 % interval of the mean over seeds; None for one seed
    worst: the value of the seed that is farthest from the floor
    verdict: compared with the first group: "better" (nearer to the floor), "worse", "not separable", or "one seed"
    """

    mean: float
    margin: float | None
    worst: float
    values: tuple[float, ...]
    verdict: str


@dataclass(frozen=True)
class Row:
    """One score of all groups."""

    name: str
    note: str
    floor: float | None
    entries: Mapping[str, ScoreComparison]


@dataclass(frozen=True)
class Comparison:
    """The groups in the given order, the seeds of each, and a row for each score that all have."""

    groups: Mapping[str, tuple[int, ...]]
    against: str
    n: int
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the table as JSON-compatible data."""
        rows = [
            {
                "name": row.name,
                "note": row.note,
                "floor": row.floor,
                "groups": {g: vars(e) for g, e in row.entries.items()},
            }
            for row in self.rows
        ]
        return {"groups": dict(self.groups), "against": self.against, "n": self.n, "rows": rows}


def compare(trained: Sequence[Trained]) -> Comparison:
    """Return the comparison as a table. Raises `UsageError` if n, reader or data differ, and for duplicate seeds."""
    if not trained:
        raise UsageError("there is nothing to compare: name two runs or more")
    groups: dict[str, list[Trained]] = {}
    for one in trained:
        groups.setdefault(one.group, []).append(one)
    for name, members in groups.items():
        seeds = [one.seed for one in members]
        if len(set(seeds)) < len(seeds):
            raise UsageError(f"{name}: two runs of one seed and the same settings; a repetition is no new evidence")
    against, n = _alike(trained)
    names = [name for name in trained[0].scores if all(name in one.scores for one in trained)]
    if not names:
        raise UsageError("these runs have no score in common: scores compare only when reader and measure are the same")
    rows = tuple(_row(trained[0].scores[name], groups) for name in names)
    return Comparison({name: tuple(one.seed for one in some) for name, some in groups.items()}, against, n, rows)


def _row(score: Score, groups: Mapping[str, Sequence[Trained]]) -> Row:
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


def _verdict(name: str, floor: float, before: Sequence[Trained], after: Sequence[Trained]) -> str:
    """Return whether the second group's scores are nearer to the floor, farther, or not separable."""
    off = [{one.seed: abs(one.scores[name].value - floor) for one in some} for some in (before, after)]
    if off[0].keys() == off[1].keys():
        seeds = sorted(off[0])
        apart, margin = paired_difference([off[0][seed] for seed in seeds], [off[1][seed] for seed in seeds])
    else:
        apart, margin = unpaired_difference(list(off[0].values()), list(off[1].values()))
    if margin is None:
        return "one seed"
    if abs(apart) <= margin:
        return "not separable"
    return "better" if apart < 0 else "worse"


def _alike(trained: Sequence[Trained]) -> tuple[str, int]:
    """Return the common reference data and number of samples of all scores."""
    scores = [score for one in trained for score in one.scores.values() if not score.name.endswith("/discriminator")]
    unlike = {"data": {score.against for score in scores}, "number of samples": {str(score.n) for score in scores}}
    for what, values in unlike.items():
        if len(values) > 1:
            raise UsageError(f"scores of another {what} do not compare: {listed(sorted(values))}")
    some = next(iter(trained[0].scores.values()))
    return some.against, some.n


def group_names(experiments: Iterable[Experiment]) -> list[str]:
    """Return a name for each experiment: the settings that differ between them and from the recipe, except `LUCK`.

    Experiments without such differences share a name.
    """
    tables = [
        {
            key: value
            for key, value in flatten(plain(each))
            if not any(key == luck or key.startswith(f"{luck}.") for luck in LUCK)
        }
        for each in experiments
    ]
    keys = dict.fromkeys(key for table in tables for key in table)
    varied = [key for key in keys if len({repr(table.get(key)) for table in tables}) > 1]
    return [_name(table, varied) for table in tables]


def _name(table: Mapping[str, Any], varied: Sequence[str]) -> str:
    name = table.get("recipe")
    own = dict(flatten(plain(RECIPES[name].experiment()))) if name in RECIPES else {}
    words = [
        f"{key}={table.get(key, 'none')}"
        for key in varied
        if key != "recipe" and (not own or table.get(key) != own.get(key))
    ]
    return " ".join([str(table.get("recipe", "run")), *words])
