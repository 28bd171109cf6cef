"""The base of all settings: frozen data that are validated on construction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

RECORDED = {"recorded": True}  # validation context of settings that a run wrote down


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
