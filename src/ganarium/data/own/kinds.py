"""Which kind of data lies at a path."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ganarium.core.errors import InputError, UsageError
from ganarium.core.settings.data import DATA
from ganarium.core.words import quoted


def words_for(name: str) -> list[str]:
    """The settings that a data set's name, or a path, stands for.

    Raises `InputError` for a path that cannot be looked at.

    >>> words_for("lines")
    ['data=lines']
    >>> words_for("pictures.npz")
    ['data.array=pictures.npz']
    """
    try:
        path = Path(name).expanduser()
        if name in DATA and not (_needs_a_place(name) and path.exists()):
            return [f"data={name}"]
        if not (path.exists() or "/" in name or path.suffix):
            return [f"data={name}"]
        return [f"data.{_kind(path)}={quoted(name)}"]
    except (OSError, RuntimeError) as error:  # RuntimeError: nobody's home
        raise InputError(f"{name}: cannot be looked at ({getattr(error, 'strerror', '') or error})") from None


def refuse_other_data(named: Sequence[str], words: Iterable[str]) -> None:
    """Raise `UsageError` for a word that names other data, since what `words_for` returned would be ignored then.

    >>> refuse_other_data(["data=folder"], ["data.folder=pictures", "data.size=32"])
    """
    choosing = {"data", "data.kind", *(f"data.{kind}" for kind in DATA if f"data={kind}" not in named)}
    if other := next((word for word in words if word.partition("=")[0] in choosing), None):
        raise UsageError(f"{other}: names other data than {named[0].partition('=')[2]}, which are given; leave one out")


def _needs_a_place(name: str) -> bool:
    return any(field.is_required() for field in DATA[name].settings.model_fields.values())


def _kind(path: Path) -> str:
    if path.suffix.lower() in (".npz", ".npy"):
        return "array"
    holds_idx = path.is_dir() and any("idx" in file.name and "ubyte" in file.name for file in path.iterdir())
    return "idx" if holds_idx else "folder"
