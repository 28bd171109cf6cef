"""Data sets as files."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.errors import RunError
from ganarium.core.files import cannot_write, write_whole
from ganarium.data.own.shelf import TRUTH
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source, random_rows
from ganarium.draw.pictures import png, to_image


def some_of(source: Source, n: int) -> Source:
    """Return n rows of a data set chosen at random, in their order; all of them where there are no more."""
    if isinstance(source, PointSet) and source.points is None:
        return source.subset(n)
    if isinstance(source, PairSet) and len(source.x) != len(source.y):
        return source.subset(n)
    return source.at(random_rows(len(source), min(n, len(source))).sort().values)


def arrays(source: Source) -> dict[str, NDArray[Any]]:
    """Return a data set as arrays.

    `images` uint8 [n, C, H, W] with `labels` int64 [n], `classes` [K] and truth arrays; both domains of pairs; or
    `points` float32 [n, d].
    """
    if isinstance(source, PointSet):
        assert source.points is not None
        return {"points": source.points.numpy()}
    if isinstance(source, PairSet):
        domains = {"x": source.x, "y": source.y, "x_as_y": source.x_as_y, "y_as_x": source.y_as_x}
        pictures = {name: images.numpy() for name, images in domains.items() if images is not None}
        return pictures | dict(source.truth)
    return {"images": source.images.numpy()} | labelled(source.labels, source.classes) | dict(source.truth)


def labelled(labels: Tensor | None, classes: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return `labels` int64 [n] and the names [K] of `classes`; nothing where there are no labels."""
    return {} if labels is None else {"labels": labels.numpy(), "classes": np.array(classes)}


def write_folder(source: ImageSet, out: Path) -> None:
    """PNG files in a folder for each class (or all in one), and everything else that is known in truth.npz."""
    labels = [None] * len(source) if source.labels is None else source.labels.tolist()
    try:
        for i, (image, label) in enumerate(zip(source.images.numpy(), labels, strict=True)):
            folder = out if label is None else out / source.classes[label]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{i:06d}.png").write_bytes(png(to_image(image)))
    except OSError as error:
        raise RunError(cannot_write(out, error)) from None
    known = {name: rows for name, rows in arrays(source).items() if name != "images"}
    if known:
        write_whole(out / TRUTH, compressed(known))


def stored(values: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an npz file that is written and read fast."""
    buffer = BytesIO()
    np.savez(buffer, **dict(values))  # type: ignore[arg-type]
    return buffer.getvalue()


def compressed(values: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an npz file that takes little space."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **dict(values))  # type: ignore[arg-type]
    return buffer.getvalue()
