"""Parsing of overrides (`a.b=c`) and TOML files, and differences between experiments."""

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypedDict, get_args

import tomlkit
from pydantic import ValidationError

from ganarium.config.base import RECORDED, Config, DataConfig, former_names, second_names, warn_renamed
from ganarium.config.data_files import LOCATIONS, CoordinatesConfig
from ganarium.config.datasets import MnistConfig
from ganarium.config.experiment import FORMAT, Experiment, TrainConfig
from ganarium.config.messages import first_error
from ganarium.config.networks import DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.observers import OBSERVERS
from ganarium.config.registry import OneOf, Registry, TableOf
from ganarium.core.errors import InputError, NewerFormatError, SettingsError, brief

LARGEST_FILE = 1 << 20
LONG_LIST = 100
ANY = Experiment(
    data=MnistConfig(),
    generator=DenseGeneratorConfig(),
    discriminator=DenseDiscriminatorConfig(),
    train=TrainConfig(steps=1),
)
DEEP_KEY = re.compile(r"""(?<![\w.-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){32}""")
REGISTERED = {"optim": "optimizer", "update": "update"}  # parts that are not objects -> their decorators
Values = dict[str, Any]
Keys = tuple[str, ...]
Table = str | Mapping[str, Any] | Config
NOTHING: Mapping[str, Any] = MappingProxyType({})


def experiment_from(values: Mapping[str, Any], origin: str = "", *, recorded: bool = False) -> Experiment:
    """Validate plain data as an `Experiment`; error messages name the invalid key and the nearest valid key.

    origin: prefix of error messages
    recorded: whether the data come from a run; missing settings then get their `Before` values
    """
    start = f"{origin}: " if origin else ""
    written = values.get("format", FORMAT)
    if isinstance(written, int) and written > FORMAT:
        raise NewerFormatError(
            f"{start}the settings have format {written}, but this version reads formats up to {FORMAT}; "
            "install a newer version of ganarium"
        )
    if recorded and (unregistered := unregistered_observers(values)):
        known = {name: each for name, each in values["observers"].items() if name not in unregistered}
        values = {**values, "observers": known}
    try:
        return Experiment.model_validate(values, context=RECORDED if recorded else None)
    except ValidationError as error:
        raise SettingsError(start + first_error(error, values)) from None


def unregistered_observers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a run's observers that are not registered here; a run does not need them."""
    table = values.get("observers", {})
    return {name: each for name, each in table.items() if name not in OBSERVERS} if isinstance(table, Mapping) else {}


class Settings(TypedDict, total=False):
    """Settings of an experiment as keyword arguments: values, nested dicts, or settings objects.

    A generator, discriminator, objective or remedy may also be an object, and `augment` always is: see
    `training.given_parts`. Observers are a dict, or a list of names and, for training, of objects: see
    `training.given_observers`.
    """

    seed: int
    game: Table
    generator: Any
    discriminator: Any
    objective: Any
    update: Table
    latents: str
    optim: Table
    remedies: Mapping[str, Any]
    augment: Callable[[Any], Any] | None
    observers: Any
    train: Table
    record: Table
    engine: Table


def override(base: Experiment, words: Iterable[str] = (), settings: Mapping[str, Any] = NOTHING) -> Experiment:
    """Apply overrides: kinds first, since a new kind starts from its own defaults, then the rest in order.

    words: `a.b=c`, where `none` removes a setting unless it is one of its valid values
    settings: nested dicts, for example {"optim": {"lr": 1e-3}}, where None removes a setting, a settings object
        replaces a dict, and an empty dict changes nothing
    """
    values = plain(base)
    given = [*map(parse_override, words), *setting_paths(settings)]
    pairs = [pair for path, value in given for pair in _with_kind(values, _current(path), value)]
    for path, value in sorted(pairs, key=lambda pair: pair[0][1:] not in ((), ("kind",))):
        _place(values, path, value)
    return experiment_from(values)


