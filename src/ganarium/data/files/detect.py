"""Detect the kind of data at a path."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ganarium.config.datasets import DATA
from ganarium.config.overrides import quoted
from ganarium.core.errors import InputError, UsageError
from ganarium.data.files.archive import PICTURES
from ganarium.data.files.cifar import is_cifar
from ganarium.data.files.coordinates import holds_points
from ganarium.data.files.mat import SUFFIX as MAT
from ganarium.data.files.npz import SUFFIXES as ARRAYS
from ganarium.data.files.parquet import is_parquet
from ganarium.data.files.pickles import refuse_pickled
from ganarium.data.files.tables import is_table


def words_for(name: str) -> list[str]:
    """Return the overrides for a data set's name or a path.

    Raises `InputError` for a path that cannot be accessed.

    >>> words_for("lines")
    ['data=lines']
    >>> words_for("pictures.npz")
    ['data.array=pictures.npz']
    >>> words_for("mnist_train.csv")
    ['data.csv=mnist_train.csv']
    """
    try:
        path = Path(name).expanduser()
        if name in DATA and not (_needs_a_place(name) and path.exists()):
            return [f"data={name}"]
        if not (path.exists() or "/" in name or path.suffix):
            return [f"data={name}"]
        return [f"data.{_kind(path)}={quoted(name)}"]
    except (OSError, RuntimeError) as error:  # RuntimeError: the home directory of a user is unknown
        raise InputError(f"{name}: cannot be looked at ({getattr(error, 'strerror', '') or error})") from None


def refuse_other_data(named: Sequence[str], words: Iterable[str]) -> None:
    """Raise `UsageError` for an override that names other data, which would replace the result of `words_for`.

    >>> refuse_other_data(["data=folder"], ["data.folder=pictures", "data.size=32"])
    """
    choosing = {"data", "data.kind", *(f"data.{kind}" for kind in DATA if f"data={kind}" not in named)}
    if other := next((word for word in words if word.partition("=")[0] in choosing), None):
        raise UsageError(f"{other}: names other data than {named[0].partition('=')[2]}, which are given; leave one out")


def _needs_a_place(name: str) -> bool:
    return any(field.is_required() for field in DATA[name].settings.model_fields.values())


def _kind(path: Path) -> str:
    """Return the kind of data at a path by file names, and for tables and arrays also by their number of columns."""
    refuse_pickled(path)
    return next((kind for kind, is_one in KINDS if is_one(path)), "folder")


def _inside(path: Path) -> list[Path]:
    """Return the entries of a folder; nothing for a file."""
    return list(path.iterdir()) if path.is_dir() else []


def _holds_idx(path: Path) -> bool:
    names = [file.name.lower() for file in _inside(path) or [path]]
    return any("idx" in name and "ubyte" in name for name in names)


def _holds_tables(path: Path) -> bool:
    """Return whether a folder holds tables, and neither pictures nor folders that the tables may describe."""
    inside = _inside(path)
    pictures = any(each.suffix.lower() in PICTURES or each.is_dir() for each in inside)
    return not pictures and any(map(is_table, inside))


KINDS: tuple[tuple[str, Callable[[Path], bool]], ...] = (
    ("coordinates", holds_points),
    ("array", lambda path: path.suffix.lower() in (*ARRAYS, MAT)),
    ("csv", lambda path: is_table(path) or _holds_tables(path)),
    ("parquet", is_parquet),
    ("cifar", is_cifar),
    ("idx", _holds_idx),
)
