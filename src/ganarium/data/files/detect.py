"""Resolve the name or path of a data set to settings, detecting the file type."""

from collections.abc import Callable, Iterable, Sequence
from json import dumps as to_json
from pathlib import Path

from ganarium.config.base import DataConfig
from ganarium.config.data_files import FilesConfig
from ganarium.config.datasets import DATA
from ganarium.config.overrides import data_overrides, data_settings, quoted
from ganarium.core.errors import InputError, UsageError
from ganarium.data.files.arrays import Labels
from ganarium.data.files.cifar import is_cifar
from ganarium.data.files.folder_or_zip import PICTURES
from ganarium.data.files.mat import SUFFIX as MAT
from ganarium.data.files.npz import SUFFIXES as ARRAYS
from ganarium.data.files.parquet import is_parquet
from ganarium.data.files.pickles import refuse_pickled
from ganarium.data.files.point_files import holds_points
from ganarium.data.files.tables import is_table


def overrides_for(name: str) -> list[str]:
    """Return the settings overrides that select a data set by name or path.

    Raises `InputError` for a path that cannot be accessed.

    >>> overrides_for("lines")
    ['data=lines']
    >>> overrides_for("pictures.npz")
    ['data.array=pictures.npz']
    >>> overrides_for("mnist_train.csv")
    ['data.csv=mnist_train.csv']
    """
    try:
        path = Path(name).expanduser()
        if name in DATA and not (_requires_path(name) and path.exists()):
            return [f"data={name}"]
        if not (path.exists() or "/" in name or path.suffix):
            return [f"data={name}"]
        return [f"data.{_type_of(path)}={quoted(name)}"]
    except (OSError, RuntimeError) as error:  # RuntimeError: the home directory of a user is unknown
        raise InputError(f"{name}: cannot be accessed ({getattr(error, 'strerror', '') or error})") from None


def refuse_other_data(named: Sequence[str], words: Iterable[str]) -> None:
    """Raise `UsageError` for an override that selects a different data set from the overrides `named`.

    >>> refuse_other_data(["data=folder"], ["data.folder=pictures", "data.size=32"])
    """
    choosing = {"data", "data.kind", *(f"data.{kind}" for kind in DATA if f"data={kind}" not in named)}
    if other := next((word for word in words if word.partition("=")[0] in choosing), None):
        raise UsageError(f"{other}: selects a data set other than {named[0].partition('=')[2]}; remove one of the two")


def overrides_for_data(data: str | Path, labels: Labels | None) -> list[str]:
    """Return the overrides for a data set name or path; raises `UsageError` if labels are given."""
    if labels is not None:
        raise UsageError(f"labels=… applies only to images in memory, not to {data}; remove labels=…")
    return overrides_for(data if isinstance(data, str) else str(data.absolute()))


def resolve_data(
    data: str | Path, words: Iterable[str], labels: Labels | None = None, *, like: DataConfig | None = None
) -> DataConfig:
    """Return the settings of a data set given by name or path, with the overrides `words` applied.

    like: data set whose decoding settings are used unless overridden
    """
    own, given = overrides_for_data(data, labels), data_overrides(words)
    refuse_other_data(own, given)
    settings = data_settings([*own, *given])
    if not isinstance(settings, FilesConfig) or not isinstance(like, FilesConfig):
        return settings
    known = settings.decoding_settings
    same = {name: value for name, value in like.decoding_settings.items() if name in known and value is not None}
    return data_settings([*own, *(f"data.{name}={to_json(value)}" for name, value in same.items()), *given])


def _requires_path(name: str) -> bool:
    return any(field.is_required() for field in DATA[name].settings.model_fields.values())


def _type_of(path: Path) -> str:
    """Return the type of the data at a path, from file names and, for tables and arrays, the number of columns."""
    refuse_pickled(path)
    return next((name for name, matches in TYPES if matches(path)), "folder")


def _inside(path: Path) -> list[Path]:
    """Return the entries of a folder; [] for a file."""
    return list(path.iterdir()) if path.is_dir() else []


def _holds_idx(path: Path) -> bool:
    names = [file.name.lower() for file in _inside(path) or [path]]
    return any("idx" in name and "ubyte" in name for name in names)


def _holds_tables(path: Path) -> bool:
    """Return whether a folder contains tables, but no images or sub-folders that the tables may describe."""
    inside = _inside(path)
    pictures = any(each.suffix.lower() in PICTURES or each.is_dir() for each in inside)
    return not pictures and any(map(is_table, inside))


TYPES: tuple[tuple[str, Callable[[Path], bool]], ...] = (
    ("coordinates", holds_points),
    ("array", lambda path: path.suffix.lower() in (*ARRAYS, MAT)),
    ("csv", lambda path: is_table(path) or _holds_tables(path)),
    ("parquet", is_parquet),
    ("cifar", is_cifar),
    ("idx", _holds_idx),
)
