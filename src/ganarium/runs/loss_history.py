"""Losses of the generator and the discriminator over a run, averaged over the intervals of the event log."""

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
        """Return the range of steps as text, such as "steps 1 to 100"."""
        return f"step {self.last:,}" if self.first == self.last else f"steps {self.first:,} to {self.last:,}"


@dataclass(frozen=True)
class Losses:
    """The losses of a run from the first to the newest step, averaged over each span of the event log.

    >>> losses = Losses((MeanLosses(1, 100, 1.25, 0.75), MeanLosses(101, 200, 1.5, 0.5)))
    >>> losses.final.generator, losses.mean.over
    (0.5, 'steps 101 to 200')
    """

    spans: tuple[MeanLosses, ...]

    @property
    def final(self) -> MeanLosses:
        """Return the mean losses over the last span, which has at most `record.log_every` steps."""
        return self.spans[-1]

    @property
    def mean(self) -> MeanLosses:
        """Return the mean losses over the last tenth of the steps, rounded to whole spans."""
        end = self.final.last
        return _joined([span for span in self.spans if span.last > end * (1 - LAST_SHARE)])

    def summary(self) -> dict[str, Any]:
        """Return `final` and `mean` as JSON-serializable data."""
        return {"final": asdict(self.final), "mean": asdict(self.mean)}

    def as_dict(self) -> dict[str, Any]:
        """Return the summary and the loss curve, with one list per column."""
        columns = ("first", "last", "discriminator", "generator")
        return self.summary() | {"curve": {name: [getattr(span, name) for span in self.spans] for name in columns}}


def losses_in(lines: Iterable[Line], every: int) -> Losses | None:
    """Return the losses from an event log with one span every `every` steps, or None if there are no spans."""
    spans = tuple(
        MeanLosses(each.first, each.span.step, each.span.means["discriminator"], each.span.means["generator"])
        for each in recorded_spans(lines, every)
        if {"discriminator", "generator"} <= each.span.means.keys()
    )
    return Losses(spans) if spans else None


@dataclass(frozen=True)
class RecordedSpan:
    """A span of the event log, the first of its steps, counted from 1, and the training time at its end."""

    first: int
    span: Span
    seconds: float


def recorded_spans(lines: Iterable[Line], every: int) -> list[RecordedSpan]:
    """Return the spans of an event log with one span every `every` steps.

    A span that a later span contains is left out; this happens when a run is extended within a span.
    """
    spans: list[RecordedSpan] = []
    began: int | None = None
    for line in lines:
        event = line.event
        if began is None:  # a fork begins at the step of its parent
            began = max(0, event.step) if isinstance(event, Resumed) else 0
        if isinstance(event, Span):
            first = max(began, (event.step - 1) // every * every) + 1
            spans = [*(span for span in spans if span.first < first), RecordedSpan(first, event, line.time)]
    return spans


def _joined(spans: Sequence[MeanLosses]) -> MeanLosses:
    """Average the losses of several spans, weighted by their numbers of steps."""
    counts = [span.last - span.first + 1 for span in spans]
    discriminator, generator = (
        sum(count * getattr(span, side) for count, span in zip(counts, spans, strict=True)) / sum(counts)
        for side in ("discriminator", "generator")
    )
    return MeanLosses(spans[0].first, spans[-1].last, discriminator, generator)
