"""Losses of both players over a run, read from its log: means over spans of steps."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ganarium.runs.events import Line, Resumed, Span

LAST_SHARE = 0.1  # share of a run's steps that `mean` averages over


@dataclass(frozen=True)
class MeanLosses:
    """Mean losses of both players over the steps `first` to `last`, counted from 1."""

    first: int
    last: int
    discriminator: float
    generator: float

    @property
    def over(self) -> str:
        """Return the range of steps in words."""
        return f"step {self.last:,}" if self.first == self.last else f"steps {self.first:,} to {self.last:,}"


@dataclass(frozen=True)
class Losses:
    """The losses of a run from its first step to its newest, one mean for each span of the log.

    >>> losses = Losses((MeanLosses(1, 100, 1.25, 0.75), MeanLosses(101, 200, 1.5, 0.5)))
    >>> losses.final.generator, losses.mean.over
    (0.5, 'steps 101 to 200')
    """

    spans: tuple[MeanLosses, ...]

    @property
    def final(self) -> MeanLosses:
        """Return the means over the last span: `record.log_every` steps, or the rest of the run."""
        return self.spans[-1]

    @property
    def mean(self) -> MeanLosses:
        """Return the means over the last tenth of the steps, in whole spans."""
        end = self.final.last
        return _joined([span for span in self.spans if span.last > end * (1 - LAST_SHARE)])

    def summary(self) -> dict[str, Any]:
        """Return `final` and `mean` as JSON-serializable data."""
        return {"final": asdict(self.final), "mean": asdict(self.mean)}

    def as_dict(self) -> dict[str, Any]:
        """Return the summary and the curve, one list for each column."""
        columns = ("first", "last", "discriminator", "generator")
        return self.summary() | {"curve": {name: [getattr(span, name) for span in self.spans] for name in columns}}


def losses_in(lines: Iterable[Line], every: int) -> Losses | None:
    """Read the losses from a log whose spans have `every` steps; None if there are none.

    A span that a later one contains is left out; this happens when a run is extended within the span.
    """
    spans: list[MeanLosses] = []
    began: int | None = None
    for event in (line.event for line in lines):
        if began is None:  # a fork begins at the step of its parent
            began = max(0, event.step) if isinstance(event, Resumed) else 0
        if isinstance(event, Span):
            first = max(began, (event.step - 1) // every * every) + 1
            spans = [span for span in spans if span.first < first]
            means = event.means
            if {"discriminator", "generator"} <= means.keys():
                spans.append(MeanLosses(first, event.step, means["discriminator"], means["generator"]))
    return Losses(tuple(spans)) if spans else None


def _joined(spans: Sequence[MeanLosses]) -> MeanLosses:
    """Average spans, weighted by their numbers of steps."""
    counts = [span.last - span.first + 1 for span in spans]
    discriminator, generator = (
        sum(count * getattr(span, side) for count, span in zip(counts, spans, strict=True)) / sum(counts)
        for side in ("discriminator", "generator")
    )
    return MeanLosses(spans[0].first, spans[-1].last, discriminator, generator)
