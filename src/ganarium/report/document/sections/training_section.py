"""The course of training: losses, discriminator outputs, gradient norms and scores."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ganarium.report.document.blocks import Block, Paragraph, Picture, Section, Table, number
from ganarium.report.document.curves import curve_svg
from ganarium.report.document.run_view import RunView
from ganarium.report.document.score_names import score_title
from ganarium.runs.curve_panels import (
    events_of,
    gradient_panel,
    histogram_panels,
    loss_panel,
    means_panel,
    score_panels,
)
from ganarium.runs.events import Scored
from ganarium.runs.loss_history import MeanLosses

if TYPE_CHECKING:
    from ganarium.plotting.run_figure import HeatMap, Panel

WIDTH = 660
HISTOGRAMS = ("training.histogram-real", "training.histogram-fake")
MOST_SCORES = 3
OUTPUTS = {"D(x)": "judged.real", "D(G(z))": "judged.fake"}


def training_section(view: RunView) -> Section:
    """Return the table of losses, and the curves."""
    blocks = [*_losses(view), *_curves(view)]
    if view.unreadable_lines:
        blocks.append(Paragraph(view.t("training.log-damaged", n=f"{view.unreadable_lines:,}"), "warning"))
    return Section(view.t("training.title"), blocks)


def _losses(view: RunView) -> Iterator[Block]:
    if view.losses is None:
        return
    rows = [
        (view.t(key, over=over(view, mean)), number(mean.discriminator), number(mean.generator))
        for key, mean in (("training.final", view.losses.final), ("training.tenth", view.losses.mean))
    ]
    head = [view.t(key) for key in ("training.mean", "player.discriminator", "player.generator")]
    yield Table(view.t("training.table"), head, rows, numbers=(1, 2))


def over(view: RunView, mean: MeanLosses) -> str:
    """Return the steps over which losses are averaged as text."""
    return view.t("over.steps", first=f"{mean.first:,}", last=f"{mean.last:,}")


def _curves(view: RunView) -> Iterator[Block]:
    t, lines = view.t, view.lines
    players = [t("player.discriminator"), t("player.generator")]
    losses, gradients = loss_panel(view.run, lines), gradient_panel(lines)
    outputs = means_panel(lines, "", OUTPUTS, (0, 1))
    if losses.curves:
        caption = t("training.losses", every=f"{view.experiment.record.log_every:,}")
        alt = t("training.losses-alt", steps=f"{view.step:,}")
        yield _picture(view, losses, t.sentences(caption, t("training.axis")), alt, players)
    if outputs.curves:
        names = [curve.name for curve in outputs.curves]
        yield _picture(view, outputs, t("training.outputs"), t("training.outputs-alt"), names)
    for key, heat_map in zip(HISTOGRAMS, histogram_panels(lines), strict=False):
        yield _picture(view, heat_map, t(key), t("training.histogram-alt", name=heat_map.label), ())
    if gradients.curves:
        names = [t(f"player.{curve.name}") for curve in gradients.curves]
        yield _picture(view, gradients, t("training.gradients"), t("training.gradients-alt"), names)
    for name, panel in _scores(view):
        title = score_title(name, t)
        yield _picture(view, panel, t("training.score", score=title), t("training.score-alt", score=title), ())
    if not losses.curves:
        yield Paragraph(t("training.none"), "note")


def _scores(view: RunView) -> Iterator[tuple[str, "Panel"]]:
    """Yield the names and panels of the first scores, if they were computed more than once."""
    names = dict.fromkeys(event.name for event in events_of(view.lines, Scored))
    panels = zip(names, score_panels(view.lines), strict=True)
    yield from [(name, panel) for name, panel in panels if len(panel.curves[0].steps) > 1][:MOST_SCORES]


def _picture(
    view: RunView, panel: "Panel | HeatMap", caption: str, alt: str, legend: tuple[str, ...] | list[str]
) -> Picture:
    return Picture(curve_svg(panel, (view.first_step, view.step)), caption, alt, WIDTH, legend)
