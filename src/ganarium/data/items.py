"""Read the items of a user's data set or iterable of batches once, and check that they fit together."""

import logging
from collections.abc import Callable, Iterable, Iterator
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
from torch import Tensor

from ganarium.core.errors import InputError, brief
from ganarium.core.progress import track
from ganarium.core.random_streams import seeded
from ganarium.data.files.in_memory import array_of_images, plain_array
from ganarium.data.files.npz import MOST_BYTES

MOST_STREAMED = 1_000_000  # samples that are read from an iterable
MEMORY_SHARE = 0.4  # fraction of the free memory that the samples may need; conversions need more
READ_TWICE = 3  # items that are read again, to detect data that change from one reading to the next
NUMBERS = "buif"  # kinds of NumPy types that samples may have
RESIZE = "return samples of one shape, for example with transform=…"

Transform = Callable[[Any], Any]
Values = NDArray[Any] | Image.Image


@dataclass(frozen=True)
class Items:
    """All samples of a data set, and their labels.

    samples: one array [n, …], or Pillow images
    labels: integers [n]; None without labels
    """

    samples: NDArray[Any] | list[Image.Image]
    labels: NDArray[np.int64] | None


def read_dataset(dataset: Any, where: str, transform: Transform | None = None, scratch: Path | None = None) -> Items:
    """Read every item of a map-style data set, `dataset[0]` to `dataset[len(dataset) − 1]`, once and in order.

    An item is a sample x or a tuple (x, y) with an integer label y. A few items are then read once more; a warning says
    if they differ. Random transforms that draw from torch's generator give the same samples in every process.

    transform: applied to the x of each item
    scratch: file to which samples that do not fit into memory are written as an array [n, …]; otherwise, they are
        refused

    Raises `InputError`, prefixed with `where`, for data without items, items that fail to load, or that do not fit
    together.
    """
    n = _length(dataset, where)
    reading = range(n)
    with seeded(0):
        items = _stacked(
            (_item(dataset, i, where, transform) for i in track("reading data", reading, n)), where, n, scratch
        )
        _warn_of_changes(dataset, items, where, transform)
    return items


def read_batches(batches: Iterable[Any], where: str, transform: Transform | None = None) -> Items:
    """Read an iterable of batches once, to its end; a batch is an array x [b, …] or a pair (x, y) with labels y [b].

    Raises `InputError`, prefixed with `where`, as `read_dataset` does, and for iterables of more than `MOST_STREAMED`
    samples, which may be endless.
    """
    with seeded(0):
        return _stacked(_limited(_of_batches(batches, where, transform), where), where, None)


def read_stream(items: Iterable[Any], where: str, transform: Transform | None = None) -> Items:
    """Read an iterable of items, x or (x, y), once, to its end; errors as in `read_batches`."""
    with seeded(0):
        pairs = (
            _sample(*_pair(item, f"{where}, item {i:,}"), f"{where}, item {i:,}", transform)
            for i, item in enumerate(_guarded(items, where, "item"))
        )
        return _stacked(_limited(pairs, where), where, None)


def _length(dataset: Any, where: str) -> int:
    try:
        n = len(dataset)
    except Exception as error:  # whatever a user's class raises
        raise InputError(f"{where}: its length is unknown: {described(error)}; define __len__") from None
    if not n:
        raise InputError(f"{where}: the data set has length 0; pass data with at least one item")
    return n


def _item(dataset: Any, i: int, where: str, transform: Transform | None) -> tuple[Values, int | None]:
    """Read one item: the sample and its label."""
    place = f"{where}, item {i:,}"
    try:
        item = dataset[i]
    except Exception as error:  # whatever a user's class raises
        raise InputError(
            f"{place} of {len(dataset):,} cannot be read: {described(error)}; correct or leave out this item"
        ) from error
    return _sample(*_pair(item, place), place, transform)


def _pair(item: Any, place: str) -> tuple[Any, Any]:
    """Return the sample and label of an item x, (x,) or (x, y); the label is None without one."""
    if not isinstance(item, tuple):
        return item, None
    if len(item) > 2 or not item:
        raise InputError(f"{place} is a tuple of {len(item)} values; return x or (x, y)")
    return (item[0], item[1]) if len(item) == 2 else (item[0], None)


def _sample(x: Any, y: Any, place: str, transform: Transform | None) -> tuple[Values, int | None]:
    """Return a sample as an array or Pillow image, and its label as an integer."""
    if transform is not None:
        try:
            x = transform(x)
        except Exception as error:  # whatever a user's function raises
            raise InputError(f"{place}: transform=… failed: {described(error)}") from error
    if isinstance(x, Image.Image):
        try:
            x.load()  # closes the file of an image that is read on demand
        except Exception as error:  # any exception of a codec means a faulty file
            raise InputError(f"{place}: the image cannot be read: {described(error)}; replace the image") from None
        return x, _label(y, place)
    if not isinstance(x, np.ndarray | np.generic | Tensor | list | float | int):
        raise InputError(f"{place} is of type {type(x).__name__}; return an array, a tensor or a Pillow image as x")
    array = plain_array(x, place)
    if array.dtype.kind not in NUMBERS:
        raise InputError(f"{place}: type {array.dtype} is not supported; return numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{place}: some values are not finite (NaN or infinite); replace them")
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array, _label(y, place)


