"""A run as a figure and as HTML, from its files: for running, finished and crashed runs alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from ganarium.config.overrides import flatten, plain
from ganarium.core.html import Html, element, folded, picture, rounded, stack, table
from ganarium.metrics.interval import SURE
from ganarium.plotting.images import load_png, png
from ganarium.runs.directory import SAMPLES, Run
from ganarium.runs.events import Event, Finding, Line, Sample, Scored, Span, stop_reason
from ganarium.runs.loss_history import losses_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

    from ganarium.plotting.run_figure import Mark, Panel

E = TypeVar("E", bound=Event)
MOST_SCORES = 2  # scores with a panel
LEAD = "judged.lead"


def figure_of(run: Run, lines: Sequence[Line] | None = None) -> Figure:
    """Plot the losses, lead, scores and findings over the steps, and the newest image of samples.

    lines: the lines of the log, if they were already read
    """
    from ganarium.plotting.run_figure import run_figure

    lines = run.events() if lines is None else lines
    title = f"{run.path.name}: {status(run, lines)}"
    return run_figure(title, _panels(run, lines), _marks(lines), _newest(run, lines), _steps(run, lines))


def html_of(run: Run) -> str:
    """Return the status, curves, newest image, newest scores, findings and settings of a run as HTML."""
    lines = run.events()
    plot = picture(figure_png(run, lines), f"losses, scores and samples of {run.path.name}")
    settings = [(key, value) for key, value in flatten(plain(run.experiment)) if value is not None]
    return stack(
        Html(f"{element('b', str(run))} {element('span', status(run, lines))}"),
        plot,
        *_scores_table(lines),
        *_findings_table(lines),
        folded("settings", table(("setting", "value"), settings)),
    )


def figure_png(run: Run, lines: Sequence[Line] | None = None) -> bytes:
    """Return the figure of a run as a PNG file."""
    from ganarium.plotting.figures import rendered

    return png(rendered(figure_of(run, lines)))


def status(run: Run, lines: Sequence[Line]) -> str:
    """Return the step, the planned number of steps, and why training stopped, if it has."""
    train = run.experiment.train
    planned = f" of {train.steps:,}" if train.steps else ""
    reason = stop_reason(lines)
    return f"step {max(0, _newest_step(lines)):,}{planned}{f', {reason}' if reason else ''}"


def _panels(run: Run, lines: Sequence[Line]) -> list[Panel]:
    """Return the panels of losses, lead, and the first scores with their floors."""
    from ganarium.plotting.run_figure import Curve, Panel

    losses = losses_in(lines, run.experiment.record.log_every)
    spans = losses.spans if losses else ()
    steps = [span.last for span in spans]
    players = [Curve(name, steps, [getattr(span, name) for span in spans]) for name in ("discriminator", "generator")]
    panels = [Panel("loss", players if spans else ())]
    leads = [(event.step, event.means[LEAD]) for event in _of(lines, Span) if LEAD in event.means]
    if leads:
        curve = Curve("real samples with the higher logit", *_columns(leads))
        panels.append(Panel("lead", [curve], (0.5, "neither player leads"), (0, 1.03)))
    scored = _of(lines, Scored)
    for name in list(dict.fromkeys(event.name for event in scored))[:MOST_SCORES]:
        values = [event for event in scored if event.name == name]
        margins = [_margin(event) or 0.0 for event in values]
        floor = values[-1].floor
        curve = Curve("samples", *_columns([(event.step, event.value) for event in values]), margins)
        panels.append(Panel(name.partition("/")[0], [curve], None if floor is None else (floor, "real data")))
    return panels


def _steps(run: Run, lines: Sequence[Line]) -> tuple[int, int]:
    """Return the step at which the run began, which is not 0 for a fork, and its newest step."""
    losses = losses_in(lines, run.experiment.record.log_every)
    return losses.spans[0].first - 1 if losses else 0, _newest_step(lines)


def _newest_step(lines: Sequence[Line]) -> int:
    return max((line.event.step for line in lines), default=0)


def _marks(lines: Sequence[Line]) -> list[Mark]:
    from ganarium.plotting.run_figure import Mark

    return [Mark(event.name, _since(event), event.grave) for event in _of(lines, Finding)]


def _since(event: Finding) -> int:
    return event.step if event.since is None else event.since


def _newest(run: Run, lines: Sequence[Line]) -> Image.Image | None:
    """Return the newest image of samples, or of the data, whose file can be read."""
    newest_first = sorted(_of(lines, Sample), key=lambda event: (event.what == "generated", event.step), reverse=True)
    images = (load_png(run.path / SAMPLES / PurePath(event.file).name) for event in newest_first)
    return next((image for image in images if image), None)


def _scores_table(lines: Sequence[Line]) -> Iterator[Html]:
    scored = _of(lines, Scored)
    if scored:
        newest = [event for event in scored if event.step == scored[-1].step]
        rows = [
            (event.name, rounded(event.value), rounded(_margin(event)), rounded(event.floor), event.note)
            for event in newest
        ]
        yield table((f"score at step {scored[-1].step:,}", "value", "± 95 %", "real data", "meaning"), rows)


def _findings_table(lines: Sequence[Line]) -> Iterator[Html]:
    findings = _of(lines, Finding)
    if findings:
        yield table(("finding", "since step", "text"), [(one.name, f"{_since(one):,}", one.text) for one in findings])


def _margin(event: Scored) -> float | None:
    """Return half the width of the 95 % confidence interval, if known."""
    return None if event.error is None else SURE * event.error


def _of(lines: Sequence[Line], type_: type[E]) -> list[E]:
    return [line.event for line in lines if isinstance(line.event, type_)]


def _columns(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [step for step, _ in pairs], [value for _, value in pairs]
