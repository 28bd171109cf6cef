"""Select the images of one split, from files with or without separate validation and test images."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ganarium.config.data_files import PictureFilesConfig, TableConfig
from ganarium.core.errors import EmptySplitError
from ganarium.core.escape import printable
from ganarium.data.datasets import Card, ImageSet, Origin, Split
from ganarium.data.files.content_splits import digest, rows_of, split_of
from ganarium.data.files.folder_names import HELD_OUT as HELD_OUT_PARTS
from ganarium.data.files.folder_names import SPLIT_WORDS
from ganarium.data.files.label_validation import Numbers
from ganarium.data.files.layout import Layout
from ganarium.data.files.pixel_conversion import Messages, Pixels

HELD_OUT: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True)
class Part:
    """The images and labels of one part of the data: the training, validation or test images of a file.

    pixels: uint8 [n, C, H, W]
    labels: int64 [n]; None when there are none
    classes: the name of each label
    messages: conversions applied when reading, one sentence each
    """

    pixels: Pixels
    labels: Numbers | None
    classes: tuple[str, ...]
    messages: Messages = ()


def part_for(split: Split, apart: Collection[Split]) -> Split:
    """Return the part that holds a split's images; `apart` lists the separate validation and test parts."""
    return split if split in apart else "train"


def split_rows(split: Split, contents: Sequence[bytes], held_out: float, apart: Collection[Split]) -> Sequence[int]:
    """Return the rows of a split within its part, selected by the digests of the part's images.

    Validation and test images without a separate part are held out of the training images: a fraction `held_out` for
    both splits, or half of it if only one of the two has no part.
    """
    missing = [name for name in HELD_OUT if name not in apart]
    if split in apart or not missing:
        return range(len(contents))
    if len(missing) == len(HELD_OUT):
        return rows_of(split, contents, held_out)
    trained_on = [split_of(content, held_out / 2) == "train" for content in contents]
    return [row for row, is_trained_on in enumerate(trained_on) if is_trained_on == (split == "train")]


def split_in_words(text: str) -> Split | None:
    """Return the split in the name of a file or array; None if the name contains none or several.

    >>> split_in_words("mnist_test"), split_in_words("train-00000-of-00002"), split_in_words("latest")
    ('test', 'train', None)
    """
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    found = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def set_of(settings: TableConfig, path: Path, split: Split, part: Part, apart: Collection[Split]) -> ImageSet:
    """Return one split of the images in a part.

    Raises `EmptySplitError` when the split has no images.
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
    card = Card(printable(path.name), "", "", f"Your own images, from {printable(str(path))}.")
    whole = ImageSet(
        name=settings.kind,
        images=torch.from_numpy(pixels),
        labels=None if part.labels is None else torch.from_numpy(part.labels[chosen]),
        classes=part.classes,
        card=card,
        origin=Origin(
            sizes={(height, width): n},
            modes={"grey" if channels == 1 else "RGB": n},
            messages=part.messages,
        ),
    )
    return inverted(whole) if settings.invert else whole


def inverted(pictures: ImageSet) -> ImageSet:
    """Invert the images of a data set in place, and return the data set."""
    pictures.images.bitwise_not_()  # 255 - x
    origin = pictures.origin or Origin()
    return replace(pictures, origin=replace(origin, messages=(*origin.messages, "black and white were inverted")))


def empty_split(path: Path, split: Split, n: int, held_out: float) -> EmptySplitError:
    """Return the error for a split without images."""
    return EmptySplitError(
        f"{path}: the {split} split is empty; data.held_out={held_out:g} of {n:,} images are held out; "
        f"{'decrease data.held_out' if split == 'train' else 'increase data.held_out or add images'}"
    )


def picture_rows(
    path: Path, settings: PictureFilesConfig, split: Split, digests: Sequence[bytes], layout: Layout
) -> list[int]:
    """Return the rows of one split: the images in its folder or, without split folders, those selected by digest.

    Raises `EmptySplitError` when the split has no images.
    """
    folders = layout.splits
    if folders is None:
        rows = rows_of(split, digests, settings.held_out)
    elif split == "test" or "validation" in folders:
        rows = [row for row, name in enumerate(folders) if name == split]
    else:
        trained_on = {
            row: split_of(digests[row], settings.held_out / 2) == "train"
            for row, name in enumerate(folders)
            if name == "train"
        }
        rows = [row for row, is_trained_on in trained_on.items() if is_trained_on == (split == "train")]
    if not rows:
        raise EmptySplitError(f"{path}: the {split} split is empty; {_why_empty(settings, len(digests), folders)}")
    if split == "train" and settings.count is not None:
        return _some_of_each(rows, layout.domains, digests, settings.count)
    return rows


def _some_of_each(
    rows: Sequence[int], domains: Sequence[int] | None, digests: Sequence[bytes], count: int
) -> list[int]:
    """Select at most `count` rows, or `count` per domain, by digest, so that they come from all classes."""
    chosen, taken = list[int](), Counter[int]()
    for row in sorted(rows, key=lambda row: digests[row]):
        domain = domains[row] if domains else 0
        taken[domain] += 1
        if taken[domain] <= count:
            chosen.append(row)
    return sorted(chosen)


def _why_empty(settings: PictureFilesConfig, count: int, folders: tuple[Split, ...] | None) -> str:
    if folders and not HELD_OUT_PARTS.isdisjoint(folders):
        return f"there are only folders for {', '.join(sorted(set(folders)))}"
    return f"data.held_out={settings.held_out:g} of {count:,} images are held out"
