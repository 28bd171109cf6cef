"""Curves of a run as SVG files without any words, so that no font is needed; legends and captions are text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from ganarium.plotting.figures import new_figure
from ganarium.report.document.pictures import spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ganarium.plotting.run_figure import Curve, HeatMap, Panel

SIZE = (6.6, 2.1)  # inches
AXES = (0.085, 0.13, 0.905, 0.84)  # left, bottom, width and height, as shares of the figure
MOST_POINTS = 600  # of a curve
MOST_COLUMNS = 200  # of a heat map


def curve_svg(panel: Panel | HeatMap, steps: tuple[int, int]) -> bytes:
    """Return a panel as an SVG file, with numbers on its axes and no other text.

    steps: first and last step of the horizontal axis
    """
    from ganarium.plotting.run_figure import HeatMap, draw_curves, draw_heat_map

    figure = new_figure(figsize=SIZE, facecolor="white")
    axes = figure.add_axes(AXES)  # a computed layout would take three times as long
    if isinstance(panel, HeatMap):
        draw_heat_map(axes, _thinned_map(panel))
    else:
        draw_curves(axes, replace(panel, curves=[_thinned(curve) for curve in panel.curves]))
        axes.grid(color="0.92")
    axes.tick_params(labelsize=8)
    axes.locator_params(axis="x", integer=True)
    axes.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if steps[0] < steps[1]:
        axes.set_xlim(*steps)
    return figure_file(figure, "svg")


def figure_file(figure: Figure, kind: str) -> bytes:
    """Return a figure as a png, svg or pdf file, which depends on nothing but the figure."""
    from matplotlib import rc_context

    nothing = {"svg": ("Date", "Creator"), "pdf": ("CreationDate", "Creator", "Producer"), "png": ("Software",)}
    buffer = BytesIO()
    with (
        rc_context({"svg.hashsalt": "ganarium", "svg.fonttype": "path", "pdf.fonttype": 42}),
        catch_warnings(),
    ):
        filterwarnings("ignore", "Glyph .* missing from font")  # names may be in any script
        figure.savefig(buffer, format=kind, dpi=200, metadata=dict.fromkeys(nothing[kind]))
    return buffer.getvalue()


def _thinned(curve: Curve) -> Curve:
    chosen = spread(len(curve.steps), MOST_POINTS)
    errors = None if curve.errors is None else [curve.errors[i] for i in chosen]
    return replace(curve, steps=_at(curve.steps, chosen), values=_at(curve.values, chosen), errors=errors)


def _thinned_map(panel: HeatMap) -> HeatMap:
    chosen = spread(len(panel.steps), MOST_COLUMNS)
    return replace(panel, steps=_at(panel.steps, chosen), shares=[panel.shares[i] for i in chosen])


def _at(values: Sequence[float], chosen: Sequence[int]) -> list[float]:
    return [values[i] for i in chosen]
