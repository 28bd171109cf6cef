"""Two domains of images of the same objects, with the exact translation of each image into the other domain."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ganarium.config.synthetic import PairsConfig
from ganarium.data.datasets import PairSet, Split
from ganarium.data.synthetic import polygons, strokes
from ganarium.data.synthetic.base import Bytes, Ints, Truth, draw_blocks, synthetic_card
from ganarium.data.synthetic.rasterize import fill

LINE = 2.0  # width of an outline, in 28ths of the image's size
THIN, PLAIN, THICK = 1.6, 2.6, 4.0  # pen widths, in 28ths of the image's size


@dataclass(frozen=True)
class Domains:
    """Two ways to draw the same objects.

    propose: (generator, size, labels [n]) -> ground truth of n objects
    paint: (truth, size) -> images uint8 [n, size, size] of the objects, in the first and in the second domain
    """

    propose: Callable[[np.random.Generator, int, Ints], Truth]
    paint: Callable[[Truth, int], tuple[Bytes, Bytes]]
    text: str


def load(settings: PairsConfig, split: Split = "train") -> PairSet:
    """Load one split of two image domains; row i does not depend on the size of the set.

    The images x are the same in paired and unpaired sets. The ground truth of the objects in x and in y is that of
    `polygons.load` (`x.sides`, …) for polygons and that of `strokes.propose` (`x.digit`, …) for digits, in pixels. It
    determines the image in each domain.
    """
    size, domains = settings.size, DOMAINS[settings.domains]

    def draw(rng: np.random.Generator, labels: Ints) -> Truth:
        first = domains.propose(rng, size, labels)
        second = first if settings.paired else domains.propose(rng, size, rng.permutation(labels))
        x, x_as_y = domains.paint(first, size)
        y_as_x, y = (x, x_as_y) if settings.paired else domains.paint(second, size)
        truth = {f"{side}.{name}": rows for side, of in (("x", first), ("y", second)) for name, rows in of.items()}
        return {"x": x, "y": y, "x_as_y": x_as_y, "y_as_x": y_as_x, **truth}

    rows = draw_blocks(settings, split, f"data.{settings.kind}.{settings.domains}.{size}.{split}", draw)
    x, y, x_as_y, y_as_x = (torch.from_numpy(rows.pop(name)[:, None]) for name in ("x", "y", "x_as_y", "y_as_x"))
    one, other = settings.domains.split("-")
    text = (
        f"{domains.text} Row i of both domains shows {'the same object' if settings.paired else 'different objects'}."
    )
    card = synthetic_card(settings.kind, text)
    return PairSet(settings.kind, x, y, x_as_y, y_as_x, (one, other), settings.paired, card, rows)


def outline_and_filled(truth: Truth, size: int) -> tuple[Bytes, Bytes]:
    """Draw each polygon both as an outline of constant width and filled."""
    n = len(truth["sides"])
    outer, inner = polygons.outline(truth), polygons.outline(truth, LINE * size / 28)
    hollow = np.concatenate([outer, inner[:, ::-1]])  # a polygon in reverse order subtracts ink
    return fill(hollow, np.tile(np.arange(n), 2), n, size), fill(outer, np.arange(n), n, size)


def thin_and_thick(truth: Truth, size: int) -> tuple[Bytes, Bytes]:
    """Draw each digit both with a thin pen and with a thick pen."""
    return strokes.paint(truth, THIN * size / 28, size), strokes.paint(truth, THICK * size / 28, size)


def upright_and_turned(truth: Truth, size: int) -> tuple[Bytes, Bytes]:
    """Draw each digit both upright and rotated by 90° counterclockwise."""
    upright = strokes.paint(truth, PLAIN * size / 28, size)
    return upright, np.rot90(upright, axes=(1, 2))


DOMAINS = {
    "outline-filled": Domains(
        polygons.propose,
        outline_and_filled,
        "Regular polygons of 3 to 12 sides, drawn both as outlines (2 px wide at size 28) and filled.",
    ),
    "thin-thick": Domains(
        strokes.propose,
        thin_and_thick,
        "Synthetic digits, drawn both with a thin pen and with a thick pen (1.6 px and 4 px at size 28).",
    ),
    "upright-turned": Domains(
        strokes.propose,
        upright_and_turned,
        "Synthetic digits, drawn with a pen of 2.6 px at size 28, both upright and rotated by 90° counterclockwise.",
    ),
}
