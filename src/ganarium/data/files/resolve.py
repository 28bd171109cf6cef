"""Resolve a name or path of data to settings."""

from collections.abc import Iterable
from json import dumps as to_json
from pathlib import Path

from ganarium.config.base import DataConfig
from ganarium.config.files import FilesConfig
from ganarium.config.overrides import data_overrides, data_settings
from ganarium.core.errors import UsageError
from ganarium.data.files.arrays import Labels
from ganarium.data.files.detect import refuse_other_data, words_for


def named(data: str | Path, labels: Labels | None) -> list[str]:
    """Return the overrides for data with a name or a path. Raises `UsageError` if labels are given."""
    if labels is not None:
        raise UsageError(f"labels=…: they belong to pictures in memory; {data} has its own, or none")
    return words_for(data if isinstance(data, str) else str(data.absolute()))


def settings_of(
    data: str | Path, words: Iterable[str], labels: Labels | None = None, *, like: DataConfig | None = None
) -> DataConfig:
    """Return the settings of data with a name or a path, changed by the overrides `words`.

    like: data whose decoding settings are used unless an override sets them
    """
    own, said = named(data, labels), data_overrides(words)
    refuse_other_data(own, said)
    settings = data_settings([*own, *said])
    if not isinstance(settings, FilesConfig) or not isinstance(like, FilesConfig):
        return settings
    alike = {name: value for name, value in like.treatment.items() if name in settings.treatment and value is not None}
    return data_settings([*own, *(f"data.{name}={to_json(value)}" for name, value in alike.items()), *said])
