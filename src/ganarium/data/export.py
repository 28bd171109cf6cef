"""Export of data sets to folders of PNG files or to npz files."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.escape import listed, printable
from ganarium.core.outputs import write_folder
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, random_rows
from ganarium.data.files.folder_names import system_file_kind
from ganarium.data.files.folder_or_zip import TRUTH
from ganarium.data.files.label_validation import names_a_folder
from ganarium.data.files.layout import arrange
from ganarium.plotting.images import png, to_image

MOST_NAMED = 5  # classes in a message


def random_subset(source: Source, n: int) -> Source:
    """Return n random rows of a data set in the original order, or all rows if there are at most n."""
    if isinstance(source, PointSet) and source.points is None:
        return source.subset(n)
    if isinstance(source, PairSet) and len(source.x) != len(source.y):
        return source.subset(n)
    return source.at(random_rows(len(source), min(n, len(source))).sort().values)


def arrays(source: Source) -> dict[str, NDArray[Any]]:
    """Return a data set as a dictionary of named arrays.

    Images: `images` uint8 [n, C, H, W], `labels` int64 [n], `classes` [K] and the ground truth. Pairs: `x`, `y`,
    `x_as_y`, `y_as_x` and the ground truth. Points: `points` float32 [n, d].
    """
    if isinstance(source, PointSet):
        assert source.points is not None
        return {"points": source.points.numpy()}
    if isinstance(source, PairSet):
        domains = {"x": source.x, "y": source.y, "x_as_y": source.x_as_y, "y_as_x": source.y_as_x}
        pictures = {name: images.numpy() for name, images in domains.items() if images is not None}
        return pictures | dict(source.truth)
    return {"images": source.images.numpy()} | label_arrays(source.labels, source.classes) | dict(source.truth)


def label_arrays(labels: Tensor | None, classes: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays `labels`, int64 [n], and `classes`, names [K]; an empty dictionary without labels."""
    return {} if labels is None else {"labels": labels.numpy(), "classes": np.array(classes)}


def write_pictures(source: ImageSet, out: Path) -> None:
    """Write images as PNG files, in one folder per class if there are labels, and all other arrays to truth.npz.

    Raises `InputError`, before writing anything, if folders named after the classes would not be read back as the same
    classes.
    """
    classes = [] if source.labels is None else [source.classes[label] for label in source.labels.tolist()]
    files = [f"{i:06d}.png" for i in range(len(source))]
    if lost := _misread(classes, files):
        raise InputError(
            f"{out}: folders named {listed(map(printable, lost), MOST_NAMED)} would not be read back as "
            "these classes; write arrays instead, for example to x.npz"
        )
    names = [f"{folder}/{file}" for folder, file in zip(classes, files, strict=True)] if classes else files
    pictures = ((name, png(to_image(image))) for name, image in zip(names, source.images.numpy(), strict=True))
    known = {name: rows for name, rows in arrays(source).items() if name != "images"}
    write_folder(out, chain(pictures, [(TRUTH, compressed_npz(known))] if known else []))


def _misread(classes: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return the class names that would not be read back correctly from folders with the same names.

    A single class is never lost, since truth.npz contains the class names.

    classes: [n], class of each file
    files: [n]
    """
    names = sorted(set(classes))
    if wrong := [name for name in names if system_file_kind(name) or not names_a_folder(name)]:
        return wrong
    same = Counter(map(_folded, names))
    if same_folder := [name for name in names if same[_folded(name)] > 1]:
        return same_folder
    if len(names) < 2:
        return []
    try:
        found = arrange([f"{folder}/{file}" for folder, file in zip(classes, files, strict=True)], "auto")
    except InputError:
        return names
    if found.labels is None or found.splits is not None or len(found.rows) < len(files):
        return names
    read = (found.classes[label] for label in found.labels)
    return sorted(
        {name for name, other in zip(classes, read, strict=True) if _folded(printable(name)) != _folded(other)}
    )


def _folded(name: str) -> str:
    """Return a name as seen by a file system that ignores case and normalizes Unicode."""
    return unicodedata.normalize("NFC", name).casefold()


def npz_bytes(values: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of an uncompressed npz file, which is fast to write and read."""
    buffer = BytesIO()
    np.savez(buffer, **dict(values))  # type: ignore[arg-type]
    return buffer.getvalue()


def csv_of_points(points: Tensor) -> bytes:
    """Return points [n, d] as a table with the columns x0, x1, …; 9 digits determine a float32 exactly."""
    rows = [",".join(f"x{axis}" for axis in range(points.shape[1]))]
    rows += [",".join(f"{value:.9g}" for value in row) for row in points.tolist()]
    return ("\n".join(rows) + "\n").encode()


def compressed_npz(values: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a compressed npz file."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **dict(values))  # type: ignore[arg-type]
    return buffer.getvalue()
