"""Properties of a data set: samples of one shape that do not change when they are read again."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ganarium.config.datasets import DATA, OwnDataConfig
from ganarium.config.own_part import OwnPart
from ganarium.core.errors import failure
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source
from ganarium.data.load import load_data
from ganarium.data.own_sets import made
from ganarium.testing.properties import registered_name, require, unregistered_name
from ganarium.testing.training import SMALL

READ = 1000  # maximum number of samples to read, evenly spaced
Sample = tuple[NDArray[Any], Any]  # values, and the label or None


def check_dataset(data: Any, **settings: Any) -> None:
    """Check that a data set has the properties that training relies on.

    data: registered name, or a map-style data set: an object with a length whose items are samples `x`, or pairs
        `(x, y)` of a sample and its class number; arrays and tensors are such objects
    settings: settings of a registered data set, for example folder="pictures"

    It has at least one sample; all samples can be read, have the same shape and type, and are finite, for images in
    [0, 1], [−1, 1] or 0 … 255; not all are equal; either all or none have labels, which are class numbers starting at
    0; and reading again gives the same samples, as does a second call of a registered function. At most 1,000 evenly
    spaced samples are read.

    Raises `CheckError` with one line for each property that the data set lacks.

    >>> check_dataset("points", count=100)
    """
    name = registered_name(DATA, data)
    what = f"data set {name!r}" if name else unregistered_name("data set", data)
    items: list[Any] = []
    first: dict[int, Sample] = {}

    def read() -> Iterator[str]:
        items.append(_items_of(load_data(SMALL.replace(data={"kind": name, **settings}).data)) if name else data)
        if not hasattr(items[0], "__len__") or not hasattr(items[0], "__getitem__"):
            yield f"{type(items[0]).__name__} has no length or no items; define __len__ and __getitem__"
        elif not len(items[0]):
            yield "it has no samples; check its path and its filters"
        else:
            for row in _rows(len(items[0])):
                try:
                    first[row] = _sample(items[0][row])
                except Exception as error:
                    yield f"sample {row} cannot be read: {failure(error)}"
                    return

    require(what, {"can be read": read})
    samples = [*first.values()]
    require(
        what,
        {
            "one shape": lambda: _shapes(first),
            "values": lambda: _values(first),
            "variety": lambda: _variety(samples),
            "labels": lambda: _labels(first),
            "the same at every reading": lambda: _stable(items[0], first),
            "the same at every call": lambda: _repeatable(name, settings),
        },
    )


def _rows(count: int) -> Iterator[int]:
    return iter(range(0, count, -(-count // READ)))


def _items_of(source: Source) -> Any:
    """Return the samples of a registered data set, with their labels."""
    if isinstance(source, PointSet):
        return source.subset(len(source) or READ).fixed
    images = source.x if isinstance(source, PairSet) else source.images
    labels = source.labels if isinstance(source, ImageSet) else None
    return images if labels is None else [*zip(images, labels, strict=True)]


def _sample(item: Any) -> Sample:
    """Return an item as an array and its label."""
    values, label = item if isinstance(item, tuple | list) and len(item) == 2 else (item, None)
    return np.array(values.detach().cpu().numpy() if isinstance(values, Tensor) else values), label


def _shapes(samples: dict[int, Sample]) -> Iterator[str]:
    wanted, kind = next((values.shape, values.dtype) for values, _ in samples.values())
    if len(wanted) not in (1, 2, 3) or 0 in wanted:
        yield f"a sample has shape {wanted}; give images [C, H, W], [H, W, C] or [H, W], or points [d]"
    for row, (values, _) in samples.items():
        if values.shape != wanted:
            yield f"sample {row} has shape {values.shape}, sample 0 has {wanted}; resize or crop all to one shape"
            return
        if values.dtype != kind:
            yield f"sample {row} is {values.dtype}, sample 0 is {kind}; convert all to one type"
            return


def _values(samples: dict[int, Sample]) -> Iterator[str]:
    lows, highs = [], []
    for row, (values, _) in samples.items():
        if values.dtype.kind not in "biuf":
            yield f"sample {row} has the type {values.dtype}; give numbers"
            return
        if not np.isfinite(values).all():
            yield f"sample {row} has values that are not finite; remove it or replace them"
            return
        lows.append(values.min(initial=0))
        highs.append(values.max(initial=0))
    low, high = float(min(lows)), float(max(highs))
    is_image = next(values.ndim for values, _ in samples.values()) > 1
    if is_image and not (low >= 0 and high <= 255) and not (low >= -1 and high <= 1):
        yield f"values reach {low:.4g} to {high:.4g}; scale images to [0, 1], [−1, 1] or 0 … 255"


def _variety(samples: list[Sample]) -> Iterator[str]:
    if len(samples) > 1 and all(np.array_equal(values, samples[0][0]) for values, _ in samples[1:]):
        yield f"all {len(samples)} samples that were read are equal; look for an index that __getitem__ ignores"


def _labels(samples: dict[int, Sample]) -> Iterator[str]:
    given = {row: label for row, (_, label) in samples.items() if label is not None}
    if given and len(given) < len(samples):
        without = next(row for row in samples if row not in given)
        yield f"sample {without} has no label and others have one; give labels to all samples or to none"
    for row, label in given.items():
        number = np.asarray(label)
        if number.ndim or number.dtype.kind not in "biu":
            yield f"the label of sample {row} is {str(label)[:40]!r}; give one class number, an integer of 0 or more"
            return
        if number < 0:
            yield f"the label of sample {row} is {number}; number the classes from 0"
            return


def _repeatable(name: str | None, settings: Mapping[str, Any]) -> Iterator[str]:
    """Compare two calls of the function of a registered data set, which `load_data` calls only once."""
    make = DATA[name].code if name else None
    config = SMALL.replace(data={"kind": name, **settings}).data if make else None
    if not isinstance(make, OwnPart) or not isinstance(config, OwnDataConfig):
        return
    first, second = made(make, config), made(make, config)
    if first.hash != second.hash:
        yield (
            "its function returned different samples at a second call, so a resumed run would see other data; seed its "
            "random numbers, for example with np.random.default_rng(0)"
        )


def _stable(items: Any, first: dict[int, Sample]) -> Iterator[str]:
    for row, (values, label) in first.items():
        again, other = _sample(items[row])
        if not np.array_equal(values, again, equal_nan=values.dtype.kind == "f"):
            yield (
                f"sample {row} differs when it is read again, so a resumed run would see other data; apply random "
                "changes with augment= instead"
            )
            return
        if label is not None and np.any(np.asarray(label) != np.asarray(other)):
            yield f"sample {row} has the label {label}, but {other} when it is read again; keep labels fixed"
            return
