"""Images of one filled polygon, circle or star on a background of a different colour."""

import numpy as np

from ganarium.config.synthetic import FiguresConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bytes, Floats, Ints, Truth, load_blocks
from ganarium.data.synthetic.polygons import corners, place, without_repeats
from ganarium.data.synthetic.rasterize import fill

CLASSES = (
    "triangle",
    "square",
    "pentagon",
    "hexagon",
    "heptagon",
    "octagon",
    "circle",
    "star of 4",
    "star of 5",
    "star of 6",
)
CIRCLE, STARS = 6, 7  # label of the circle, label of the first star
POINTS = np.array([3, 4, 5, 6, 7, 8, 0, 4, 5, 6])  # number of outermost corners of each class
ROUND = 256  # corners of the polygon that approximates a circle, with an error of at most 0.008 px in images of 256 px
MOST = 12  # maximum number of corners of any other figure
RADII = (14 / 64, 26 / 64)  # circumradius over the image's size
INNER = (0.4, 0.55)  # inner radius of a star divided by the circumradius; for comparison, 0.71 for a square
APART = 96.0  # minimum contrast of a figure with its background; black on white has 255
LUMINANCE = np.array([0.299, 0.587, 0.114])  # weights of red, green and blue in luminance (ITU-R BT.601)
TEXT = (
    "One filled triangle, square, pentagon, hexagon, heptagon, octagon, circle or star of 4, 5 or 6 points; colour, "
    "background, rotation, circumradius (14 to 26 px at size 64) and centre vary. The contrast of colour and "
    "background, √(0.299 ΔR² + 0.587 ΔG² + 0.114 ΔB²), is at least 96 of 255."
)


def load(settings: FiguresConfig, split: Split = "train") -> ImageSet:
    """Load one split of RGB images of figures; the classes are unambiguous at sizes of about 64 px or more.

    Ground truth, in pixels, x before y: `kind` [n], the class; `points` [n], number of outermost corners, 0 for a
    circle; `vertices` [n, 12, 2], with outer and inner corners in alternation for a star, padded with NaN, all NaN for
    a circle; `centre` [n, 2]; `circumradius` [n]; `inner` [n], radius of the inscribed circle (for a star, of the inner
    corners) divided by the circumradius; `rotation` [n], direction of an outer corner from the centre in radians, in
    [0, 2π / points), 0 for a circle; `colour` and `ground` [n, 3], colours of the figure and the background, 0 to 255.
    """
    return load_blocks(settings, split, paint, CLASSES, TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw one figure for each label and return the images with their ground truth."""
    n = len(labels)
    circle, star, points = labels == CIRCLE, labels >= STARS, POINTS[labels]
    edges = np.where(circle, ROUND, np.where(star, 2 * points, points))
    radius, centre = place(rng, size, n, RADII)
    rotation = rng.uniform(0, 2 * np.pi / np.where(circle, np.inf, points))  # 0 for a circle
    inner = np.where(star, rng.uniform(*INNER, n), np.where(circle, 1, np.cos(np.pi / edges)))
    colour, ground = propose_colours(rng, n)

    notch = star[:, None] & (np.arange(ROUND) % 2 == 1)  # every other corner of a star is an inner one
    reach = radius[:, None] * np.where(notch, inner[:, None], 1)
    vertices = corners(centre, reach, rotation, edges, ROUND)
    truth = {
        "kind": labels,
        "points": points,
        "vertices": without_repeats(vertices[:, :MOST], np.where(circle, 0, edges)),
        "centre": centre,
        "circumradius": radius,
        "inner": inner,
        "rotation": rotation,
        "colour": colour,
        "ground": ground,
    }
    return mix(fill(vertices, np.arange(n), n, size), colour, ground), truth


def propose_colours(rng: np.random.Generator, n: int) -> tuple[Bytes, Bytes]:
    """Sample the colours of n figures and of their backgrounds, [n, 3] each.

    Backgrounds are uniform, and figure colours are uniform among those with sufficient contrast.
    """
    ground, colour = rng.integers(256, size=(2, n, 3), dtype=np.uint8)
    while (near := contrast(colour, ground) < APART).any():
        colour[near] = rng.integers(256, size=(near.sum(), 3), dtype=np.uint8)
    return colour, ground


def contrast(a: Bytes, b: Bytes) -> Floats:
    """Return the contrast between colours `a` and `b` [..., 3], from 0 to 255.

    The contrast is the root mean square difference of the channels, weighted by luminance.
    """
    difference = a.astype(np.float64) - b
    return np.asarray(np.sqrt(difference**2 @ LUMINANCE))


def mix(coverage: Bytes, colour: Bytes, ground: Bytes) -> Bytes:
    """Blend the colours of figures and backgrounds by coverage [n, H, W] into images, uint8 [n, 3, H, W].

    Pixels have the figure's colour [n, 3] where coverage is 255 and the background's colour where coverage is 0.
    """
    share = coverage[:, None].astype(np.uint16)
    over, under = (c[..., None, None].astype(np.uint16) for c in (colour, ground))
    return np.asarray((share * over + (255 - share) * under + 127) // 255).astype(np.uint8)
