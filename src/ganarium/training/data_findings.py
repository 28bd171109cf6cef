"""Findings about a run's data, logged before training."""

from collections.abc import Iterator

from ganarium.data.checks.all_checks import check_briefly
from ganarium.data.datasets import ImageSet, PointSet, Source
from ganarium.runs.events import Finding


def findings_in(source: Source) -> Iterator[Finding]:
    """Yield notes on how a user's images were prepared and on problems found; none for built-in data."""
    if not isinstance(source, PointSet) and source.origin is not None:
        yield from (Finding(0, "prepared", sentence) for sentence in source.origin.messages)
    if isinstance(source, ImageSet) and source.origin is not None:
        yield from (Finding(0, each.name, f"{each.text}; {each.advice}", each.grave) for each in check_briefly(source))
