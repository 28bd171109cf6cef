"""Read MATLAB files up to version 7 as arrays in NumPy's axis order, without running code from the files."""

import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed
from ganarium.data.files.array_names import CLASSES, Named, named_arrays
from ganarium.data.files.idx_cards import CHARACTERS, UPRIGHT, emnist_part
from ganarium.data.safe_io import CHUNK, MOST_RATIO, UNPACKED, format_count, opened

SUFFIX = ".mat"
HEADER = 128  # bytes of a version 5 file before its first variable
PACKED = 15  # type of a compressed variable
HDF5 = b"\x89HDF\r\n\x1a\n"
MOST_BYTES = 2_000_000_000  # for all variables together
MOST_DEPTH = 3  # nesting of structures
SVHN = re.compile(r"(train|test|extra)_32x32", re.IGNORECASE)
CHANNELS = (1, 3)
TEN = 10
EMNIST_SIDE = 28


@dataclass(frozen=True)
class Mat:
    """The arrays of a MATLAB file by name, with images along the first axis and labels [n], and the conversions."""

    arrays: Mapping[str, NDArray[Any]]
    messages: tuple[str, ...] = ()


def read_mat(path: Path, known: Literal["usual", "few"] = "usual") -> Mat:
    """Read all numeric arrays in a file; arrays inside structures are named after their fields.

    Class names may also be a cell array of text or a character matrix, unless `known` is "few". All other variables are
    skipped and listed in `messages`.

    The files of EMNIST and SVHN, recognized by their names, are returned with upright images and labels from 0.

    Raises `InputError` when the file is damaged, too large, of version 7.3, or has no numeric arrays.
    """
    variables = dict(_flat(_variables(path)))
    arrays = {name: value for name, value in variables.items() if _is_numeric(value)}
    if not arrays:
        raise InputError(f"{path}: contains no numeric arrays; save the images as a numeric array")
    if known == "usual":
        texts = {name: _texts(value) for name, value in variables.items() if name.lower() in CLASSES}
        arrays |= {name: np.array(each) for name, each in texts.items() if each}
    others = tuple(_not_read([name for name in variables if name not in arrays]))
    named = named_arrays(path, tuple(arrays))
    for key in named.labels.values():
        arrays[key] = _whole_numbers(arrays[key])
    part = emnist_part(path.name)
    if part is not None:
        return _emnist(path, arrays, named, part, others)
    messages = list(others)
    for split, key in named.pictures.items():
        labels = arrays.get(named.labels.get(split, ""))
        arrays[key], moved = _pictures_first(arrays[key], None if labels is None else len(labels), f"{path}, {key}")
        messages += [moved] if moved and moved not in messages else []
    if SVHN.match(path.name):
        for key in named.labels.values():
            arrays[key] = np.where(arrays[key] == TEN, 0, arrays[key])
        messages.append("label 10, which means digit 0 in SVHN, was converted to 0")
    return Mat(arrays, tuple(messages))


