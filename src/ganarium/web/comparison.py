"""Comparison of runs from what they have recorded: settings that differ, scores, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from ganarium.config.overrides import flatten, plain
from ganarium.core.errors import UsageError
from ganarium.evaluation.score import Score
from ganarium.metrics.interval import SURE
from ganarium.metrics.seed_statistics import over_seeds, paired_difference, unpaired_difference
from ganarium.runs.directory import Run
from ganarium.studies.compare import NO_DIFFERENCE, group_names
from ganarium.web.final_scores import lower_is_better

MOST_RUNS = 40
VERDICTS = {"better": "better", "worse": "worse", "same": NO_DIFFERENCE}
OF_SAMPLING = "; the interval counts only the random choice of samples, not the seed"
Scores = Mapping[str, Mapping[str, Score]]
Difference = dict[str, Any]


def differing_settings(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the settings in which runs differ, with the value of each run."""
    tables = [dict(flatten(plain(run.experiment))) for run in runs]
    keys = dict.fromkeys(key for table in tables for key in table)
    rows = ({"key": key, "values": [table.get(key) for table in tables]} for key in keys)
    return [row for row in rows if len({repr(value) for value in row["values"]}) > 1]


def compared_scores(scores: Sequence[Scores]) -> list[dict[str, Any]]:
    """Return a row for each score that at least two runs have, with differences from the first run that has it."""
    names = dict.fromkeys((split, name) for one in scores for split, table in sorted(one.items()) for name in table)
    rows = []
    for split, name in names:
        values = [one.get(split, {}).get(name) for one in scores]
        first = next((i for i, value in enumerate(values) if value), 0)
        if sum(value is not None for value in values) < min(2, len(values)):
            continue
        known = values[first]
        assert known is not None
        rows.append(
            {
                "split": split,
                "name": name,
                "title": name.partition("/")[0],
                "meaning": known.note,
                "lower_is_better": lower_is_better(known.note),
                "floor": known.floor,
                "values": [_cell(value) for value in values],
                "differences": [
                    {"run": i} | _difference(known, value)
                    for i, value in enumerate(values)
                    if value is not None and i != first
                ],
            }
        )
    return rows


def compared_groups(runs: Sequence[Run], scores: Sequence[Scores], variants: Sequence[str]) -> dict[str, Any]:
    """Return groups of runs that differ only in their seed, and their scores, compared with those of the first group.

    Empty if all runs have different settings.

    variants: the variant of its study that each run is, or ""; names the groups if these are the variants
    """
    names = group_names(run.experiment for run in runs)
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        groups.setdefault(name, []).append(i)
    if len(groups) == len(runs):
        return {"groups": [], "rows": []}
    shared = [
        (split, name)
        for split, table in sorted(scores[0].items())
        for name in table
        if all(name in one.get(split, {}) for one in scores)
    ]
    named = [variants[some[0]] for some in groups.values()]
    are_variants = all(named) and all(len({variants[i] for i in some}) == 1 for some in groups.values())
    titles = named if are_variants and len(set(named)) == len(named) else list(groups)
    heads = [{"name": name, "runs": some} for name, some in zip(titles, groups.values(), strict=True)]
    return {"groups": heads, "rows": [_group_row(split, name, groups, runs, scores) for split, name in shared]}


def _group_row(
    split: str, name: str, groups: Mapping[str, Sequence[int]], runs: Sequence[Run], scores: Sequence[Scores]
) -> dict[str, Any]:
    first, *others = groups.values()
    means = []
    for some in groups.values():
        mean, margin = over_seeds([scores[i][split][name].value for i in some])
        means.append({"mean": mean, "interval": _around(mean, margin)})
    floor = scores[0][split][name].floor
    compared = [_group_difference(split, name, first, other, runs, scores, floor or 0.0) for other in others]
    return {"split": split, "name": name, "floor": floor, "values": means, "differences": compared}


def _group_difference(
    split: str,
    name: str,
    before: Sequence[int],
    after: Sequence[int],
    runs: Sequence[Run],
    scores: Sequence[Scores],
    floor: float,
) -> Difference:
    """Return the difference between two groups, paired by seed if both have the same seeds."""
    if not _is_comparable([scores[i][split][name] for i in (*before, *after)]):
        return _incomparable()
    sides = [[(runs[i].experiment.seed, scores[i][split][name].value) for i in some] for some in (before, after)]
    seeds = [[seed for seed, _ in side] for side in sides]
    is_paired = sorted(seeds[0]) == sorted(seeds[1]) and len({*seeds[0]}) == len(seeds[0])
    difference_of = paired_difference if is_paired else unpaired_difference
    old, new = ([value for _, value in sorted(side)] for side in sides)
    difference, margin = difference_of(old, new)
    nearer, nearer_margin = difference_of([abs(value - floor) for value in old], [abs(value - floor) for value in new])
    found = {"difference": difference, "interval": _around(difference, margin)}
    if nearer_margin is None:
        return found | {"verdict": "unknown", "text": "one seed shows no difference; train more seeds"}
    verdict = "same" if abs(nearer) <= nearer_margin else "better" if nearer < 0 else "worse"
    how = "paired by seed" if is_paired else "over different seeds"
    return found | {"verdict": verdict, "text": f"{VERDICTS[verdict]}, {how}"}


def _difference(first: Score, other: Score) -> Difference:
    """Return the difference between the scores of two runs, as far as the random choice of samples explains it."""
    if not _is_comparable([first, other]):
        return _incomparable()
    difference = other.value - first.value
    if first.error is None or other.error is None:
        text = "the standard error is unknown; train more seeds"
        return {"difference": difference, "interval": None, "verdict": "unknown", "text": text}
    margin = SURE * sqrt(first.error**2 + other.error**2)
    floor = first.floor or 0.0
    verdict = "better" if abs(other.value - floor) < abs(first.value - floor) else "worse"
    verdict = "same" if abs(difference) <= margin else verdict
    interval = _around(difference, margin)
    return {"difference": difference, "interval": interval, "verdict": verdict, "text": VERDICTS[verdict] + OF_SAMPLING}


def _is_comparable(scores: Sequence[Score]) -> bool:
    return len({(score.n, score.against) for score in scores}) == 1


def _incomparable() -> Difference:
    text = "not comparable: other reference data or another number of samples"
    return {"difference": None, "interval": None, "verdict": "unknown", "text": text}


def _cell(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {"value": score.value, "error": score.error, "interval": list(score.interval) if score.interval else None}


def _around(value: float, margin: float | None) -> list[float] | None:
    return None if margin is None else [value - margin, value + margin]


def checked_keys(text: str) -> list[str]:
    """Return the identifiers of the runs to compare. Raises `UsageError` for none or too many."""
    keys = list(dict.fromkeys(filter(None, text.split(","))))
    if not 1 <= len(keys) <= MOST_RUNS:
        raise UsageError(f"runs: choose 1 to {MOST_RUNS} runs to compare")
    return keys
