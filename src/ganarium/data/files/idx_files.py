"""Find the IDX files in a folder."""

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.files.idx_cards import emnist_part

Part = Literal["train", "test"]
Contents = Literal["images", "labels"]
PARTS: tuple[Part, ...] = ("train", "test")
CONTENTS: tuple[Contents, ...] = ("images", "labels")
Files = Mapping[tuple[Part, Contents], Path]

NAME = re.compile(
    r"(?P<prefix>|.*[-_.])(?P<part>train|t10k|test)[-_.](?P<contents>images[-_.]idx3|labels[-_.]idx1)[-_.]ubyte(\.gz)?",
    re.IGNORECASE,
)
SUFFIX = {"images": "images-idx3-ubyte", "labels": "labels-idx1-ubyte"}
MOST_COMPARED = 1_000  # number of names in a folder that are compared with the missing one
NEAREST = 4


def find_files(folder: Path, prefixes: Collection[str] | None = None) -> Files:
    """Find the IDX files in a folder, compressed or not, whose names begin with one of `prefixes`; None means any.

    Raises `InputError` when there is no such folder, or two files may hold the same part.
    """
    found: dict[tuple[Part, Contents], Path] = {}
    for name in _names(folder):
        match = NAME.fullmatch(name)
        if match is None or (prefixes is not None and match["prefix"].lower() not in prefixes):
            continue
        part: Part = "train" if match["part"].lower() == "train" else "test"
        contents: Contents = "images" if match["contents"].lower().startswith("images") else "labels"
        other = found.setdefault((part, contents), folder / name)
        if other.name != name:
            both = emnist_part(name), emnist_part(other.name)
            advice = f"data=emnist data.path={folder} data.part={both[0]}" if all(both) else "keep only one of them"
            raise InputError(f"{folder}: {listed([other.name, name])} may both be the {part} {contents}; {advice}")
    return found


def required_file(
    found: Files, folder: Path, part: Part, contents: Contents, prefix: str = "", refusal: type[InputError] = InputError
) -> Path:
    """Return the path of one file; if it is missing, raises `refusal` with the expected and the most similar names."""
    if (part, contents) in found:
        return found[part, contents]
    stems = [f"{prefix}{name}-{SUFFIX[contents]}" for name in (("train",) if part == "train" else ("t10k", "test"))]
    names = [name for name in _names(folder) if name not in {path.name for path in found.values()}]
    near = sorted(names[:MOST_COMPARED], key=lambda name: -SequenceMatcher(None, stems[0], name).ratio())[:NEAREST]
    present = f"similar files: {listed(near)}" if near else "no other files found"
    raise refusal(f"{folder}: no file is named {' or '.join(stems)}, with or without .gz; {present}")


def _names(folder: Path) -> list[str]:
    """Return the sorted names of a folder's entries; the names of sub-folders end in a slash."""
    try:
        entries = [(entry.name, entry.is_dir()) for entry in folder.iterdir()]
    except NotADirectoryError:
        raise InputError(f"{folder}: not a folder; pass the folder that contains this file") from None
    except FileNotFoundError:
        raise InputError(f"{folder}: no such folder; pass the folder of the IDX files") from None
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror or error}); check its permissions") from None
    return sorted(f"{name}/" if is_dir else name for name, is_dir in entries)
