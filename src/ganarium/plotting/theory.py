"""PNG plots of the orbits of toy games, and of two densities with the optimal discriminator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganarium.plotting.figures import new_figure, rendered
from ganarium.plotting.images import png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]

ACROSS = 4  # panels in a row
MOST = 4000  # maximum number of points drawn per orbit
COLOURS = 128  # number of colours; reduces the file size to a third
LEAST = 1e-16  # lower limit of distances on the logarithmic axis
SEEN = 1e-7  # fraction of the maximum density below which nothing is drawn


def orbits(paths: Mapping[str, Numbers], players: tuple[str, str] = ("θ", "ψ")) -> bytes:
    """Draw named orbits [n, 2], one per panel, and their distances from 0 in a panel below.

    The start is marked in green, the end in red.
    """
    rows = -(-len(paths) // ACROSS)
    across = -(-len(paths) // rows)
    figure = new_figure(figsize=(2.5 * across + 0.4, 2.6 * rows + 2.4), dpi=90, layout="constrained")
    places = figure.add_gridspec(rows + 1, across, height_ratios=[*[2.6] * rows, 2.2])
    below = figure.add_subplot(places[rows, :])
    for i, (name, path) in enumerate(paths.items()):
        _panel(figure.add_subplot(places[divmod(i, across)]), name, path, players, f"C{i}")
        steps, thin = np.arange(len(path)), slice(None, None, -(-len(path) // MOST))
        below.plot(steps[thin], np.hypot(*path[thin].T).clip(LEAST), color=f"C{i}", linewidth=1.2)
    below.set(yscale="log", xlabel="step", ylabel="distance from 0")
    return _png(figure)


def _panel(axes: Axes, name: str, path: Numbers, players: tuple[str, str], colour: str) -> None:
    shown = path[:: -(-len(path) // MOST)]
    axes.plot(shown[:, 0], shown[:, 1], color=colour, linewidth=0.8)
    axes.plot(*path[0], "o", color="tab:green", markersize=5)
    axes.plot(*path[-1], "s", color="tab:red", markersize=4)
    axes.plot(0, 0, "+", color="0.3")
    reach = 1.08 * max(float(np.abs(shown).max()), 1e-3)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel=players[0], ylabel=players[1])
    axes.set_title(name, fontsize=8, color=colour)
    axes.tick_params(labelsize=7)


def densities(
    x: Numbers,
    laws: tuple[Numbers, Numbers],
    answers: tuple[Numbers, Numbers],
    called: str,
    rows: Sequence[Sequence[str]],
) -> bytes:
    """Draw the densities of data and model, the outputs of the optimal and the trained discriminator, and a table.

    laws: densities of data and model at x, each [k]
    answers: outputs of the optimal and the trained discriminator at x, each [k]
    called: label of the axis of the outputs
    rows: rows of the table, the header first
    """
    figure = new_figure(figsize=(7.6, 6.6), dpi=90, layout="constrained")
    above, middle, below = figure.subplots(3, 1, height_ratios=[2, 2, 0.34 * len(rows)])
    both = laws[0] + laws[1]
    seen = both > SEEN * both.max()
    for law, name, colour in zip(laws, ("data p", "model q"), ("tab:blue", "tab:orange"), strict=True):
        above.fill_between(x[seen], law[seen], color=colour, alpha=0.35, label=name)
    middle.plot(x[seen], answers[0][seen], color="0.25", linewidth=3.5, alpha=0.4, label="optimal, closed form")
    middle.plot(x[seen], answers[1][seen], color="tab:red", linewidth=1.1, label="trained table")
    middle.set(xlabel="x", ylabel=called, xlim=above.get_xlim())
    for axes in (above, middle):
        axes.legend(fontsize=8)
        axes.tick_params(labelsize=8)
    below.axis("off")
    table = below.table(cellText=[list(row) for row in rows[1:]], colLabels=list(rows[0]), loc="center")
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    return png(rendered(figure).quantize(COLOURS))
