"""Plots of points in the plane or on the line."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganarium.plotting.figures import drawn, new_figure

Points = NDArray[np.floating]


def cloud(points: Points, behind: Points | None = None, extent: float | None = None) -> Image.Image:
    """Draw points [n, 2] (or a histogram of [n, 1]) in front of a paler reference cloud.

    `extent` is the half-width of the visible plane; without it, all points are visible.
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
    return drawn(figure)
