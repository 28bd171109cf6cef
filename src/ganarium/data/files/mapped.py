"""Memory-mapped images on disk, for data from Python that do not fit into memory.

The uncompressed .npz file contains `images` uint8 [n, C, H, W], `labels` and `classes`, `shares` [n], the numbers that
determine the splits, and `rows` [n], the places of the images in the data set. The images are ordered by split, and by
row within a split. Each split is therefore a contiguous part of the images, which need not be copied, and equals that
of the same images in memory.
"""

import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganarium.config.data_files import MappedConfig
from ganarium.core.atomic import part_of, sync_folder
from ganarium.core.errors import InputError
from ganarium.core.escape import printable
from ganarium.core.progress import track
from ganarium.data.datasets import Card, ImageSet, Origin, Split
from ganarium.data.files.content_splits import digest, limited, share_of
from ganarium.data.files.label_validation import class_names, stored_names, to_labels, used_classes
from ganarium.data.files.npz import keys_of, map_array, read_arrays
from ganarium.data.files.pixel_conversion import CHANNELS, Pixels, to_pictures
from ganarium.data.files.split_selection import empty_split

ORDER: tuple[Split, ...] = ("test", "validation", "train")
MEMORY_SHARE = 0.4  # fraction of the free memory that copied images may need
CHUNK_BYTES = 1 << 26  # of samples that are converted at once


def load(settings: MappedConfig, split: Split = "train") -> ImageSet:
    """Load one split of memory-mapped images; `settings.count` limits only the train split.

    Images are copied into memory if `settings.count` is set, or `settings.held_out` differs from that of the file.

    Raises `InputError` when the file is invalid or the copied images do not fit into memory, `EmptySplitError` when the
    split has no images.
    """
    path = Path(settings.mapped)
    images = map_array(path, "images")
    keys = set(keys_of(path))
    small = read_arrays(path, keys & {"labels", "classes", "shares", "rows"})
    shares, rows = small.get("shares"), small.get("rows")
    count = images.shape[:1]
    if (
        shares is None
        or rows is None
        or not shares.shape == rows.shape == count
        or images.dtype != np.uint8
        or images.ndim != 4
    ):
        raise InputError(f"{path}: not a file of memory-mapped images; pass the data to ganarium.train again")
    places = np.flatnonzero(_split_numbers(shares, settings.held_out) == ORDER.index(split))
    places = places[np.argsort(rows[places])]
    if split == "train":
        places = places[limited(range(len(places)), settings.count, "random")]
    if not len(places):
        raise empty_split(path, split, len(images), settings.held_out)
    first, last = int(places[0]), int(places[-1]) + 1
    chosen: slice | NDArray[np.int64] = slice(first, last)
    if not np.array_equal(places, np.arange(first, last)):
        _refuse_copy(path, len(places) * images[0].nbytes)
        chosen = places
    labels = to_labels(small["labels"], len(images), str(path)) if "labels" in small else None
    names = stored_names(small["classes"], str(path)) if "classes" in small else []
    _, channels, height, width = images.shape
    return ImageSet(
        name="mapped",
        images=torch.from_numpy(images[chosen]),
        labels=None if labels is None else torch.from_numpy(labels[chosen]),
        classes=() if labels is None else class_names(names, [labels], str(path)),
        card=Card(printable(path.name), "", "", f"Your own images, from {printable(str(path))}."),
        origin=Origin(sizes={(height, width): len(places)}, modes={"grey" if channels == 1 else "RGB": len(places)}),
    )


def write_mapped(
    folder: Path,
    samples: NDArray[Any],
    labels: NDArray[Any] | None,
    names: Sequence[str],
    where: str,
    held_out: float,
) -> Path:
    """Write samples [n, …], which may be memory-mapped themselves, as images to a file in `folder`; return its path.

    held_out: the value of `data.held_out` for which splits are contiguous

    Raises `InputError`, prefixed with `where`, for samples that are not images: see `to_pictures`.
    """
    extreme = np.full_like(samples[:1], samples.min())
    extreme.reshape(-1)[0] = samples.max()
    shares = np.concatenate([_shares(_converted(samples[rows], extreme, where)) for rows in _parts(samples)])
    order = np.argsort(_split_numbers(shares, held_out), kind="stable")
    digests = sha256()
    folder.mkdir(parents=True, exist_ok=True)
    part = part_of(folder / "images.npz")
    shape = (len(samples), *_converted(samples[:1], extreme, where).shape[1:])
    assert shape[1] in CHANNELS
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            with archive.open("images.npy", "w", force_zip64=True) as file:
                npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
                for rows in _parts(samples):
                    content = _converted(samples[order[rows]], extreme, where).tobytes()
                    digests.update(content)
                    file.write(content)
            small: dict[str, NDArray[Any]] = {"shares": shares[order], "rows": order}
            if labels is not None:
                numbers = to_labels(labels, len(samples), where)
                numbers, names = used_classes(numbers, class_names(names, [numbers], where), (), "drop")
                small |= {"labels": numbers[order], "classes": np.array(names)}
            for name, array in small.items():
                digests.update(array.tobytes())
                with archive.open(f"{name}.npy", "w") as file:
                    npy.write_array(file, array)
        path = folder / f"{digests.hexdigest()}.npz"
        part.replace(path)
        sync_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    return path


def _split_numbers(shares: NDArray[np.float64], held_out: float) -> NDArray[np.int64]:
    """Return the splits of images as indices of `ORDER`: see `content_splits.split_of`."""
    return np.searchsorted([held_out / 2, held_out], shares, side="right")


def _refuse_copy(path: Path, needed: int) -> None:
    """Raise `InputError` if images do not fit into memory."""
    free = int(psutil.virtual_memory().available * MEMORY_SHARE)
    if needed > free:
        raise InputError(
            f"{path}: {needed:,} bytes of images would be copied into memory, because data.count is set or "
            f"data.held_out has changed, but {free:,} are available; decrease data.count, or pass the data to "
            "ganarium.train again"
        )


def _parts(samples: NDArray[Any]) -> Iterator[slice]:
    """Yield consecutive ranges of rows, and report progress."""
    size = max(1, CHUNK_BYTES // max(1, samples[0].nbytes))
    starts = range(0, len(samples), size)
    return (slice(start, start + size) for start in track("writing images", starts, len(starts)))


def _converted(samples: NDArray[Any], extreme: NDArray[Any], where: str) -> Pixels:
    """Convert some samples to images, in the range of values of all samples, which `extreme` [1, …] contains."""
    pixels, _ = to_pictures(np.concatenate([samples, extreme]), where, count=len(samples) + 1)
    return pixels[:-1]


def _shares(pixels: Pixels) -> NDArray[np.float64]:
    return np.array([share_of(digest(image.data)) for image in pixels])
