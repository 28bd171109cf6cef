"""The bases of settings that live in several modules."""

from math import inf
from typing import Any, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from ganarium.core.frozen import Config

MAX_COUNT = 10_000_000
Course = Literal["constant", "linear", "cosine"]
PixelLaw = Literal["authors", "earlier"]


class DataSettings(Config):
    """Settings of one data set; `kind` is its name in the catalog."""

    kind: str


class RemedySettings(Config):
    """Settings of one remedy."""

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what the discriminator sees where pictures, or points, have this one."""
        return shape


class Scheduled(RemedySettings):
    """Settings of a remedy whose strength may change as a run goes on."""

    schedule: Course = Field("constant", description="how its strength goes to `final` over train.horizon")
    final: NonNegativeFloat = Field(0.0, description="its strength from the horizon on, in times of its first")

    @property
    def most(self) -> float:
        """How many times its first strength a remedy can have."""
        return inf

    @model_validator(mode="after")
    def _ends_where_it_can(self) -> Self:
        if self.schedule == "constant" and self.final:
            raise ValueError(f"final={self.final:g} is where a schedule ends: give schedule=linear or cosine as well")
        if self.final > self.most:
            raise ValueError(f"final={self.final:g} is more than this remedy can do: use {self.most:.3g} at most")
        return self

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Wherever settings are listed, a remedy's own come first."""
        fields = cls.__pydantic_fields__
        cls.__pydantic_fields__ = dict(sorted(fields.items(), key=lambda field: field[0] in Scheduled.model_fields))
        cls.model_rebuild(force=True)


def law_of_pixels() -> Any:
    """Return the field that says how largest moves and cutouts become whole pixels."""
    return Field(
        "authors",
        description="authors: half a pixel is rounded up and a cutout has whole pixels, as in DiffAugment's code; "
        "earlier: the rule of runs recorded before this setting existed",
    )


def times(first: float, most: float) -> float:
    """How many times a strength can be had, where so much is the most; without end where there is none."""
    return most / first if first else inf
