"""Matplotlib figures rendered to pixels without a window: curves, comparisons, panels and point clouds."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3
PANEL_SIDE, TITLE_WIDTH = 4.2, 44  # side of a panel in inches, characters per line of a panel title

Points = NDArray[np.floating]


def new_figure(**options: Any) -> Figure:
    """Return a new matplotlib figure.

    matplotlib is imported here because the import takes half a second and grids of images do not need matplotlib.
    """
    import_matplotlib()
    from ganarium.plotting.notebook_figure import NotebookFigure

    return NotebookFigure(**options)


def import_matplotlib() -> None:
    """Import matplotlib even if $MPLBACKEND names a backend that is not installed.

    Processes started from a notebook inherit this variable.
    """
    if "matplotlib" in sys.modules:
        return
    inherited = os.environ.pop("MPLBACKEND", None)
    try:
        from matplotlib import rcParams
    finally:
        if inherited is not None:
            os.environ["MPLBACKEND"] = inherited
    if inherited:
        with suppress(ValueError):
            rcParams["backend"] = inherited


def rendered(figure: Figure) -> Image.Image:
    """Render a figure to an RGB image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    with catch_warnings():
        filterwarnings("ignore", "Glyph .* missing from font")  # names may be in any script
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())


def curves(steps: Sequence[int], values: Mapping[str, Sequence[float]], title: str, label: str) -> Image.Image:
    """Plot named curves over the same training steps; `label` is the label of the y-axis."""
    figure = new_figure(figsize=(7.2, 4.2), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    for name, numbers in values.items():
        axes.plot(steps, numbers, linewidth=1, marker="." if len(steps) == 1 else "", label=name)
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(title, fontsize=10)
    axes.grid(color="0.9")
    axes.legend()
    return rendered(figure)


def comparison(scores: Mapping[str, tuple[float | None, Mapping[str, Sequence[float]]]]) -> Image.Image:
    """Draw one panel per score, with the score of real samples and the values of each group of runs.

    Dots are runs, bars are means of groups, and dashed lines are the scores of real samples.
    """
    rows = ceil(len(scores) / COLUMNS)
    groups = next(iter(scores.values()))[1]
    height = 0.8 + 0.35 * len(groups)
    figure = new_figure(figsize=(4.2 * COLUMNS, height * rows), dpi=100, layout="constrained")
    for number, (name, (floor, values)) in enumerate(scores.items(), 1):
        axes = figure.add_subplot(rows, COLUMNS, number)
        for place, some in enumerate(values.values()):
            axes.plot(some, [place] * len(some), "o", color=f"C{place}", alpha=0.7, markersize=5)
            axes.plot([sum(some) / len(some)] * 2, [place - 0.3, place + 0.3], "-", color=f"C{place}")
        if floor is not None:
            axes.axvline(floor, color="0.6", linewidth=1, linestyle="--")
        names = list(values) if number % COLUMNS == 1 else [""] * len(values)
        axes.set_yticks(range(len(values)), names, fontsize=8, parse_math=False)
        axes.set_title(name, fontsize=9, parse_math=False)
        axes.invert_yaxis()
    return rendered(figure)


def panels(images: Mapping[str, Image.Image]) -> Image.Image:
    """Arrange images row by row, with their names as titles."""
    columns = min(COLUMNS, len(images))
    rows = ceil(len(images) / columns)
    figure = new_figure(figsize=(PANEL_SIDE * columns, (PANEL_SIDE + 0.5) * rows), dpi=100, layout="constrained")
    for number, (name, image) in enumerate(images.items(), 1):
        axes = figure.add_subplot(rows, columns, number)
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")
        axes.set_title("\n".join(wrap(name, TITLE_WIDTH)), fontsize=9, parse_math=False)
        axes.set_axis_off()
    return rendered(figure)


def cloud(
    points: Points, behind: Points | None = None, extent: float | None = None, axis_labels: Sequence[str] = ()
) -> Image.Image:
    """Draw points [n, 2] (or a histogram of [n, 1]) in front of a paler reference cloud.

    `extent` is the half-width of the visible plane; if None, all points are visible.
    """
    figure = new_figure(figsize=(4.8, 4.8), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    for cloud_nd, colour, size in ((behind, "0.78", 6.0), (points, "tab:blue", 3.0)):
        if cloud_nd is None:
            continue
        if cloud_nd.shape[1] == 1:
            axes.hist(cloud_nd[:, 0], bins=60, density=True, color=colour, alpha=0.7)
        else:
            axes.scatter(cloud_nd[:, 0], cloud_nd[:, 1], s=size, color=colour, linewidths=0)
    if extent and points.shape[1] == 2:
        axes.set(xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal")
    elif extent:
        axes.set(xlim=(-extent, extent))
    if axis_labels:
        axes.set(xlabel=axis_labels[0], ylabel=axis_labels[1])
    return rendered(figure)
