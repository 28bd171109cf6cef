"""Stack the samples of a user's data set in memory or, if they do not fit, in a memory-mapped file."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shutil import disk_usage
from typing import Any, NoReturn

import numpy as np
import psutil
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image

from ganarium.core.errors import InputError
from ganarium.data.files.in_memory import array_of_images
from ganarium.data.files.npz import MOST_BYTES

MEMORY_SHARE = 0.4  # fraction of the free memory that the samples may need; conversions need more
RESIZE = "return samples of one shape, for example with transform=…"

Values = NDArray[Any] | Image.Image
Labelled = tuple[Values, int | None]  # a sample and its label


@dataclass(frozen=True)
class Items:
    """All samples of a data set, and their labels.

    samples: one array [n, …], or Pillow images
    labels: integers [n]; None without labels
    """

    samples: NDArray[Any] | list[Image.Image]
    labels: NDArray[np.int64] | None


def stacked(pairs: Iterator[Labelled], where: str, n: int | None, scratch: Path | None = None) -> Items:
    """Stack samples that all have the shape and type of the first one.

    n: number of samples; None if unknown
    scratch: file for images that do not fit into memory; without it or `n`, they are refused

    Raises `InputError`, prefixed with `where`, for samples that are inconsistent or too large.
    """
    first = next(pairs, None)
    if first is None:
        raise InputError(f"{where}: the iterable yields nothing; pass data with at least one sample")
    pairs, most = _alike(chain([first], pairs), where), _most_samples(first[0])
    if n is None or (n <= most and isinstance(first[0], Image.Image)):
        return _listed(pairs, where, most)
    if n <= most:
        return _filled(pairs, n, None)
    if scratch is None or not (isinstance(first[0], Image.Image) or first[0].ndim > 1):
        _refuse_size(where, n, first[0])
    _refuse_full_disk(scratch.parent, where, n, first[0])
    arrays = ((as_array(sample, f"{where}, item {i:,}"), label) for i, (sample, label) in enumerate(pairs))
    return _filled(_alike(arrays, where), n, scratch)


def _alike(pairs: Iterator[Labelled], where: str) -> Iterator[Labelled]:
    """Yield samples and labels; raise `InputError` for one that differs from the first in shape, type or labelling."""
    kind, labelled = "", False
    for i, (sample, label) in enumerate(pairs):
        kind, labelled = (kind, labelled) if i else (_kind(sample), label is not None)
        if (label is not None) != labelled:
            with_label, without = (0, i) if labelled else (i, 0)
            raise InputError(f"{where}: item {with_label:,} has a label, but item {without:,} has none; return (x, y)")
        if _kind(sample) != kind:
            raise InputError(f"{where}: item {i:,} {_kind(sample)}, but item 0 {kind}; {RESIZE}")
        yield sample, label


def _listed(pairs: Iterator[Labelled], where: str, most: int) -> Items:
    """Collect at most `most` samples."""
    samples: list[Any] = []
    labels: list[int | None] = []
    for sample, label in pairs:
        if len(samples) == most:
            _refuse_size(where, most + 1, sample)
        samples.append(sample)
        labels.append(label)
    return Items(samples if isinstance(samples[0], Image.Image) else np.stack(samples), _integers(labels))


def _filled(pairs: Iterator[Labelled], n: int, scratch: Path | None) -> Items:
    """Collect n arrays in memory or, if it is given, in the file `scratch`."""
    first = next(pairs)
    array = np.asarray(first[0])
    shape = (n, *array.shape)
    samples = np.empty(shape, array.dtype) if scratch is None else open_memmap(scratch, "w+", array.dtype, shape)
    labels: list[int | None] = []
    for i, (sample, label) in enumerate(chain([first], pairs)):
        samples[i] = sample
        labels.append(label)
    return Items(samples, _integers(labels))


def _integers(labels: list[int | None]) -> NDArray[np.int64] | None:
    return None if labels[0] is None else np.array(labels, np.int64)


def as_array(sample: Values, place: str) -> Values:
    """Convert a Pillow image to an array [C, H, W]; return an array unchanged."""
    return array_of_images(sample, place)[0][0] if isinstance(sample, Image.Image) else sample


def _kind(sample: Values) -> str:
    """Describe the shape and type of a sample, which all samples have in common."""
    if isinstance(sample, Image.Image):
        return f"is a Pillow image of {sample.height}×{sample.width}"
    return f"has shape {'×'.join(map(str, sample.shape)) or '()'} and type {sample.dtype}"


def _most_samples(sample: Values) -> int:
    """Return the number of samples like this one that fit into memory, and into a file that can be read again."""
    values = sample.width * sample.height * len(sample.getbands()) if isinstance(sample, Image.Image) else sample.size
    free = int(psutil.virtual_memory().available * MEMORY_SHARE)
    return min(free // max(1, _bytes_of(sample)), MOST_BYTES // max(1, values))


def _bytes_of(sample: Values) -> int:
    if isinstance(sample, Image.Image):
        return sample.width * sample.height * len(sample.getbands())
    return sample.nbytes


def _refuse_size(where: str, n: int, sample: Values) -> NoReturn:
    raise InputError(
        f"{where}: {n:,} samples of {_bytes_of(sample):,} bytes are too many: at most {_most_samples(sample):,} fit "
        "into memory; pass fewer, for example as torch.utils.data.Subset, or smaller ones"
    )


def _refuse_full_disk(folder: Path, where: str, n: int, sample: Values) -> None:
    """Raise `InputError` unless samples and their images fit on the disk; a full disk would end the process."""
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = 2 * n * _bytes_of(sample), disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"{where}: {n:,} samples fit neither into memory nor on the disk, where {needed:,} bytes are needed in "
            f"{folder} and {free:,} are free; pass fewer or smaller samples"
        )
