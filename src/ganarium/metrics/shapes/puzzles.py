"""Detection of two puzzle pieces: whether moving one piece completes a rectangle, and the rectangle's size."""

from dataclasses import dataclass

import numpy as np
import scipy

from ganarium.metrics.shapes.base import Bools, Bytes, Ints, ShapeReading, ink_and_grey, levels, reading_with

GAP = 2  # smallest number of empty pixels between the pieces in every direction
SIDES = (0.4, 0.6)  # the rectangle's sides divided by the image size
TOUCHING = np.zeros((3, 3, 3), bool)  # neighbours within one image, including diagonals
TOUCHING[1] = True
WAYS = ((True, False), (True, True), (False, False), (False, True))  # (upright, whether the pieces are exchanged)


def read(images: Bytes) -> ShapeReading:
    """Detect and measure the puzzle in each image, uint8 [n, 1, H, W].

    Faults: `grey`, a pixel is neither ink nor paper; `pieces`, there are not exactly two pieces; `misfit`, moving one
    piece does not complete a rectangle; `near`, fewer than two empty pixels separate the pieces; `size`, the rectangle
    is outside the data set's range.
    Values, [n]: `upright`, 1 if the cut runs from top to bottom, 0 if from left to right; in pixels, `x`, `y`, `width`
    and `height` of the rectangle that contains the first piece in place, and the displacement of the second piece,
    `right` and `down`; `share`, the first piece's share of the rectangle.
    """
    pictures = levels(images)
    ink, grey = ink_and_grey(pictures)
    label, two = labelled(ink)
    across, down = [[rows(label == k) for k in (1, 2)] for label in (label, label.transpose(0, 2, 1))]
    pairs = [(across if upright else down)[:: -1 if swapped else 1] for upright, swapped in WAYS]
    fits = np.array([fitting(one, other) for one, other in pairs])
    boxes = np.array([box(one, other) for one, other in pairs])  # [ways, 7, n]
    sized = fits & in_size(boxes[:, 2:4], pictures.shape[-1])
    way = (fits.astype(np.int64) + sized).argmax(axis=0)  # side-by-side squares could also be stacked
    each = np.arange(len(label))
    upright = np.array([upright for upright, _ in WAYS])[way]
    x, y, width, height, right, lower, share = boxes[way, :, each].T
    return reading_with(
        {
            "grey": grey,
            "pieces": ~two,
            "misfit": ~fits[way, each],
            "near": ~apart(label),
            "size": ~sized[way, each],
        },
        {
            "upright": upright.astype(np.int64),
            "x": np.where(upright, x, y),
            "y": np.where(upright, y, x),
            "width": np.where(upright, width, height),
            "height": np.where(upright, height, width),
            "right": np.where(upright, right, lower),
            "down": np.where(upright, lower, right),
            "share": share,
        },
    )


def labelled(ink: Bools) -> tuple[Ints, Bools]:
    """Return piece numbers from 1, with 0 elsewhere, [n, H, W], and a mask of images with exactly two pieces, [n]."""
    label, _ = scipy.ndimage.label(ink, TOUCHING)
    last = np.maximum.accumulate(label.max(axis=(1, 2)))
    before = np.concatenate([[0], last])[:-1]
    return np.where(ink, label - before[:, None, None], 0), last - before == 2


def apart(label: Ints) -> Bools:
    """Return whether at least GAP empty pixels separate pieces 1 and 2 in every direction: [n]."""
    wide = 2 * GAP + 1
    near = scipy.ndimage.maximum_filter((label == 1).view(np.uint8), (1, wide, wide), mode="constant")
    return np.asarray(~np.any((near > 0) & (label == 2), axis=(1, 2)))


@dataclass(frozen=True)
class PieceRows:
    """The rows of one piece in each image, from top to bottom: start and length of each run of pixels.

    top, height, start, end: [n], first row, number of rows, start of the leftmost run and end of the rightmost run;
    length: [n, H], run length of each row, 0 past the last row; whole: [n], whether every row is one run;
    flush: [2, n], whether all runs begin at `start`, and whether all end at `end`
    """

    top: Ints
    height: Ints
    start: Ints
    end: Ints
    length: Ints
    whole: Bools
    flush: Bools


def rows(piece: Bools) -> PieceRows:
    """Return the rows of one piece in each image, given by masks [n, H, W]."""
    high, wide = piece.shape[1:]
    length = piece.sum(axis=2)
    inked = length > 0
    first, last = piece.argmax(axis=2), wide - piece[..., ::-1].argmax(axis=2)
    top, height = inked.argmax(axis=1), inked.sum(axis=1)
    bottom = high - inked[:, ::-1].argmax(axis=1)
    start, end = np.where(inked, first, wide).min(axis=1), np.where(inked, last, 0).max(axis=1)
    whole = (~inked | (last - first == length)).all(axis=1) & (bottom - top == height)
    flush = [(~inked | (edge == value[:, None])).all(axis=1) for edge, value in ((first, start), (last, end))]
    from_top = (top[:, None] + np.arange(high)) % high
    return PieceRows(top, height, start, end, np.take_along_axis(length, from_top, axis=1), whole, np.array(flush))


def fitting(one: PieceRows, other: PieceRows) -> Bools:
    """Return whether two pieces form a rectangle, with `other` on the right and not displaced to the left: [n]."""
    both = one.length + other.length
    width = both[:, 0]
    even = ((both == width[:, None]) | (both == 0)).all(axis=1)
    straight = one.flush[0] & other.flush[1] & one.whole & other.whole
    return np.asarray((one.height == other.height) & straight & even & (other.end >= one.start + width))


def box(one: PieceRows, other: PieceRows) -> tuple[np.ndarray, ...]:
    """Return (x, y, width, height, right, down, share) of fitting pieces, for a cut from top to bottom: [n] each."""
    width = (one.length + other.length)[:, 0]
    share = one.length.sum(axis=1) / np.maximum(width * one.height, 1)
    return one.start, one.top, width, one.height, other.end - one.start - width, other.top - one.top, share


def in_size(sides: np.ndarray, size: int) -> Bools:
    """Return whether width and height [..., 2, n] are in the data set's range."""
    least, most = int(np.ceil(SIDES[0] * size)), int(SIDES[1] * size)
    return np.asarray(((sides >= least) & (sides <= most)).all(axis=-2))
