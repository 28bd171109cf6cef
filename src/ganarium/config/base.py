"""Base classes of settings models, and annotations for settings that were added or renamed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationInfo, model_validator

from ganarium.config.courses import Course, along, refuse_empty_window, window_end, window_start

RECORDED = {"recorded": True}  # validation context of settings read from a run
MAX_COUNT = 10_000_000
PixelLaw = Literal["authors", "earlier"]


@dataclass(frozen=True)
class Before:
    """Annotation that gives the value of a setting in runs recorded before the setting existed.

    A run records every setting, so a setting missing from the run's file did not exist at that time. Do not annotate
    settings that may be None, because None is not recorded.
    """

    value: Any


@dataclass(frozen=True)
class Formerly:
    """Annotation that gives the former name of a renamed setting; the former name is still accepted."""

    name: str


@dataclass(frozen=True)
class Also:
    """Annotation for a second name of a setting, which also selects the registry entry of its settings."""

    name: str


class Config(BaseModel):
    """Base class of all settings; instances are immutable and unknown keys are rejected."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, ser_json_inf_nan="constants"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_recorded(cls, values: Any, info: ValidationInfo) -> Any:
        """Replace former names, and fill in `Before` values if the settings were read from a run."""
        if not isinstance(values, Mapping):
            return values
        given = dict(values)
        for also, name in second_names(cls).items():
            if also in given and name in given:
                raise ValueError(f"{also} is another name of {name}; remove one of the two")
            if also in given:
                given[name] = given.pop(also)
        for old, new in former_names(cls).items():
            if old in given and new in given:
                raise ValueError(f"{old} is the former name of {new}; remove {old}")
            if old in given:
                given[new] = given.pop(old)
                if info.context != RECORDED:
                    warn_renamed(old, new)
        return earlier_values(cls) | given if info.context == RECORDED else given


def earlier_values(settings: type[Config]) -> dict[str, Any]:
    """Return the `Before` values of the annotated settings, by setting name."""
    return {
        name: note.value
        for name, field in settings.model_fields.items()
        for note in field.metadata
        if isinstance(note, Before)
    }


def former_names(settings: type[Config]) -> dict[str, str]:
    """Return a dict from former to current names, for the settings that were renamed."""
    return _noted_names(settings, Formerly)


def second_names(settings: type[Config]) -> dict[str, str]:
    """Return a dict from second to first names, for the settings that have two names."""
    return _noted_names(settings, Also)


def _noted_names(settings: type[Config], kind: type[Formerly] | type[Also]) -> dict[str, str]:
    """Return a dict from the names in notes of one kind to the names of the settings that have the notes."""
    return {
        note.name: name
        for name, field in settings.model_fields.items()
        for note in field.metadata
        if isinstance(note, kind)
    }


def warn_renamed(old: str, new: str) -> None:
    """Log a one-line notice that a setting has a new name."""
    logging.getLogger("ganarium").warning("%s is now called %s; the old name still works", old, new)


class DataConfig(Config):
    """Base settings of a data set; `kind` is the data set's name in the registry.

    holds_points: whether the samples are points rather than images
    """

    holds_points: ClassVar[bool] = False

    kind: str


class RemedyConfig(Config):
    """Base settings of a remedy (a technique that improves training)."""

    def input_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the discriminator's input, given the shape of one image or point."""
        return shape


class ScheduledConfig(RemedyConfig):
    """Base settings of a remedy whose strength may follow a schedule."""

    schedule: Course = Field(
        "constant",
        description="how the strength changes from its initial value to `final`, by default over train.horizon",
    )
    final: NonNegativeFloat = Field(
        0.0, description="strength at and after the end of the schedule, as a multiple of the initial strength"
    )
    schedule_start: float = window_start()
    schedule_end: float = window_end()

    @property
    def most(self) -> float:
        """Return the maximum strength as a multiple of the initial strength."""
        return inf

    def factor_at(self, progress: float) -> float:
        """Return the strength as a multiple of the initial strength, at a fraction of the horizon."""
        return along(self.schedule, self.final, progress, self.schedule_start, self.schedule_end)

    @model_validator(mode="after")
    def _final_is_reachable(self) -> Self:
        refuse_empty_window("schedule", self.schedule_start, self.schedule_end)
        for name in ("final", "schedule_start", "schedule_end"):
            value = getattr(self, name)
            if self.schedule == "constant" and value != type(self).model_fields[name].default:
                raise ValueError(f"{name}={value:g} needs a schedule; add schedule=linear or schedule=cosine")
        if self.final > self.most:
            raise ValueError(f"final={self.final:g} is too large for this remedy; use at most {self.most:.3g}")
        return self

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Order the fields so that a remedy's own settings precede the schedule's."""
        fields = cls.__pydantic_fields__
        cls.__pydantic_fields__ = dict(
            sorted(fields.items(), key=lambda field: field[0] in ScheduledConfig.model_fields)
        )
        cls.model_rebuild(force=True)


def law_of_pixels() -> Any:
    """Return the field that selects how the maximum translation and the cutout are rounded to whole pixels."""
    return Field(
        "authors",
        description="rounding to pixels; authors: round half pixels up and cut out whole pixels, as in DiffAugment's "
        "code; earlier: the rule used by runs recorded before this setting existed",
    )


def times(first: float, most: float) -> float:
    """Return `most` as a multiple of `first`, or infinity if `first` is 0."""
    return most / first if first else inf
