"""The recorded curves of a run as panels: losses, scores, gradient norms, and histograms of D(x) and D(G(z))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from ganarium.metrics.interval import SURE
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Histogram, Line, Scored, Span
from ganarium.runs.loss_history import losses_in

if TYPE_CHECKING:
    from ganarium.plotting.run_figure import HeatMap, Panel

E = TypeVar("E", bound=Event)
LEAD, GRADIENT = "judged.lead", "gradient."
PLAYERS = ("discriminator", "generator")


def loss_panel(run: Run, lines: Sequence[Line]) -> Panel:
    """Return the losses of both players; without curves if none are recorded."""
    from ganarium.plotting.run_figure import Curve, Panel

    losses = losses_in(lines, run.experiment.record.log_every)
    spans = losses.spans if losses else ()
    steps = [span.last for span in spans]
    players = [Curve(name, steps, [getattr(span, name) for span in spans]) for name in PLAYERS]
    return Panel("loss", players if spans else ())


def gradient_panel(lines: Sequence[Line]) -> Panel:
    """Return the gradient norms of both players."""
    return means_panel(lines, "gradient norm", {name: GRADIENT + name for name in PLAYERS})


def means_panel(
    lines: Sequence[Line], label: str, means: dict[str, str], limits: tuple[float, float] | None = None
) -> Panel:
    """Return a panel with a curve for each recorded mean.

    means: name of each mean in the log, by the name of its curve
    """
    from ganarium.plotting.run_figure import Curve, Panel

    found = {
        name: [(event.step, event.means[mean]) for event in events_of(lines, Span) if mean in event.means]
        for name, mean in means.items()
    }
    return Panel(label, [Curve(name, *columns(pairs)) for name, pairs in found.items() if pairs], limits=limits)


def score_panels(lines: Sequence[Line]) -> list[Panel]:
    """Return a panel for each score, with its 95 % intervals and the score of real data."""
    from ganarium.plotting.run_figure import Curve, Panel

    scored, panels = events_of(lines, Scored), []
    for name in dict.fromkeys(event.name for event in scored):
        values = [event for event in scored if event.name == name]
        margins = [margin(event) or 0.0 for event in values]
        floor = values[-1].floor
        curve = Curve("samples", *columns([(event.step, event.value) for event in values]), margins)
        panels.append(Panel(name.partition("/")[0], [curve], None if floor is None else (floor, "real data")))
    return panels


def histogram_panels(lines: Sequence[Line]) -> list[HeatMap]:
    """Return the histograms of D(x) and D(G(z)) over the steps; an empty list if none are recorded."""
    from ganarium.plotting.run_figure import HeatMap

    events = events_of(lines, Histogram)
    bins = len(events[0].real) if events else 0
    events = [event for event in events if len(event.real) == len(event.fake) == bins > 0]
    steps = [event.step for event in events]
    if not events:
        return []
    return [
        HeatMap("D(x)", steps, [event.real for event in events]),
        HeatMap("D(G(z))", steps, [event.fake for event in events]),
    ]


def margin(event: Scored) -> float | None:
    """Return half the width of the 95 % confidence interval, if known."""
    return None if event.error is None else SURE * event.error


def events_of(lines: Sequence[Line], type_: type[E]) -> list[E]:
    """Return the events of one type."""
    return [line.event for line in lines if isinstance(line.event, type_)]


def columns(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the steps and the values of (step, value) pairs."""
    return [step for step, _ in pairs], [value for _, value in pairs]
