"""Formatting of settings as overrides, which `overrides` parses back to the same settings."""

from collections.abc import Mapping
from typing import Any

import tomlkit

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import changes, plain, setting_paths, toml_value
from ganarium.core.errors import SettingsError

TABLES = ("remedies", "observers")  # settings that are tables of any number of parts


def words_of(settings: Mapping[str, Any]) -> list[str]:
    """Return nested keyword settings as overrides.

    >>> words_of({"optim": {"lr": 1e-3}, "objective": "hinge", "remedies": {"ema": True}})
    ['optim.lr=0.001', 'objective=hinge', 'remedies.ema=true']
    """
    return [f"{'.'.join(path)}={_written(value)}" for path, value in setting_paths(settings)]


def words_between(old: Experiment, new: Experiment) -> list[str]:
    """Return overrides that change one experiment into another; settings that are equal are left out."""
    before, after = _tables(plain(old)), _tables(plain(new))
    words = [f"{name}=none" for name in before if name not in after]
    for name, value in after.items():
        was = before.get(name)
        if isinstance(value, dict) and (not isinstance(was, dict) or was.get("kind") != value.get("kind")):
            words.append(f"{name}={_written(value)}")
        else:
            changed = changes({name: was}, {name: value}).items()
            words += [f"{key}={'none' if new is None else _written(new)}" for key, (_, new) in changed]
    return words


def _tables(values: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an experiment with one entry for each remedy and each observer."""
    single = {name: value for name, value in values.items() if name not in TABLES}
    return single | {f"{table}.{name}": value for table in TABLES for name, value in values[table].items()}


def _written(value: Any) -> str:
    """Return a value as TOML text on one line, without quotation marks where they are not necessary."""
    if isinstance(value, str):
        return value if toml_value(value) == value else tomlkit.string(value).as_string()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name} = {_toml(inner)}' for name, inner in value.items())}}}"
    return _toml(value)


def _toml(value: Any) -> str:
    """Return a value as TOML text on one line."""
    if isinstance(value, Mapping):
        return _written(value)
    try:
        return str(tomlkit.item(value.item() if hasattr(value, "item") else value).as_string())
    except (ValueError, TypeError):  # such as tomlkit's ConvertError
        raise SettingsError(
            f"a value of type {type(value).__name__} is not a setting; pass a number, a string, a list or a dict"
        ) from None