def _label(y: Any, place: str) -> int | None:
    if y is None:
        return None
    array = plain_array(y, place)
    if array.size != 1 or array.dtype.kind not in "iub":
        what = f"shape {array.shape}" if array.size != 1 else f"type {array.dtype}"
        raise InputError(
            f"{place}: the label has {what}, but must be one integer; number the classes from 0, or return x alone"
        )
    return int(array.item())


def _of_batches(batches: Iterable[Any], where: str, transform: Transform | None) -> Iterator[tuple[Values, int | None]]:
    """Yield the samples and labels of batches."""
    for number, batch in enumerate(_guarded(batches, where, "batch")):
        place = f"{where}, batch {number:,}"
        x, y = _parts_of(batch, place)
        xs = x if isinstance(x, list | tuple) else plain_array(x, place)
        ys = None if y is None else plain_array(y, place)
        if isinstance(xs, np.ndarray) and not xs.ndim:
            raise InputError(f"{place} is a single number; yield batches x [n, …] or (x, y)")
        if ys is not None and (not ys.ndim or len(ys) != len(xs)):
            raise InputError(f"{place}: has {len(xs):,} samples and labels of shape {ys.shape}; yield labels [n]")
        for i, sample in enumerate(xs):
            yield _sample(sample, None if ys is None else ys[i], f"{place}, sample {i:,}", transform)


def _parts_of(batch: Any, place: str) -> tuple[Any, Any]:
    """Return the samples and labels of a batch x, [x] or [x, y]."""
    if not isinstance(batch, list | tuple) or not all(isinstance(each, np.ndarray | Tensor) for each in batch):
        if isinstance(batch, list | tuple | np.ndarray | Tensor):
            return batch, None
        raise InputError(f"{place} is of type {type(batch).__name__}; yield batches x [n, …] or (x, y)")
    if len(batch) not in (1, 2):
        raise InputError(f"{place} has {len(batch)} parts; yield batches x [n, …] or (x, y)")
    return batch[0], batch[1] if len(batch) == 2 else None


def _guarded(iterable: Iterable[Any], where: str, what: str) -> Iterator[Any]:
    """Yield from an iterable; name the item at which it fails."""
    number = 0
    try:
        for item in iterable:
            yield item
            number += 1
    except InputError:
        raise
    except Exception as error:  # whatever a user's class raises
        raise InputError(f"{where}: reading {what} {number:,} failed: {described(error)}") from error


def _limited(pairs: Iterator[tuple[Values, int | None]], where: str) -> Iterator[tuple[Values, int | None]]:
    """Yield from an iterable; raise `InputError` if it is longer than `MOST_STREAMED`."""
    pairs = iter(track("reading data", pairs, MOST_STREAMED))
    for i, pair in enumerate(pairs):
        if i == MOST_STREAMED:
            raise InputError(
                f"{where}: has not ended after {MOST_STREAMED:,} samples; to read the first 1,000 items or batches, "
                "pass itertools.islice(data, 1000)"
            )
        yield pair


def _stacked(
    pairs: Iterator[tuple[Values, int | None]], where: str, n: int | None, scratch: Path | None = None
) -> Items:
    """Stack samples that all have the shape and type of the first one, in memory or in the file `scratch`."""
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
    arrays = ((_array_of(sample, f"{where}, item {i:,}"), label) for i, (sample, label) in enumerate(pairs))
    return _filled(_alike(arrays, where), n, scratch)


def _alike(pairs: Iterator[tuple[Values, int | None]], where: str) -> Iterator[tuple[Values, int | None]]:
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


def _listed(pairs: Iterator[tuple[Values, int | None]], where: str, most: int) -> Items:
    """Collect at most `most` samples."""
    samples: list[Any] = []
    labels: list[int | None] = []
    for sample, label in pairs:
        if len(samples) == most:
            _refuse_size(where, most + 1, sample)
        samples.append(sample)
        labels.append(label)
    return Items(samples if isinstance(samples[0], Image.Image) else np.stack(samples), _integers(labels))


def _filled(pairs: Iterator[tuple[Values, int | None]], n: int, scratch: Path | None) -> Items:
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


def _array_of(sample: Values, place: str) -> Values:
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
    """Raise `InputError` unless samples and their images fit onto the disk; a full disk would end the process."""
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = 2 * n * _bytes_of(sample), disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"{where}: {n:,} samples fit neither into memory nor onto the disk, where {needed:,} bytes are needed in "
            f"{folder} and {free:,} are free; pass fewer or smaller samples"
        )


def _warn_of_changes(dataset: Any, items: Items, where: str, transform: Transform | None) -> None:
    """Warn if some items differ when they are read a second time."""
    n = len(items.samples)
    for i in sorted({round(share * (n - 1) / (READ_TWICE - 1)) for share in range(READ_TWICE)}):
        sample, label = _item(dataset, i, where, transform)
        before = None if items.labels is None else int(items.labels[i])
        kept = items.samples[i]
        again = sample if isinstance(kept, Image.Image) else _array_of(sample, where)
        if label != before or not np.array_equal(np.asarray(again), np.asarray(kept)):
            logging.getLogger("ganarium").warning(
                "%s: item %d differs when it is read again; every epoch uses the first reading; pass random "
                "augmentations as augment=…",
                where,
                i,
            )
            return


def described(error: Exception) -> str:
    """Return the type and message of an exception of a user's code as one line."""
    return f"{type(error).__name__}: {brief(error)}"
