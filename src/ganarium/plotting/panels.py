"""Titled pictures side by side."""

from collections.abc import Mapping
from math import ceil
from textwrap import wrap

from PIL import Image

from ganarium.plotting.figures import drawn, new_figure

COLUMNS, SIDE, LETTERS = 3, 4.2, 44  # columns, side of a panel in inches, characters in a line of its title


def panels(pictures: Mapping[str, Image.Image]) -> Image.Image:
    """Arrange pictures row by row, in their order, each under its name."""
    columns = min(COLUMNS, len(pictures))
    rows = ceil(len(pictures) / columns)
    figure = new_figure(figsize=(SIDE * columns, (SIDE + 0.5) * rows), dpi=100, layout="constrained")
    for number, (name, picture) in enumerate(pictures.items(), 1):
        axes = figure.add_subplot(rows, columns, number)
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="none")
        axes.set_title("\n".join(wrap(name, LETTERS)), fontsize=9)
        axes.set_axis_off()
    return drawn(figure)
