"""Rasterization of filled polygons to greyscale images by pixel coverage."""

import numpy as np

from ganarium.data.synthetic.base import Bytes, Floats, Ints

SCANLINES = 4  # scanlines per row of pixels; along a scanline, coverage is exact


def fill(vertices: Floats, picture: Ints, pictures: int, size: int) -> Bytes:
    """Rasterize simple polygons to greyscale images; the values of overlapping polygons add up to at most 255.

    vertices: [m, v, 2], x and y in pixels inside the image, ordered from x towards y
    picture: [m], index of the image that contains each polygon
    returns uint8 [pictures, size, size]
    """
    start, end = vertices.reshape(-1, 2), np.roll(vertices, -1, axis=1).reshape(-1, 2)  # one row per edge
    rise = end[:, 1] - start[:, 1]
    slope = np.divide(end[:, 0] - start[:, 0], rise, out=np.zeros_like(rise), where=rise != 0)
    # Scanline s lies at height (s + ½) / SCANLINES; an edge crosses scanlines first … last − 1.
    first, last = np.ceil(np.sort([start[:, 1], end[:, 1]], axis=0) * SCANLINES - 0.5).astype(np.int64)
    crossed = last - first
    sign = np.sign(-rise) / SCANLINES  # upward edges open the polygon, downward edges close it
    top = np.repeat(picture, vertices.shape[1]) * size

    # The following arrays have one row per crossing.
    edge = np.repeat(np.arange(len(start)), crossed)
    scanline = np.arange(len(edge)) + (first - np.cumsum(crossed) + crossed)[edge]
    x = start[edge, 0] + slope[edge] * ((scanline + 0.5) / SCANLINES - start[edge, 1])
    column = x.astype(np.int64)
    cell = (top[edge] + scanline // SCANLINES) * size + column

    # A crossing adds ink to everything on its right: to the rest of its own pixel and to all following pixels, by a
    # cumulative sum of steps. The crossings of each scanline cancel, so one sum can run over all rows of all images.
    ink = sign[edge]
    cells = pictures * size * size
    spill = np.bincount(cell, ink * (x - column), cells)
    steps = np.bincount(cell, ink, cells) - spill
    steps[1:] += spill[:-1]
    coverage = np.clip(np.cumsum(steps, out=steps), 0, 1, out=steps)
    grey: Bytes = np.rint(coverage * 255).astype(np.uint8).reshape(pictures, size, size)
    return grey
