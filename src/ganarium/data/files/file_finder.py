"""Find the images that a table lists, by path or file name."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath


class FileFinder:
    """A look-up of the images listed in a table, by path or else by file name, with or without the suffix.

    names: path of each image
    rows: the images that the table covers
    folder: the folder of the table, "" or ending in "/"
    """

    def __init__(self, names: Sequence[str], rows: Sequence[int], folder: str) -> None:
        inside = [
            (name.removeprefix(folder), row) for name, row in ((normalized_path(names[row]), row) for row in rows)
        ]
        self._inside = inside
        self._places: dict[Callable[[str], str], dict[str, int | None]] = {}

    def find(self, entry: str) -> int | None:
        """Return the row of the image that matches a table entry; None when no image or more than one matches."""
        entry = normalized_path(entry.strip()).removeprefix("./")
        for key, of_entry in ((_whole, _whole), (_no_suffix, _whole), (_file, _file), (_stem, _file)):
            if (row := self._by(key).get(of_entry(entry))) is not None:
                return row
        return None

    def _by(self, key: Callable[[str], str]) -> dict[str, int | None]:
        """Map the `key` of each path to the row of its image, or to None if several paths have the same key."""
        if key not in self._places:
            found: dict[str, int | None] = {}
            for name, row in self._inside:
                place = key(name)
                found[place] = None if place in found else row
            self._places[key] = found
        return self._places[key]


def normalized_path(name: str) -> str:
    """Return a path with forward slashes and composed characters (NFC)."""
    return unicodedata.normalize("NFC", name).replace("\\", "/")


def _whole(name: str) -> str:
    return name


def _no_suffix(name: str) -> str:
    return name.removesuffix(PurePosixPath(name).suffix)


def _file(name: str) -> str:
    return name.rpartition("/")[2]


def _stem(name: str) -> str:
    return _no_suffix(_file(name))
