"""Plots of scores of groups of trainings: a dot for each training, a bar for each mean, a line for real samples."""

from collections.abc import Mapping, Sequence
from math import ceil

from PIL import Image

from ganarium.plotting.figures import drawn, new_figure

COLUMNS = 3


def comparison(panels: Mapping[str, tuple[float | None, Mapping[str, Sequence[float]]]]) -> Image.Image:
    """Draw one panel for each score by name: the score of real samples, and the values of each group."""
    rows = ceil(len(panels) / COLUMNS)
    groups = next(iter(panels.values()))[1]
    height = 0.8 + 0.35 * len(groups)
    figure = new_figure(figsize=(4.2 * COLUMNS, height * rows), dpi=100, layout="constrained")
    for number, (name, (floor, values)) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(rows, COLUMNS, number)
        for place, some in enumerate(values.values()):
            axes.plot(some, [place] * len(some), "o", color=f"C{place}", alpha=0.7, markersize=5)
            axes.plot([sum(some) / len(some)] * 2, [place - 0.3, place + 0.3], "-", color=f"C{place}")
        if floor is not None:
            axes.axvline(floor, color="0.6", linewidth=1, linestyle="--")
        axes.set_yticks(range(len(values)), list(values) if number % COLUMNS == 1 else [""] * len(values), fontsize=8)
        axes.set_title(name, fontsize=9)
        axes.invert_yaxis()
    return drawn(figure)