def setting_paths(settings: Mapping[str, Any], parents: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield the values of nested tables with their paths, as plain data."""
    for name, value in settings.items():
        path = (*parents, name)
        if isinstance(value, Config):
            yield path, plain(value)
        elif isinstance(value, Mapping) and (value or not parents):
            yield from setting_paths(value, path)
        elif isinstance(value, Path):
            yield path, str(value)
        elif not parents and name in REGISTERED and not isinstance(value, str | None):
            raise SettingsError(
                f"{name}=…: pass a name or a dict; register your own with ganarium.register.{REGISTERED[name]}"
            )
        elif getattr(value, "ndim", 0):
            raise SettingsError(f"{'.'.join(path)}=…: arrays are not settings; pass data to ganarium.train as data=…")
        else:
            yield path, "none" if value is None else value


def data_settings(words: Iterable[str], count: int | None = None) -> DataConfig:
    """Return the settings of a data set, given overrides such as `data=NAME` or `folder=PATH`, and a count."""
    return override(ANY, [*data_overrides(words), *([] if count is None else [f"data.count={count}"])]).data


def data_overrides(words: Iterable[str]) -> list[str]:
    """Prefix data set settings with `data.`, as in the settings of an experiment.

    >>> data_overrides(["size=32", "data.fit=pad"])
    ['data.size=32', 'data.fit=pad']
    """
    return [word if word.startswith(("data.", "data=")) else f"data.{word}" for word in words]


def parse_override(word: str) -> tuple[Keys, Any]:
    """Split `a.b=c` into a path and a value; a value that is not valid TOML remains a string.

    A file path is always a string, even if it parses as another TOML type.

    >>> parse_override("generator.hidden=[256, 128]")
    (('generator', 'hidden'), [256, 128])
    >>> parse_override("data=lines")
    (('data',), 'lines')
    >>> parse_override("data.folder=2024-01-01")
    (('data', 'folder'), '2024-01-01')
    """
    name, equals, text = word.partition("=") if isinstance(word, str) else ("", "", "")
    path = tuple(name.split("."))
    if not equals or not all(path):
        raise SettingsError(f"{word!r} is not a setting; write a.b=value, for example optim.lr=1e-3")
    value = toml_value(text)
    is_place = path[0] == "data" and path[1:] in [(place,) for place in (*LOCATIONS, *second_names(CoordinatesConfig))]
    return path, text if is_place and not isinstance(value, str) else value


def quoted(path: str) -> str:
    """Return a path as the value of a setting, quoted only if the bare path would be parsed differently.

    >>> quoted("my pics"), quoted('"1"')
    ('my pics', '"\\\\"1\\\\""')
    """
    taken_for = toml_value(path)
    return tomlkit.string(path).as_string() if isinstance(taken_for, str) and taken_for != path else path


def toml_value(text: str) -> Any:
    """Return the text parsed as TOML, or the text itself if it is not valid TOML."""
    try:
        return _parsed(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def read_toml(path: Path) -> Values:
    """Read a settings file of at most 1 MB."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not a file; pass the path of a TOML file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path}: the file is too large; settings files are limited to {LARGEST_FILE:,} bytes")
    try:
        return _parsed(content.removeprefix(BOM_UTF8).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a TOML file ({brief(error)})") from None


def _parsed(text: str) -> Values:
    """Parse TOML as plain data; reject keys with 33 or more parts, which would exhaust the memory."""
    if DEEP_KEY.search(text):
        raise ValueError("a key has too many parts")
    return tomllib.loads(text)


def to_toml(values: Mapping[str, Any]) -> str:
    """Return plain data as TOML text, with scalar values before tables."""
    return tomlkit.dumps(dict(sorted(_with_arrays(values).items(), key=lambda item: isinstance(item[1], Mapping))))


def _with_arrays(values: Mapping[str, Any]) -> Values:
    """Return plain data with long lists of integers as TOML arrays, because tomlkit converts them in quadratic time."""
    found: Values = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found[name] = _with_arrays(value)
        elif isinstance(value, list) and len(value) > LONG_LIST and all(type(each) is int for each in value):
            found[name] = tomlkit.array(str(value))
        else:
            found[name] = value
    return found


def plain(config: Config) -> Values:
    """Return a settings model as plain data for TOML and JSON, without None values."""
    return config.model_dump(mode="json", exclude_none=True)


def differences(old: Experiment, new: Experiment) -> dict[str, tuple[Any, Any]]:
    """Return the changed settings as a dict from dotted key to (old value, new value); missing values are None."""
    return changes(plain(old), plain(new))


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the changes between nested tables as a dict from dotted key to (old value, new value), None if missing."""
    before, after = dict(flatten(old)), dict(flatten(new))
    keys = [*before, *(key for key in after if key not in before)]
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield pairs of dotted key and value from nested tables."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _current(path: Keys) -> Keys:
    """Return the path of a setting with its current name; log a notice if the given name is a former name."""
    former = {old: new for settings in _settings_at(path[:-1]) for old, new in former_names(settings).items()}
    if path[-1] not in former:
        return path
    current = (*path[:-1], former[path[-1]])
    warn_renamed(".".join(path), ".".join(current))
    return current


def _settings_at(path: Keys) -> list[type[Config]]:
    """Return the settings classes that the table at this path can contain."""
    field = Experiment.model_fields.get(path[0]) if path else None
    if field is None or len(path) > 2:
        return []
    if len(path) == 2:
        tables = [note.registry for note in field.metadata if isinstance(note, TableOf)]
        return [table[path[1]].settings for table in tables if path[1] in table]
    chosen = [entry.settings for registry in _registries(path[0]) for entry in registry.values()]
    own = field.annotation
    return [*chosen, own] if isinstance(own, type) and issubclass(own, Config) else chosen


def _with_kind(values: Values, path: Keys, value: Any) -> list[tuple[Keys, Any]]:
    """Add the kind that a setting implies: `data.folder=PATH` also selects `data=folder`."""
    registries = _registries(path[0]) if len(path) == 2 else []
    chosen = next((name for registry in registries if (name := registry.selected_by(path[1]))), None)
    is_other = chosen is not None and chosen != values[path[0]]["kind"]
    return [((path[0], "kind"), chosen), (path, value)] if is_other else [(path, value)]


def _registries(table: str) -> list[Registry[Any]]:
    """Return a list with the registry that a settings table selects one entry from; empty for other tables."""
    field = Experiment.model_fields.get(table)
    return [note.registry for note in field.metadata if isinstance(note, OneOf)] if field else []


def _has_none(path: Keys) -> bool:
    """Return whether `none` is a valid value of this setting, as for the norm of a network."""
    entries = [entry for registry in _registries(path[0]) for entry in registry.values()]
    fields = [entry.settings.model_fields.get(path[-1]) for entry in entries if len(path) > 1]
    return any(field is not None and "none" in get_args(field.annotation) for field in fields)


def _place(values: Values, path: Keys, value: Any) -> None:
    *parents, last = path
    table = values
    for name in parents:
        inner = table.get(name)
        if not isinstance(inner, dict):
            inner = {"kind": inner} if isinstance(inner, str) and name != "kind" else {}
            table[name] = inner
        table = inner
    chosen = table.get(last)
    if value == "none" and not _has_none(path):
        table.pop(last, None)
    elif isinstance(chosen, dict) and chosen.get("kind") == value:
        pass  # the kind is unchanged, so retain its settings
    elif last == "kind" and len(path) == 2 and table.get("kind") != value:
        values[path[0]] = {"kind": value}
    else:
        table[last] = value
