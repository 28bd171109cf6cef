"""A run as a figure and as HTML, from its files: for running, finished and crashed runs alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ganarium.config.overrides import flatten, plain
from ganarium.core.errors import UnknownNameError, UsageError
from ganarium.core.escape import listed
from ganarium.core.html import Html, element, folded, picture, rounded, stack, table
from ganarium.plotting.images import load_png, png
from ganarium.runs.curve_panels import LEAD, columns, gradient_panel, histogram_panels, loss_panel, margin, score_panels
from ganarium.runs.curve_panels import events_of as _of
from ganarium.runs.directory import SAMPLES, Run
from ganarium.runs.events import Finding, Line, Sample, Scored, Span, stop_reason
from ganarium.runs.loss_history import losses_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

    from ganarium.plotting.run_figure import HeatMap, Mark, Panel

MOST_SCORES, MOST_DRAWN = 2, 4  # scores with a panel, beside other panels and in `curves_of`
WHAT = ("losses", "scores", "histograms", "gradients")  # panels of `curves_of`, in this order


def figure_of(run: Run, lines: Sequence[Line] | None = None) -> Figure:
    """Plot the losses, lead, scores and findings over the steps, and the newest image of samples.

    lines: the lines of the log, if they were already read
    """
    from ganarium.plotting.run_figure import run_figure

    lines = run.events() if lines is None else lines
    title = f"{run.path.name}: {status(run, lines)}"
    return run_figure(title, _panels(run, lines), _marks(lines), _newest(run, lines), _steps(run, lines))


def curves_of(run: Run, what: Sequence[str] = WHAT) -> Figure:
    """Plot chosen curves over the steps, without a title, findings and samples, as for a paper.

    what: any of "losses", "scores", "histograms" (of D(x) and D(G(z))) and "gradients" (norms)

    Raises `UnknownNameError` for another name, and `UsageError` if the run has recorded none of the chosen curves.
    """
    from ganarium.plotting.run_figure import run_figure

    if isinstance(what, str):
        what = (what,)
    for name in what:
        if name not in WHAT:
            raise UnknownNameError("curves", str(name), WHAT)
    lines = run.events()
    losses, gradients = loss_panel(run, lines), gradient_panel(lines)
    found: dict[str, Sequence[Panel | HeatMap]] = {
        "losses": [losses] if losses.curves else [],
        "scores": score_panels(lines)[:MOST_DRAWN],
        "histograms": histogram_panels(lines),
        "gradients": [gradients] if gradients.curves else [],
    }
    panels = [panel for name in WHAT if name in what for panel in found[name]]
    if not panels:
        raise UsageError(
            f"{run} has recorded no {listed(sorted(set(what)))} yet; train it longer, or choose other curves"
        )
    return run_figure("", panels, (), None, _steps(run, lines))


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
    panels = [loss_panel(run, lines)]
    leads = [(event.step, event.means[LEAD]) for event in _of(lines, Span) if LEAD in event.means]
    if leads:
        from ganarium.plotting.run_figure import Curve, Panel

        curve = Curve("real samples with the higher logit", *columns(leads))
        panels.append(Panel("lead", [curve], (0.5, "neither player leads"), (0, 1.03)))
    return [*panels, *score_panels(lines)[:MOST_SCORES]]


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
            (event.name, rounded(event.value), rounded(margin(event)), rounded(event.floor), event.note)
            for event in newest
        ]
        yield table((f"score at step {scored[-1].step:,}", "value", "± 95 %", "real data", "meaning"), rows)


def _findings_table(lines: Sequence[Line]) -> Iterator[Html]:
    findings = _of(lines, Finding)
    if findings:
        yield table(("finding", "since step", "text"), [(one.name, f"{_since(one):,}", one.text) for one in findings])
