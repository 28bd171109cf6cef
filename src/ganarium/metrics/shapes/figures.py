"""Detection of one filled, coloured figure per image: kind, size, position, colour and background colour."""

import numpy as np
import scipy

from ganarium.metrics.shapes.base import Bytes, Floats, ShapeReading, joined, levels, reading_with, worst_patch
from ganarium.metrics.shapes.outline_fits import Candidates, find
from ganarium.metrics.shapes.outlines import polygon_inner

CIRCLE, STARS = 6, 7  # kinds of the circle and of the first star
POINTS = np.array([3, 4, 5, 6, 7, 8, 0, 4, 5, 6])  # number of outer corners of each kind
RADII = (14 / 64, 26 / 64)  # circumradius divided by the image size
INNER = (0.4, 0.55)  # distance of a star's inner corners from the centre, divided by the circumradius
APART = 96.0  # smallest contrast of a figure with the background
LUMINANCE = np.array([0.299, 0.587, 0.114])  # weights of red, green and blue in luminance (ITU-R BT.601)
SLACK = 0.8  # pixels of tolerated error in a radius or position: sharp tips of stars read slightly short
SHARE = 0.04  # tolerated error in a star's inner share
NEAR = 6.0  # levels of tolerated error in the contrast
UNEVEN = 0.25  # pixels: largest deviation from the ideal outline, averaged over five of its 96 rays
PATCH = 0.15  # largest mean deviation of 3×3 pixels from the figure read; 1 is from background to figure
HUE = 24.0  # levels: largest mean deviation of 3×3 pixels from all mixtures of figure and background colour
CHANNELS = ("red", "green", "blue")
BATCH = 64  # images read at once, few enough to fit the processor's cache

SHARES = np.arange(0.35, 0.61, 0.05)  # inner shares of the stars that are compared first
KIND = np.array([*range(CIRCLE + 1), *np.repeat(np.arange(STARS, len(POINTS)), len(SHARES))])
STAR = KIND >= STARS
KINDS = Candidates(
    POINTS[KIND],
    np.where(STAR, np.concatenate([np.ones(CIRCLE + 1), np.tile(SHARES, 3)]), polygon_inner(POINTS[KIND])),
    STAR,
)


def read(images: Bytes) -> ShapeReading:
    """Detect and measure the figure in each image, uint8 [n, 3, H, W].

    Faults: `pale`, the contrast of figure and background is too small; `uneven`, the outline matches no figure;
    `stray`, pixels differ from the figure read or have a third colour; `size`, the circumradius or the inner corners
    are outside the data set's range; `cut`, the figure extends beyond the image.
    Values, [n]: `kind`; in pixels, `x` and `y` of the centre, `radius`, the distance of the outer corners from the
    centre, and `uneven`, the largest distance between the outline and the ideal one; `inner`, the distance of a star's
    inner corners from the centre divided by the radius, NaN for other kinds; `contrast`; and, from 0 to 255, `red`,
    `green` and `blue` of the figure and `ground red`, `ground green` and `ground blue` of the background.
    """
    pictures = levels(images, 3)
    return joined([_read(pictures[start : start + BATCH]) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(images: Bytes) -> ShapeReading:
    size = images.shape[-1]
    pictures = images.astype(np.float64)
    colour, ground = colours(pictures)
    ink, tint = unmixed(pictures, colour, ground)
    seen = find(ink, KINDS)
    kind, star = KIND[seen.kind], STAR[seen.kind]
    x, y, radius, _, inner = seen.outlines.T
    contrast = np.sqrt((colour - ground) ** 2 @ LUMINANCE)
    smallest, largest = (share * size for share in RADII)
    beyond = np.maximum(np.abs(x - size / 2), np.abs(y - size / 2)) + radius - size / 2
    odd = star & ((inner < INNER[0] - SHARE) | (inner > INNER[1] + SHARE))
    return reading_with(
        {
            "pale": contrast < APART - NEAR,
            "uneven": seen.uneven > UNEVEN,
            "stray": (seen.wrong > PATCH) | (tint > HUE),
            "size": (radius < smallest - SLACK) | (radius > largest + SLACK) | odd,
            "cut": beyond > SLACK,
        },
        {
            "kind": kind,
            "x": x,
            "y": y,
            "radius": radius,
            "inner": np.where(star, inner, np.nan),
            "uneven": seen.uneven,
            "contrast": contrast,
            **dict(zip(CHANNELS, colour.T, strict=True)),
            **{f"ground {name}": level for name, level in zip(CHANNELS, ground.T, strict=True)},
        },
    )


def colours(pictures: Floats) -> tuple[Floats, Floats]:
    """Return the colours of the figure and of the background, each [n, 3], in images [n, 3, H, W].

    The background colour is the median along the image edge, little of which a figure hides. The figure's colour is the
    mean of the pixels that, together with all eight neighbours, differ strongly from the background.
    """
    edge = [pictures[:, :, 0], pictures[:, :, -1], pictures[:, :, 1:-1, 0], pictures[:, :, 1:-1, -1]]
    ground = np.median(np.concatenate(edge, axis=2), axis=2)
    square = np.einsum("nchw,c->nhw", (pictures - ground[:, :, None, None]) ** 2, LUMINANCE)
    sure = scipy.ndimage.minimum_filter(square, (0, 3, 3), mode="nearest")
    weight = sure >= 0.6 * sure.max(axis=(1, 2), keepdims=True)
    share = weight / np.maximum(weight.sum(axis=(1, 2), keepdims=True), 1)
    colour = np.einsum("nchw,nhw->nc", pictures, share)
    return colour, ground


def unmixed(pictures: Floats, colour: Floats, ground: Floats) -> tuple[Floats, Floats]:
    """Return the figure's share of each pixel [n, H, W], and the largest distance from a mixture of both colours [n].

    The distance is a mean over 3×3 pixels.
    """
    way = colour - ground
    square = np.maximum((way**2).sum(axis=1), 1)
    off = pictures - ground[:, :, None, None]
    ink = np.einsum("nchw,nc->nhw", off, way / square[:, None])
    rest = off - ink[:, None] * way[:, :, None, None]
    worst = [worst_patch(rest[:, channel]) for channel in range(3)]
    return np.clip(ink, -0.5, 1.5), np.max(worst, axis=0)
