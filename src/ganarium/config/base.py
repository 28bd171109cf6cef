"""Base classes of settings models."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationInfo, model_validator

RECORDED = {"recorded": True}  # validation context of settings read from a run
MAX_COUNT = 10_000_000
Course = Literal["constant", "linear", "cosine"]
PixelLaw = Literal["authors", "earlier"]


@dataclass(frozen=True)
class Before:
    """Annotation of a setting with its value in runs recorded before the setting existed.

    A run records every setting, so a setting missing from its file did not exist yet. Not for settings that may be
    None, which are not recorded.
    """

    value: Any


@dataclass(frozen=True)
class Formerly:
    """Annotation of a setting with the name that earlier versions gave it; the old name is still accepted."""

    name: str


class Config(BaseModel):
    """Base class of settings: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_recorded(cls, values: Any, info: ValidationInfo) -> Any:
        """Replace former names; fill in the `Before` values of missing settings when the file of a run is read."""
        if not isinstance(values, Mapping):
            return values
        given = dict(values)
        for old, new in former_names(cls).items():
            if old in given and new in given:
                raise ValueError(f"{old} is the former name of {new}: set only one of them")
            if old in given:
                given[new] = given.pop(old)
                if info.context != RECORDED:
                    warn_renamed(old, new)
        return earlier_values(cls) | given if info.context == RECORDED else given


def earlier_values(settings: type[Config]) -> dict[str, Any]:
    """Return the `Before` values of settings by name, for those that have one."""
    return {
        name: note.value
        for name, field in settings.model_fields.items()
        for note in field.metadata
        if isinstance(note, Before)
    }


def former_names(settings: type[Config]) -> dict[str, str]:
    """Return the current names of settings by their former names, for those that were renamed."""
    return {
        note.name: name
        for name, field in settings.model_fields.items()
        for note in field.metadata
        if isinstance(note, Formerly)
    }


def warn_renamed(old: str, new: str) -> None:
    """Log a one-line notice that a setting has a new name."""
    logging.getLogger("ganarium").warning("%s is now called %s; the old name still works", old, new)


class DataConfig(Config):
    """Settings of one data set; `kind` is its name in the registry.

    holds_points: whether its samples are points, not images
    """

    holds_points: ClassVar[bool] = False

    kind: str


class RemedyConfig(Config):
    """Settings of one remedy."""

    def input_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the discriminator's input for pictures or points of this shape."""
        return shape


class ScheduledConfig(RemedyConfig):
    """Settings of a remedy whose strength may follow a schedule."""

    schedule: Course = Field("constant", description="how the strength changes to `final` over train.horizon")
    final: NonNegativeFloat = Field(
        0.0, description="strength at and after the horizon, as a multiple of the initial one"
    )

    @property
    def most(self) -> float:
        """Return the largest strength as a multiple of the initial one."""
        return inf

    @model_validator(mode="after")
    def _final_is_reachable(self) -> Self:
        if self.schedule == "constant" and self.final:
            raise ValueError(f"final={self.final:g} needs a schedule: add schedule=linear or schedule=cosine")
        if self.final > self.most:
            raise ValueError(f"final={self.final:g} is too large for this remedy: use at most {self.most:.3g}")
        return self

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """List a remedy's own settings before those of the schedule."""
        fields = cls.__pydantic_fields__
        cls.__pydantic_fields__ = dict(
            sorted(fields.items(), key=lambda field: field[0] in ScheduledConfig.model_fields)
        )
        cls.model_rebuild(force=True)


def law_of_pixels() -> Any:
    """Return the field for the rule that rounds the largest translation and cutout to whole pixels."""
    return Field(
        "authors",
        description="authors: half pixels are rounded up and cutouts have whole pixels, as in DiffAugment's code; "
        "earlier: the rule of runs that were recorded before this setting existed",
    )


def times(first: float, most: float) -> float:
    """Return `most` as a multiple of `first`, or infinity if `first` is 0."""
    return most / first if first else inf
