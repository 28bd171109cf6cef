"""Settings of synthetic images with known ground truth."""

from typing import Literal

from pydantic import Field, NonNegativeInt

from ganarium.config.base import MAX_COUNT, DataConfig


class SyntheticConfig(DataConfig):
    """Base settings of synthetic images; the data seed is separate from the run's seed, so that runs can share data."""

    count: int = Field(10_000, ge=1, le=MAX_COUNT, description="number of training images")
    seed: NonNegativeInt = 0


class PointsConfig(SyntheticConfig):
    """Images of 0 to 9 plus-shaped marks of 3×3 pixels that never touch."""

    kind: Literal["points"] = "points"
    size: int = Field(28, ge=16, le=256, description="height and width in pixels")


class LinesConfig(SyntheticConfig):
    """Images of 0 to 9 straight lines, each at least 20 px long."""

    kind: Literal["lines"] = "lines"
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class PolygonsConfig(SyntheticConfig):
    """Images of one filled regular polygon with 3 to 12 sides."""

    kind: Literal["polygons"] = "polygons"
    count: int = Field(800, ge=1, le=MAX_COUNT, description="number of training images")
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class PuzzlesConfig(SyntheticConfig):
    """Images of a rectangle cut into two pieces that are moved apart."""

    kind: Literal["puzzles"] = "puzzles"
    size: int = Field(28, ge=24, le=256, description="height and width in pixels")


class FiguresConfig(SyntheticConfig):
    """Images of one filled regular polygon, star or circle, in one random colour on a background of another colour."""

    kind: Literal["figures"] = "figures"
    size: int = Field(64, ge=16, le=256, description="height and width in pixels")


class PairsConfig(SyntheticConfig):
    """Two domains of synthetic images for translation, with the exact translation of each image."""

    kind: Literal["pairs"] = "pairs"
    domains: Literal["outline-filled", "thin-thick", "upright-turned"] = Field(
        "outline-filled",
        description="the two domains: polygons as outlines or filled; digits thin or thick; digits upright or rotated",
    )
    paired: bool = Field(False, description="whether image i shows the same object in both domains")
    size: int = Field(28, ge=24, le=128, description="height and width in pixels")
