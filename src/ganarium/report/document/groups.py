"""Runs in groups that differ only in their seed, with comparable scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ganarium.core.errors import UsageError
from ganarium.evaluation.score import Score
from ganarium.metrics.seed_statistics import over_seeds
from ganarium.report.document.blocks import number
from ganarium.report.document.run_view import RunView
from ganarium.studies.compare import Comparison, Row, ScoredRun, compare, difference_over_seeds, group_names


@dataclass(frozen=True)
class Groups:
    """Runs by the name of their group, in the order in which they were given."""

    views: Mapping[str, Sequence[RunView]]

    @property
    def all(self) -> list[RunView]:
        """Return all runs."""
        return [view for some in self.views.values() for view in some]

    def letter(self, name: str) -> str:
        """Return the letter that stands for a group in tables."""
        place = list(self.views).index(name)
        return chr(ord("A") + place) if place < 26 else f"#{place + 1}"


@dataclass(frozen=True)
class Compared:
    """The comparison of all groups, or the reason why there is none.

    split: the split with which samples are compared: test, or validation if not all runs have test scores
    missing: whether scores are missing
    reason: why scores are not comparable
    """

    comparison: Comparison | None
    split: str = "test"
    missing: bool = False
    reason: str = ""


def grouped(views: Sequence[RunView], names: Sequence[str] | None = None) -> Groups:
    """Group runs by their settings except the seed, or by given names."""
    names = group_names(view.experiment for view in views) if names is None else names
    found: dict[str, list[RunView]] = {}
    for name, view in zip(names, views, strict=True):
        found.setdefault(name, []).append(view)
    return Groups({name: sorted(some, key=lambda view: view.experiment.seed) for name, some in found.items()})


def data_hashes(groups: Groups) -> dict[str, str]:
    """Return the name of the data of all runs by their hash."""
    return {view.run.provenance.data_hash: view.experiment.data.kind for view in groups.all}


def compared(groups: Groups) -> Compared:
    """Compare the stored test scores of all runs or, if some have none, the newest validation scores."""
    if len(data_hashes(groups)) > 1:
        return Compared(None)
    for split in ("test", "validation"):
        scored = [_scored(name, view, split) for name, some in groups.views.items() for view in some]
        complete = [one for one in scored if one is not None]
        if len(complete) == len(scored):
            try:
                return Compared(compare(complete), split)
            except UsageError as error:
                return Compared(None, split, reason=str(error))
    return Compared(None, missing=True)


def _scored(group: str, view: RunView, split: str) -> ScoredRun | None:
    stored = view.test_scores
    scores: Sequence[Score] = (stored.scores if stored else ()) if split == "test" else view.validation_scores[1]
    if not scores:
        return None
    return ScoredRun(group, view.experiment.seed, {one.name: one for one in scores}, str(view.run.path))


def difference(comparison: Comparison, row: Row, group: str) -> tuple[float, float | None]:
    """Return how much farther from the real data's score a group is than the first one, and the 95 % margin."""
    first, floor = next(iter(comparison.groups)), row.floor or 0.0
    before, after = (
        {seed: abs(value - floor) for seed, value in zip(comparison.groups[name], row[name].values, strict=True)}
        for name in (first, group)
    )
    return difference_over_seeds(before, after)


def with_margin(values: Sequence[float]) -> str:
    """Return the mean over seeds with its 95 % interval as text.

    >>> with_margin([2.0]), with_margin([])
    ('2', '')
    """
    if not values:
        return ""
    mean, margin = over_seeds(values)
    return number(mean) + ("" if margin is None else f" ± {number(margin, 2)}")
