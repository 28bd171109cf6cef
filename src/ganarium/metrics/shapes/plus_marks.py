"""Detection of plus-shaped marks: their number and positions, and whether each is complete and separate."""

import numpy as np

from ganarium.metrics.shapes.base import Bools, Bytes, ShapeReading, ink_and_grey, levels, listed, reading_with

MOST = 9  # largest number of marks
PLUS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))  # (row, column) of a mark's pixels, relative to its middle


def read(images: Bytes) -> ShapeReading:
    """Detect and measure the plus-shaped marks in images, uint8 [n, 1, H, W].

    Faults: `grey`, a pixel is neither ink nor paper; `broken`, some ink is in no complete mark; `touching`, two marks
    touch; `many`, there are more than nine marks.
    Values: `count` [n]; `x` and `y` [n, 9], the centres of the marks in pixels, row by row.
    """
    pictures = levels(images)
    n = len(pictures)
    ink, grey = ink_and_grey(pictures)
    middles = np.logical_and.reduce([moved(ink, down, right) for down, right in PLUS])
    marks = np.logical_or.reduce([moved(middles, down, right) for down, right in PLUS])
    picture, row, column = np.nonzero(middles)
    count = np.bincount(picture, minlength=n)
    return reading_with(
        {"grey": grey, "broken": (ink != marks).any(axis=(1, 2)), "touching": touching(middles), "many": count > MOST},
        {
            "count": count,
            "x": listed(picture, column.astype(float), n, MOST),
            "y": listed(picture, row.astype(float), n, MOST),
        },
    )


def touching(middles: Bools) -> Bools:
    """Return a mask of images in which two marks touch or overlap, [n], from the centres of the marks, [n, H, W].

    Two marks are separated by an empty pixel, also diagonally, if (|dx| − 1)⁺ + (|dy| − 1)⁺ > 2.
    """
    near = [
        (down, right)
        for down in range(4)
        for right in range(-3, 4)
        if (down, right) > (0, 0) and max(down - 1, 0) + max(abs(right) - 1, 0) <= 2
    ]
    found: Bools = np.any([(middles & moved(middles, *apart)).any(axis=(1, 2)) for apart in near], axis=0)
    return found


def moved(cells: Bools, down: int, right: int) -> Bools:
    """Return cells [n, H, W] shifted by the given numbers of pixels, with empty cells at the edges."""
    height, width = cells.shape[1:]
    shifted: Bools = np.zeros_like(cells)
    to_y, to_x = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    from_y, from_x = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
    shifted[:, to_y, to_x] = cells[:, from_y, from_x]
    return shifted
