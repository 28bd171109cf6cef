"""The figure of a run: curves and heat maps over the training steps, findings on the step axis, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image

from ganarium.plotting.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, PICTURE_WIDTH = 6.6, 4.4  # of the curves and of the picture, in inches
PANEL_HEIGHT, MARK_HEIGHT = 1.75, 0.24  # of a panel with curves, and of a finding's row
SEVERE, MILD, LEVEL = "tab:red", "0.5", "0.55"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")  # Okabe & Ito, for colour-blind readers
STYLES = ("-", (0, (5, 1.5)), (0, (1, 1)), "-.")
FEW = 12  # curves with at most this many points have markers


@dataclass(frozen=True)
class Curve:
    """Values at ascending steps, with optional standard errors."""

    name: str
    steps: Sequence[float]
    values: Sequence[float]
    errors: Sequence[float] | None = None


@dataclass(frozen=True)
class Panel:
    """Curves that share a y-axis.

    level: value and meaning of a dashed line
    limits: lowest and highest value of the axis; by default those of the curves
    """

    label: str
    curves: Sequence[Curve]
    level: tuple[float, str] | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class HeatMap:
    """Histograms on [0, 1] at ascending steps, drawn as the columns of a heat map.

    shares: for each step, the shares of equal bins, the lowest first
    """

    label: str
    steps: Sequence[float]
    shares: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Mark:
    """A finding and the step since which it holds."""

    name: str
    step: float
    severe: bool


def run_figure(
    title: str,
    panels: Sequence[Panel | HeatMap],
    marks: Sequence[Mark],
    picture: Image.Image | None,
    steps: tuple[int, int],
) -> Figure:
    """Return a figure with stacked panels, a row for each finding, and the picture on the right.

    steps: first and last step of the axis
    """
    names = list(dict.fromkeys(mark.name for mark in marks))
    heights = [*[PANEL_HEIGHT] * len(panels), *([MARK_HEIGHT * (len(names) + 1)] if names else [])]
    height = max(0.9 + sum(heights), PICTURE_WIDTH + 0.3 if picture else 0)
    width = WIDTH + (PICTURE_WIDTH if picture else 0)
    figure = new_figure(figsize=(width, height), dpi=100, layout="constrained", facecolor="white")
    if title:
        figure.suptitle(title, fontsize=11, x=0.01, ha="left", parse_math=False)
    columns = figure.add_gridspec(1, 2, width_ratios=(WIDTH, PICTURE_WIDTH)) if picture else figure.add_gridspec(1, 1)
    grid = columns[0].subgridspec(len(heights), 1, height_ratios=heights)
    axes = [figure.add_subplot(grid[0])]
    axes += [figure.add_subplot(grid[row], sharex=axes[0]) for row in range(1, len(heights))]
    for one, panel in zip(axes, panels, strict=False):
        draw(one, panel)
    for one in axes:
        for mark in marks:
            one.axvline(mark.step, color=SEVERE if mark.severe else MILD, linewidth=0.8, alpha=0.5)
        one.tick_params(labelsize=8, labelbottom=one is axes[-1])
    if steps[0] < steps[1]:
        axes[0].set_xlim(steps[0], steps[1] + 0.02 * (steps[1] - steps[0]))
    if names:
        _draw_marks(axes[-1], names, marks)
    axes[-1].set_xlabel("step", fontsize=9)
    axes[-1].locator_params(axis="x", integer=True)
    if picture:
        _show(figure.add_subplot(columns[1]), picture)
    return figure


def draw(axes: Axes, panel: Panel | HeatMap) -> None:
    """Draw a panel with its title and, for curves, a legend."""
    if isinstance(panel, HeatMap):
        draw_heat_map(axes, panel)
    else:
        draw_curves(axes, panel)
        axes.grid(color="0.92")
        if panel.curves:
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2, ncols=3, fontsize=8, frameon=False)
    axes.set_title(panel.label, fontsize=9, loc="left", parse_math=False)
    if not (panel.steps if isinstance(panel, HeatMap) else panel.curves):
        axes.text(0.5, 0.5, "no values yet", transform=axes.transAxes, ha="center", va="center", color=LEVEL)
        axes.set_yticks([])


def draw_heat_map(axes: Axes, panel: HeatMap) -> None:
    """Draw histograms as the columns of a heat map: the darker, the larger the share."""
    if not panel.steps:
        return
    middles = [(a + b) / 2 for a, b in pairwise(panel.steps)]
    first = panel.steps[0] - (middles[0] - panel.steps[0] if middles else 0.5)
    last = panel.steps[-1] + (panel.steps[-1] - middles[-1] if middles else 0.5)
    bins = len(panel.shares[0])
    levels = [number / bins for number in range(bins + 1)]
    columns = [[column[row] for column in panel.shares] for row in range(bins)]
    axes.pcolormesh([first, *middles, last], levels, columns, cmap="Blues", vmin=0, vmax=1, rasterized=True)
    axes.set_ylim(0, 1)


def draw_curves(axes: Axes, panel: Panel) -> None:
    """Draw the curves of a panel in different colours and line styles, and its level."""
    for number, curve in enumerate(panel.curves):
        axes.errorbar(
            curve.steps,
            curve.values,
            curve.errors,
            label=curve.name,
            linewidth=1.2,
            color=COLOURS[number % len(COLOURS)],
            linestyle=STYLES[number % len(STYLES)],
            marker="o" if len(curve.steps) <= FEW else "",
            markersize=3,
        )
    if panel.level:
        axes.axhline(panel.level[0], color=LEVEL, linewidth=1, linestyle="--", label=panel.level[1])
    if panel.limits:
        axes.set_ylim(*panel.limits)


def _draw_marks(axes: Axes, names: Sequence[str], marks: Sequence[Mark]) -> None:
    """Draw a row for each finding: a point at its step and its name next to it, on the side that has more space."""
    low, high = axes.get_xlim()
    for mark in marks:
        row, colour = names.index(mark.name), SEVERE if mark.severe else MILD
        left = mark.step > (low + high) / 2
        axes.plot(mark.step, row, "o", color=colour, markersize=4, clip_on=False)
        axes.annotate(
            mark.name,
            (mark.step, row),
            xytext=(-6 if left else 6, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8,
            color=colour,
            parse_math=False,
        )
    axes.set(ylim=(len(names) - 0.4, -0.6), yticks=[])
    axes.set_xlim(low, high)
    axes.set_title("findings", fontsize=9, loc="left")


def _show(axes: Axes, picture: Image.Image) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
    axes.set_anchor("N")
    axes.set_axis_off()
