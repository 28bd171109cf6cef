"""Data sets: settings and entries."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat

from ganarium.core.catalog import Catalog, Entry
from ganarium.core.frozen import Config

MAX_COUNT = 10_000_000


class DataSettings(Config):
    """Settings of one data set; `kind` is its name in the catalog."""

    kind: str


class Mnist(DataSettings):
    """The first `count` digits of the training file are the train split; more than 50,000 take in validation digits."""

    kind: Literal["mnist"] = "mnist"
    count: int = Field(50_000, ge=1, le=60_000, description="training pictures, from the start of the file")


class Drawn(DataSettings):
    """Pictures drawn by seed; their seed is apart from the run's, so that runs can share them."""

    count: int = Field(10_000, ge=1, le=MAX_COUNT, description="training pictures")
    seed: NonNegativeInt = 0


class Points(Drawn):
    """0 to 9 plus-shaped marks of 3×3 pixels, never touching."""

    kind: Literal["points"] = "points"
    size: int = Field(28, ge=16, le=256, description="height and width in pixels")


class Lines(Drawn):
    """0 to 9 straight lines at least 20 px long."""

    kind: Literal["lines"] = "lines"
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class Polygons(Drawn):
    """One filled regular polygon of 3 to 12 sides."""

    kind: Literal["polygons"] = "polygons"
    count: int = Field(800, ge=1, le=MAX_COUNT, description="training pictures")
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class Puzzles(Drawn):
    """Two pieces that one rectangle was cut into, moved apart."""

    kind: Literal["puzzles"] = "puzzles"
    size: int = Field(28, ge=24, le=256, description="height and width in pixels")


class Planar(DataSettings):
    """Points in the plane; `count = 0` draws fresh ones for every batch."""

    count: int = Field(100_000, ge=0, le=MAX_COUNT, description="training points, 0 for endless ones")
    seed: NonNegativeInt = 0


class Ring(Planar):
    """Gaussian modes on a circle."""

    kind: Literal["ring"] = "ring"
    modes: int = Field(8, ge=1, le=1000)
    radius: PositiveFloat = 1.0
    sigma: PositiveFloat = 0.01


class Grid(Planar):
    """Gaussian modes on a square grid, `spacing` apart, centred at 0."""

    kind: Literal["grid"] = "grid"
    side: int = Field(5, ge=1, le=100, description="modes along one edge")
    spacing: PositiveFloat = 2.0
    sigma: PositiveFloat = 0.05


class Spiral(Planar):
    """Two arms of an Archimedean spiral with Gaussian noise."""

    kind: Literal["spiral"] = "spiral"
    turns: PositiveFloat = 1.5
    sigma: PositiveFloat = 0.02


class Moons(Planar):
    """Two interleaved half circles with Gaussian noise."""

    kind: Literal["moons"] = "moons"
    sigma: PositiveFloat = 0.05


class Checkerboard(Planar):
    """The dark squares of a board on [−1, 1)², uniformly."""

    kind: Literal["checkerboard"] = "checkerboard"
    side: int = Field(4, ge=2, le=1000, description="squares along one edge")


class Gaussians(Planar):
    """A pair of 1-D Gaussians: the data's, and the one that theory compares it with."""

    kind: Literal["gaussians"] = "gaussians"
    mean: float = 0.0
    sigma: PositiveFloat = 1.0
    other_mean: float = 1.0
    other_sigma: PositiveFloat = 1.0


LECUN = "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition"
S1 = "S1: fully connected GAN on MNIST and on drawn geometry"
PACGAN = "Lin, Khetan, Fanti, Oh 2018, PacGAN, §4.1 (arXiv 1712.04086)"

DATA: Catalog[DataSettings] = Catalog(
    "data set",
    Entry("mnist", "handwritten digits, 28×28 grey", LECUN, Mnist, "data.mnist:load"),
    Entry("lines", "0 to 9 straight lines, 60×60", S1, Lines, "data.drawn.lines:load"),
    Entry("puzzles", "a rectangle cut in two and moved apart, 28×28", S1, Puzzles, "data.drawn.puzzles:load"),
    Entry("polygons", "a regular polygon of 3 to 12 sides, 60×60", S1, Polygons, "data.drawn.polygons:load"),
    Entry("points", "0 to 9 plus-shaped marks, 28×28", S1, Points, "data.drawn.points:load"),
    Entry("ring", "8 narrow Gaussians on a circle", PACGAN, Ring, "data.planar:load"),
    Entry("grid", "25 narrow Gaussians on a grid", PACGAN, Grid, "data.planar:load"),
    Entry("spiral", "two spiral arms", "", Spiral, "data.planar:load"),
    Entry("moons", "two half moons", "", Moons, "data.planar:load"),
    Entry("checkerboard", "the dark squares of a board", "", Checkerboard, "data.planar:load"),
    Entry("gaussians", "one 1-D Gaussian beside another", "", Gaussians, "data.planar:load"),
)