def _variables(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat  # imported here because few users need it

    with opened(path) as file:
        _refuse_unsound(path, file)
        file.seek(0)
        try:
            return dict(loadmat(file, struct_as_record=True))
        except InputError:
            raise
        except Exception as error:  # any exception of the parser means a faulty file
            raise InputError(f"{path}: not a valid .mat file ({brief(error)}); save the file again with -v7") from None


def _refuse_unsound(path: Path, file: BinaryIO) -> None:
    """Raise `InputError` for files that SciPy cannot read, or that would take too much memory."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(HEADER)
    file.seek(512)
    if start.startswith((b"MATLAB 7.3", HDF5)) or file.read(len(HDF5)) == HDF5:
        raise InputError(f"{path}: MATLAB 7.3 files (HDF5) are not supported; save the file again with -v7")
    if not start.startswith(b"MATLAB 5.0"):
        raise InputError(f"{path}: not a .mat file of version 5 to 7; save the file again with -v7")
    total, most = 0, min(MOST_BYTES, max(UNPACKED, MOST_RATIO * size))
    for unpacked in _unpacked(path, file, start, size):
        total += unpacked
        if total > most:
            raise InputError(
                f"{path}: contains more than {format_count(most)} bytes; save the images as uint8, or save fewer images"
            )


def _unpacked(path: Path, file: BinaryIO, start: bytes, size: int) -> Iterator[int]:
    """Yield the decompressed size of each variable, one chunk at a time."""
    order = "<" if start[126:128] == b"IM" else ">"
    position = HEADER
    while position < size:
        file.seek(position)
        tag = file.read(8)
        if len(tag) < 8:
            raise InputError(f"{path}: the file is truncated within a variable; save or download the file again")
        data_type, length = (int(number) for number in np.frombuffer(tag, f"{order}u4"))
        position += 8 + length
        if position > size:
            raise InputError(
                f"{path}: a variable declares {format_count(length)} bytes, but the file ends earlier; "
                "save or download the file again"
            )
        yield from _chunks_unpacked(path, file, length) if data_type == PACKED else [length]


def _chunks_unpacked(path: Path, file: BinaryIO, length: int) -> Iterator[int]:
    stream = zlib.decompressobj()
    try:
        while length and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            while chunk:
                yield len(stream.decompress(chunk, CHUNK))
                chunk = stream.unconsumed_tail
    except zlib.error as error:
        raise InputError(f"{path}: the file is damaged ({brief(error)}); save or download the file again") from None


def _flat(values: Mapping[str, Any], depth: int = MOST_DEPTH) -> Iterator[tuple[str, Any]]:
    """Yield variables by name, expanding structures; the fields of a single structure get no prefix."""
    variables = {name: value for name, value in values.items() if not name.startswith("__")}
    for name, value in variables.items():
        if isinstance(value, np.ndarray) and value.dtype.names and value.size == 1 and depth:
            fields = {field: value[field].flat[0] for field in value.dtype.names}
            prefix = "" if depth == MOST_DEPTH and len(variables) == 1 else f"{name}_"
            yield from ((prefix + field, inner) for field, inner in _flat(fields, depth - 1))
        else:
            yield name, value


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iufb" and value.size > 0


def _texts(value: Any) -> list[str]:
    """Return the strings in a cell array or the rows of a character matrix; [] for all other values."""
    if not isinstance(value, np.ndarray) or value.size != max(value.shape, default=0):
        return []
    if value.dtype.kind == "U" and value.size > 1:
        return [str(row).rstrip() for row in value.flat]
    cells = list(value.flat) if value.dtype.kind == "O" else []
    if not all(isinstance(cell, np.ndarray) and cell.dtype.kind == "U" and cell.size == 1 for cell in cells):
        return []
    return [str(cell.flat[0]) for cell in cells]


def _not_read(names: Sequence[str]) -> Iterator[str]:
    if names:
        shown = listed(f"'{name}'" for name in names)
        yield f"variable {shown} is not read" if len(names) == 1 else f"variables {shown} are not read"


def _whole_numbers(labels: NDArray[Any]) -> NDArray[Any]:
    """Flatten labels [n, 1] or [1, n] to [n], and convert MATLAB's integer-valued floats to integers."""
    flat = labels.reshape(-1) if labels.ndim == 2 and 1 in labels.shape else labels
    if flat.dtype.kind == "f" and np.isfinite(flat).all() and (flat == np.rint(flat)).all() and abs(flat).max() < 1e9:
        return flat.astype(np.int64)
    return flat


def _pictures_first(array: NDArray[Any], labels: int | None, where: str) -> tuple[NDArray[Any], str]:
    """Convert MATLAB's [H, W, C, n] or [H, W, n] to [n, H, W, C] or [n, H, W], and describe the conversion."""
    if array.ndim == 4 and array.shape[2] in CHANNELS and _are_sides(array.shape[:2]):
        first = array.shape[1] in CHANNELS or (array.shape[3] in CHANNELS and _are_sides(array.shape[1:3]))
    elif array.ndim == 3 and _are_sides(array.shape[:2]):
        first = _are_sides(array.shape[1:])
    else:
        return array, ""
    if first and labels in (array.shape[0], array.shape[-1]) and array.shape[0] != array.shape[-1]:
        if labels == array.shape[0]:
            return array, ""
    elif first:
        shape = "×".join(map(str, array.shape))
        raise InputError(
            f"{where}: shape {shape} is ambiguous: the images may be along the first or the last axis; "
            "permute the array to [n, H, W] or [n, C, H, W] and save it in an .npz file"
        )
    return np.moveaxis(array, -1, 0), "the last axis counts the images, as usual in MATLAB, and was moved to the front"


def _are_sides(shape: tuple[int, ...]) -> bool:
    return all(SMALLEST <= side <= LARGEST for side in shape)


def _emnist(path: Path, arrays: Mapping[str, NDArray[Any]], named: Named, part: str, messages: tuple[str, ...]) -> Mat:
    """Return a part of EMNIST with upright images, labels from 0, and characters as class names."""
    converted = {key: array for key, array in arrays.items() if key != "mapping"} | {
        "classes": np.array(CHARACTERS[part])
    }
    for key in named.pictures.values():
        if arrays[key].ndim != 2 or arrays[key].shape[1] != EMNIST_SIDE**2:
            raise InputError(f"{path}, {key}: the array does not have EMNIST's shape [n, 784]; rename the file")
        converted[key] = arrays[key].reshape(-1, EMNIST_SIDE, EMNIST_SIDE, order="F")
    for key in named.labels.values():
        converted[key] = arrays[key].astype(np.int64) - int(part == "letters")
    return Mat(converted, (UPRIGHT, *messages))
