"""Reads one filled figure in colour: which, how large, where, in which colour on which ground."""

import numpy as np
from scipy import ndimage

from ganarium.metrics.shapes.outline_fits import Kinds, find
from ganarium.metrics.shapes.outlines import polygon_inner
from ganarium.metrics.shapes.reading import Bytes, Floats, Reading, joined, judged, levels
from ganarium.metrics.shapes.residue import worst_patch

CIRCLE, STARS = 6, 7  # kinds: the circle's, and the first star's
POINTS = np.array([3, 4, 5, 6, 7, 8, 0, 4, 5, 6])  # outermost corners of each kind
RADII = (14 / 64, 26 / 64)  # circumradius over the picture's size
INNER = (0.4, 0.55)  # where a star's inner corners lie, over its circumradius
APART = 96.0  # contrast of a figure with its ground, at least
EYE = np.array([0.299, 0.587, 0.114])  # how much red, green and blue count for brightness (ITU-R BT.601)
SLACK = 0.8  # pixels by which a radius or a place may be read wrong: sharp tips of stars are read a little short
SHARE = 0.04  # by which a star's inner share may be read wrong
NEAR = 6.0  # levels by which the contrast may be read wrong
UNEVEN = 0.25  # pixels by which the outline may lie off the kind's, over five of its 96 rays
PATCH = 0.15  # of the way from ground to colour: how far 3×3 pixels may lie, on average, from what was read
HUE = 24.0  # levels by which 3×3 pixels may lie, on average, off all mixtures of colour and ground
CHANNELS = ("red", "green", "blue")
BATCH = 64  # pictures read together, few enough to stay in the processor's cache

SHARES = np.arange(0.35, 0.61, 0.05)  # of inner corners that a star is first compared with
KIND = np.array([*range(CIRCLE + 1), *np.repeat(np.arange(STARS, len(POINTS)), len(SHARES))])
STAR = KIND >= STARS
KINDS = Kinds(
    POINTS[KIND],
    np.where(STAR, np.concatenate([np.ones(CIRCLE + 1), np.tile(SHARES, 3)]), polygon_inner(POINTS[KIND])),
    STAR,
)


def read(images: Bytes) -> Reading:
    """Figures in pictures uint8 [n, 3, H, W].

    Faults: `pale`, the contrast of colour and ground is too small; `uneven`, the outline does not follow that of a
    figure; `stray`, pixels differ from those of the figure read, or are of a third colour; `size`, its circumradius or
    its inner corners are not the set's; `cut`, it leaves the picture.
    Values, [n]: `kind`; in pixels, `x`, `y`, `radius` and `uneven`, its middle, its outer corners' distance from it and
    the farthest that the outline lies off the kind's; `inner`, a star's inner corners' distance over the radius, NaN of
    others; `contrast`; and, 0 to 255, `red`, `green`, `blue`, `ground red`, `ground green` and `ground blue`.
    """
    pictures = levels(images, 3)
    return joined([_read(pictures[start : start + BATCH]) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(images: Bytes) -> Reading:
    size = images.shape[-1]
    pictures = images.astype(np.float64)
    colour, ground = colours(pictures)
    ink, tint = unmixed(pictures, colour, ground)
    seen = find(ink, KINDS)
    kind, star = KIND[seen.kind], STAR[seen.kind]
    x, y, radius, _, inner = seen.outlines.T
    contrast = np.sqrt((colour - ground) ** 2 @ EYE)
    smallest, largest = (share * size for share in RADII)
    beyond = np.maximum(np.abs(x - size / 2), np.abs(y - size / 2)) + radius - size / 2
    odd = star & ((inner < INNER[0] - SHARE) | (inner > INNER[1] + SHARE))
    return judged(
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
    """The figure's colour and the ground's, each [n, 3], of pictures [n, 3, H, W].

    The ground is the median along the picture's edge, of which a figure hides little. The colour is the mean of those
    pixels that lie far from the ground together with all eight around them.
    """
    edge = [pictures[:, :, 0], pictures[:, :, -1], pictures[:, :, 1:-1, 0], pictures[:, :, 1:-1, -1]]
    ground = np.median(np.concatenate(edge, axis=2), axis=2)
    square = np.einsum("nchw,c->nhw", (pictures - ground[:, :, None, None]) ** 2, EYE)
    sure = ndimage.minimum_filter(square, (0, 3, 3), mode="nearest")
    weight = sure >= 0.6 * sure.max(axis=(1, 2), keepdims=True)
    share = weight / np.maximum(weight.sum(axis=(1, 2), keepdims=True), 1)
    colour = np.einsum("nchw,nhw->nc", pictures, share)
    return colour, ground


def unmixed(pictures: Floats, colour: Floats, ground: Floats) -> tuple[Floats, Floats]:
    """How much of each pixel the colour covers [n, H, W], and how far off all mixtures the worst 3×3 pixels are [n]."""
    way = colour - ground
    square = np.maximum((way**2).sum(axis=1), 1)
    off = pictures - ground[:, :, None, None]
    ink = np.einsum("nchw,nc->nhw", off, way / square[:, None])
    rest = off - ink[:, None] * way[:, :, None, None]
    worst = [worst_patch(rest[:, channel]) for channel in range(3)]
    return np.clip(ink, -0.5, 1.5), np.max(worst, axis=0)
