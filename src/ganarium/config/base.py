"""Frozen settings, and the base classes of those that several modules of entries share."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationInfo, model_validator

RECORDED = {"recorded": True}  # validation context of settings that a run wrote down
MAX_COUNT = 10_000_000
Course = Literal["constant", "linear", "cosine"]
PixelLaw = Literal["authors", "earlier"]


@dataclass(frozen=True)
class Before:
    """Annotates a setting with the value it has in runs that were recorded before the setting existed.

    A run writes down every setting, so one that is absent from its file did not exist yet. Not for settings that may
    be None, which are not written.
    """

    value: Any


class Config(BaseModel):
    """Frozen settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_recorded(cls, values: Any, info: ValidationInfo) -> Any:
        """Fill in the `Before` values of absent settings when a run's own file is read."""
        if info.context != RECORDED or not isinstance(values, Mapping):
            return values
        return earlier_values(cls) | dict(values)


def earlier_values(settings: type[Config]) -> dict[str, Any]:
    """Return the `Before` value of each setting that has one, by its name."""
    return {
        name: note.value
        for name, field in settings.model_fields.items()
        for note in field.metadata
        if isinstance(note, Before)
    }


class DataConfig(Config):
    """Settings of one data set; `kind` is its name in the catalog."""

    kind: str


class RemedyConfig(Config):
    """Settings of one remedy."""

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what the discriminator sees where pictures, or points, have this one."""
        return shape


class ScheduledConfig(RemedyConfig):
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
        cls.__pydantic_fields__ = dict(
            sorted(fields.items(), key=lambda field: field[0] in ScheduledConfig.model_fields)
        )
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
