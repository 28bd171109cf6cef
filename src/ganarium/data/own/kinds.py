"""Which kind of data lies at a path."""

from pathlib import Path

from ganarium.core.settings.data import DATA


def words_for(name: str) -> list[str]:
    """The settings that a data set's name, or a path, stands for.

    >>> words_for("lines")
    ['data=lines']
    >>> words_for("pictures.npz")
    ['data.array=pictures.npz']
    """
    path = Path(name).expanduser()
    if name in DATA or not (path.exists() or "/" in name or path.suffix):
        return [f"data={name}"]
    if path.suffix in (".npz", ".npy"):
        return [f"data.array={name}"]
    holds_idx = path.is_dir() and any("idx" in file.name and "ubyte" in file.name for file in path.iterdir())
    return [f"data.idx={name}" if holds_idx else f"data.folder={name}"]
