"""Settings of one- and two-dimensional point data."""

from typing import ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat

from ganarium.config.base import MAX_COUNT, DataConfig


class Toy2dConfig(DataConfig):
    """Base settings of point data; `count = 0` draws new points for every batch."""

    holds_points: ClassVar[bool] = True

    count: int = Field(
        100_000, ge=0, le=MAX_COUNT, description="number of training points; 0 for new points in every batch"
    )
    seed: NonNegativeInt = 0


class RingConfig(Toy2dConfig):
    """Gaussian modes on a circle."""

    kind: Literal["ring"] = "ring"
    modes: int = Field(8, ge=1, le=1000)
    radius: PositiveFloat = 1.0
    sigma: PositiveFloat = 0.01


class GridConfig(Toy2dConfig):
    """Gaussian modes on a square grid centred at 0 with the given spacing."""

    kind: Literal["grid"] = "grid"
    side: int = Field(5, ge=1, le=100, description="number of modes along each axis")
    spacing: PositiveFloat = 2.0
    sigma: PositiveFloat = 0.05


class SpiralConfig(Toy2dConfig):
    """Two arms of an Archimedean spiral with Gaussian noise."""

    kind: Literal["spiral"] = "spiral"
    turns: PositiveFloat = 1.5
    sigma: PositiveFloat = 0.02


class MoonsConfig(Toy2dConfig):
    """Two interleaved half circles with Gaussian noise."""

    kind: Literal["moons"] = "moons"
    sigma: PositiveFloat = 0.05


class CheckerboardConfig(Toy2dConfig):
    """Uniform distribution on the dark squares of a checkerboard on [−1, 1)²."""

    kind: Literal["checkerboard"] = "checkerboard"
    side: int = Field(4, ge=2, le=1000, description="number of squares along each axis")


class GaussiansConfig(Toy2dConfig):
    """Two 1-D Gaussians: the data distribution, and a second Gaussian for theoretical comparisons."""

    kind: Literal["gaussians"] = "gaussians"
    mean: float = 0.0
    sigma: PositiveFloat = 1.0
    other_mean: float = 1.0
    other_sigma: PositiveFloat = 1.0
