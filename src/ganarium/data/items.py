"""Read the items of a user's data set or iterable of batches once, and check that they fit together."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.errors import InputError, failure
from ganarium.core.progress import track
from ganarium.core.random_streams import seeded
from ganarium.data.files.in_memory import plain_array
from ganarium.data.files.pixel_conversion import CHANNELS
from ganarium.data.stacking import Items, Labelled, as_array, stacked

MOST_STREAMED = 1_000_000  # samples that are read from an iterable
READ_TWICE = 3  # items that are read again, to detect data that change from one reading to the next
WITH_ALPHA = 4  # channels of an image that is refused later, with its own message
LARGEST_LABEL = 2**63 - 1
NUMBERS = "buif"  # kinds of NumPy types that samples may have

Transform = Callable[[Any], Any]


def read_dataset(dataset: Any, where: str, transform: Transform | None = None, scratch: Path | None = None) -> Items:
    """Read every item of a map-style data set, `dataset[0]` to `dataset[len(dataset) − 1]`, once and in order.

    An item is a sample x or a tuple (x, y) with an integer label y. A few items are then read again, with a warning
    if they differ. Random transforms that draw from torch's generator give the same samples in every process.

    transform: applied to the x of each item
    scratch: file to which samples that do not fit into memory are written as an array [n, …]; otherwise, they are
        refused

    Raises `InputError`, prefixed with `where`, for data without items, items that fail to load, or that do not fit
    together.
    """
    n = _length(dataset, where)
    with seeded(0):
        items = stacked(
            (_item(dataset, i, where, transform) for i in track("reading data", range(n), n)), where, n, scratch
        )
        _warn_of_changes(dataset, items, where, transform)
    return items


def read_batches(batches: Iterable[Any], where: str, transform: Transform | None = None) -> Items:
    """Read an iterable of batches once, to its end; a batch is an array x [b, …] or a pair (x, y) with labels y [b].

    Raises `InputError`, prefixed with `where`, as `read_dataset` does, and for iterables of more than `MOST_STREAMED`
    samples, which may be endless.
    """
    with seeded(0):
        samples = _of_batches(batches, where, transform)
        return stacked(_limited(samples, where, _expected(batches), "itertools.islice(data, 1000)"), where, None)


def read_stream(items: Iterable[Any], where: str, transform: Transform | None = None) -> Items:
    """Read an iterable of items, x or (x, y), once, to its end; errors as in `read_batches`."""
    with seeded(0):
        pairs = (
            _sample(*_pair(item, f"{where}, item {i:,}"), f"{where}, item {i:,}", transform)
            for i, item in enumerate(_guarded(items, where, "item"))
        )
        return stacked(_limited(pairs, where, MOST_STREAMED, "list(itertools.islice(data, 1000))"), where, None)


def _length(dataset: Any, where: str) -> int:
    try:
        n = len(dataset)
    except Exception as error:  # user code may raise anything
        raise InputError(f"{where}: its length is unknown: {failure(error)}; define __len__") from None
    if not n:
        raise InputError(f"{where}: the data set has length 0; pass data with at least one item")
    return n


def _item(dataset: Any, i: int, where: str, transform: Transform | None) -> Labelled:
    """Read one item: the sample and its label."""
    place = f"{where}, item {i:,}"
    try:
        item = dataset[i]
    except Exception as error:  # user code may raise anything
        raise InputError(
            f"{place} of {len(dataset):,} cannot be read: {failure(error)}; correct or leave out this item"
        ) from error
    return _sample(*_pair(item, place), place, transform)


def _pair(item: Any, place: str) -> tuple[Any, Any]:
    """Return the sample and label of an item x, (x,) or (x, y); the label is None without one."""
    if not isinstance(item, tuple):
        return item, None
    if len(item) > 2 or not item:
        raise InputError(f"{place} is a tuple of {len(item)} values; return x or (x, y)")
    return (item[0], item[1]) if len(item) == 2 else (item[0], None)


def _sample(x: Any, y: Any, place: str, transform: Transform | None) -> Labelled:
    """Return a sample as an array or Pillow image, and its label as an integer."""
    if transform is not None:
        try:
            x = transform(x)
        except Exception as error:  # user code may raise anything
            raise InputError(f"{place}: transform=… failed: {failure(error)}") from error
    if isinstance(x, Image.Image):
        try:
            x.load()  # closes the file of an image that is read on demand
        except Exception as error:  # any exception of a codec means a faulty file
            raise InputError(f"{place}: the image cannot be read: {failure(error)}; replace the image") from None
        return x, _label(y, place)
    if not isinstance(x, np.ndarray | np.generic | Tensor | list | float | int):
        raise InputError(f"{place} is of type {type(x).__name__}; return an array, a tensor or a Pillow image as x")
    array = plain_array(x, place)
    if array.dtype.kind not in NUMBERS:
        raise InputError(f"{place}: type {array.dtype} is not supported; return numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{place}: some values are not finite (NaN or infinite); replace them")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            array = array.astype(np.float32, copy=False)
    return array, _label(y, place)


def _label(y: Any, place: str) -> int | None:
    if y is None:
        return None
    array = plain_array(y, place)
    if array.size != 1 or array.dtype.kind not in "iub":
        what = f"shape {array.shape}" if array.size != 1 else f"type {array.dtype}"
        raise InputError(
            f"{place}: the label has {what}, but must be one integer; number the classes from 0, or return x alone"
        )
    label = int(array.item())
    if not -LARGEST_LABEL <= label <= LARGEST_LABEL:
        raise InputError(f"{place}: the label {label} does not fit into 64 bits; number the classes from 0")
    return label


def _of_batches(batches: Iterable[Any], where: str, transform: Transform | None) -> Iterator[Labelled]:
    """Yield the samples and labels of batches; raise `InputError` if each of them may also be a single sample."""
    all_single = True
    shape: tuple[int, ...] = ()
    for number, batch in enumerate(_guarded(batches, where, "batch")):
        place = f"{where}, batch {number:,}"
        x, y = _parts_of(batch, place)
        xs = x if isinstance(x, list | tuple) else plain_array(x, place)
        ys = None if y is None else plain_array(y, place)
        if isinstance(xs, np.ndarray) and not xs.ndim:
            raise InputError(f"{place} is a single number; yield batches x [n, …] or (x, y)")
        shape = _shape_of(xs)
        all_single &= _may_be_one_sample(shape)
        if ys is not None and (not ys.ndim or len(ys) != len(xs)):
            raise InputError(f"{place}: has {len(xs):,} samples and labels of shape {ys.shape}; yield labels [n]")
        for i, sample in enumerate(xs):
            yield _sample(sample, None if ys is None else ys[i], f"{place}, sample {i:,}", transform)
    if all_single and shape:
        noun, wanted = ("point", "points [n, d]") if len(shape) == 1 else ("image", "images [n, C, H, W]")
        raise InputError(
            f"{where}: a batch of shape {'×'.join(map(str, shape))} may also be a single {noun}; yield batches of "
            f"{wanted}, or pass list(data) if single samples are yielded"
        )


def _shape_of(xs: Any) -> tuple[int, ...]:
    """Return the shape of the samples of a batch, together; () if they are a list of arrays or images."""
    if isinstance(xs, np.ndarray):
        return tuple(map(int, xs.shape))
    return (len(xs),) if all(isinstance(x, int | float | np.generic) for x in xs) else ()


def _is_one_number(y: Any) -> bool:
    return isinstance(y, int | np.integer) or (isinstance(y, np.ndarray | Tensor) and not y.ndim)


def _may_be_one_sample(shape: tuple[int, ...]) -> bool:
    """Return whether a batch of this shape may also be one point [d] or image, [C, H, W] or a square [H, W]."""
    if len(shape) == 2:
        return shape[0] == shape[1] and SMALLEST <= shape[0] <= LARGEST
    return len(shape) == 1 or (len(shape) == 3 and shape[0] in (*CHANNELS, WITH_ALPHA))


def _parts_of(batch: Any, place: str) -> tuple[Any, Any]:
    """Return the samples and labels of a batch x, [x] or [x, y]."""
    if (
        isinstance(batch, list | tuple)
        and len(batch) == 2
        and _is_one_number(batch[1])
        and not _is_one_number(batch[0])
    ):
        raise InputError(f"{place} is a single sample with its label; yield batches (x, y) with labels y [n]")
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
    except Exception as error:  # user code may raise anything
        raise InputError(f"{where}: reading {what} {number:,} failed: {failure(error)}") from error


def _expected(batches: Any) -> int:
    """Return the number of samples that a `DataLoader` will yield, for progress; the maximum for other iterables."""
    try:
        return len(batches.dataset)
    except (AttributeError, TypeError, NotImplementedError):
        return MOST_STREAMED


def _limited(pairs: Iterator[Labelled], where: str, expected: int, beginning: str) -> Iterator[Labelled]:
    """Yield from an iterable and report progress; raise `InputError` if it is longer than `MOST_STREAMED`.

    beginning: what to pass instead of an iterable that does not end
    """
    for i, pair in enumerate(track("reading data", pairs, expected)):
        if i == MOST_STREAMED:
            raise InputError(
                f"{where}: has not ended after {MOST_STREAMED:,} samples; to read the first 1,000 items or batches, "
                f"pass {beginning}"
            )
        yield pair


def _warn_of_changes(dataset: Any, items: Items, where: str, transform: Transform | None) -> None:
    """Warn if some items differ when they are read a second time."""
    n = len(items.samples)
    for i in sorted({round(share * (n - 1) / (READ_TWICE - 1)) for share in range(READ_TWICE)}):
        sample, label = _item(dataset, i, where, transform)
        before = None if items.labels is None else int(items.labels[i])
        kept = items.samples[i]
        again = sample if isinstance(kept, Image.Image) else as_array(sample, where)
        if label != before or not np.array_equal(np.asarray(again), np.asarray(kept)):
            logging.getLogger("ganarium").warning(
                "%s: item %d differs when it is read again; every epoch uses the first reading; pass random "
                "augmentations as augment=…",
                where,
                i,
            )
            return
