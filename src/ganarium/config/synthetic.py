"""Settings of pictures that are drawn by seed, with their truth."""

from typing import Literal

from pydantic import Field, NonNegativeInt

from ganarium.config.base import MAX_COUNT, DataConfig


class SyntheticConfig(DataConfig):
    """Pictures drawn by seed; their seed is apart from the run's, so that runs can share them."""

    count: int = Field(10_000, ge=1, le=MAX_COUNT, description="training pictures")
    seed: NonNegativeInt = 0


class PointsConfig(SyntheticConfig):
    """0 to 9 plus-shaped marks of 3×3 pixels, never touching."""

    kind: Literal["points"] = "points"
    size: int = Field(28, ge=16, le=256, description="height and width in pixels")


class LinesConfig(SyntheticConfig):
    """0 to 9 straight lines at least 20 px long."""

    kind: Literal["lines"] = "lines"
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class PolygonsConfig(SyntheticConfig):
    """One filled regular polygon of 3 to 12 sides."""

    kind: Literal["polygons"] = "polygons"
    count: int = Field(800, ge=1, le=MAX_COUNT, description="training pictures")
    size: int = Field(60, ge=32, le=256, description="height and width in pixels")


class PuzzlesConfig(SyntheticConfig):
    """Two pieces that one rectangle was cut into, moved apart."""

    kind: Literal["puzzles"] = "puzzles"
    size: int = Field(28, ge=24, le=256, description="height and width in pixels")


class FiguresConfig(SyntheticConfig):
    """One filled regular polygon, star or circle, of any colour on a ground of any other."""

    kind: Literal["figures"] = "figures"
    size: int = Field(64, ge=16, le=256, description="height and width in pixels")


class PairsConfig(SyntheticConfig):
    """Two domains of drawn pictures for translation, and the exact answer to each picture in the other domain."""

    kind: Literal["pairs"] = "pairs"
    domains: Literal["outline-filled", "thin-thick", "upright-turned"] = Field(
        "outline-filled", description="the two domains: polygons as outlines or filled, digits thin or thick or turned"
    )
    paired: bool = Field(False, description="whether row i of both domains is the same thing")
    size: int = Field(28, ge=24, le=128, description="height and width in pixels")
