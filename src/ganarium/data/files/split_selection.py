"""Select one split of pictures from files with or without separate parts for validation and test."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ganarium.config.files import TableConfig
from ganarium.core.errors import EmptySplitError
from ganarium.core.escape import printable
from ganarium.data.datasets import Card, ImageSet, Origin, Split
from ganarium.data.files.folder_names import SPLIT_WORDS
from ganarium.data.files.labels import Numbers
from ganarium.data.files.pixels import Pixels, Told
from ganarium.data.files.splits import digest, rows_of, split_of

HELD_OUT: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True)
class Part:
    """The pictures of one part.

    pixels: uint8 [n, C, H, W]
    labels: int64 [n]; None when there are none
    classes: the name of each label
    said: conversions applied when reading, one sentence each
    """

    pixels: Pixels
    labels: Numbers | None
    classes: tuple[str, ...]
    said: Told = ()


def part_for(split: Split, apart: Collection[Split]) -> Split:
    """Return the part that holds a split's pictures; `apart` lists the parts other than the training pictures."""
    return split if split in apart else "train"


def split_rows(split: Split, contents: Sequence[bytes], held_out: float, apart: Collection[Split]) -> Sequence[int]:
    """Return the rows of a split in the part that holds it, by the digests of that part's pictures.

    Splits without a part of their own are held out of the training pictures: a fraction `held_out` for validation and
    test together, half of it if only one of the two lacks a part.
    """
    missing = [name for name in HELD_OUT if name not in apart]
    if split in apart or not missing:
        return range(len(contents))
    if len(missing) == len(HELD_OUT):
        return rows_of(split, contents, held_out)
    trained_on = [split_of(content, held_out / 2) == "train" for content in contents]
    return [row for row, is_trained_on in enumerate(trained_on) if is_trained_on == (split == "train")]


def split_in_words(text: str) -> Split | None:
    """Return the split in the name of a file or an array, or None.

    >>> split_in_words("mnist_test"), split_in_words("train-00000-of-00002"), split_in_words("latest")
    ('test', 'train', None)
    """
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    found = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def set_of(settings: TableConfig, path: Path, split: Split, part: Part, apart: Collection[Split]) -> ImageSet:
    """Return one split of a part's pictures.

    Raises `EmptySplitError` when the split has none.
    """
    contents = [digest(picture.data) for picture in part.pixels]
    rows = split_rows(split, contents, settings.held_out, apart)
    if split == "train" and settings.count is not None:  # across classes: files are often sorted by class
        rows = sorted(sorted(rows, key=lambda row: contents[row])[: settings.count])
    if not rows:
        raise empty_split(path, split, len(contents), settings.held_out)
    chosen = list(rows)
    pixels = part.pixels[chosen]
    n, channels, height, width = part.pixels.shape
    card = Card(printable(path.name), "", "", f"Pictures of your own, from {printable(str(path))}.")
    whole = ImageSet(
        name=settings.kind,
        images=torch.from_numpy(pixels),
        labels=None if part.labels is None else torch.from_numpy(part.labels[chosen]),
        classes=part.classes,
        card=card,
        origin=Origin(
            sizes={(height, width): n},
            modes={"grey" if channels == 1 else "RGB": n},
            said=part.said,
        ),
    )
    return inverted(whole) if settings.invert else whole


def inverted(pictures: ImageSet) -> ImageSet:
    """Exchange black and white of the pictures in place, and return them."""
    pictures.images.bitwise_not_()  # 255 - x
    origin = pictures.origin or Origin()
    return replace(pictures, origin=replace(origin, said=(*origin.said, "black and white were exchanged")))


def empty_split(path: Path, split: Split, n: int, held_out: float) -> EmptySplitError:
    """Return the error for a split without pictures."""
    return EmptySplitError(
        f"{path}: the {split} split is empty; of {n:,} pictures data.held_out={held_out:g} "
        f"are kept from training: {'lower it' if split == 'train' else 'raise it, or add pictures'}"
    )
