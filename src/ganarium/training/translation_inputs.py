"""Images to translate, from files or from the test split of a run's data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

import torch
from torch import Tensor

from ganarium.config.data_files import ArrayConfig, FilesConfig, FolderConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.escape import listed
from ganarium.data.datasets import ImageSet, PairSet, Split, random_rows
from ganarium.data.files.folder_or_zip import open_image_files
from ganarium.data.files.image_folders import SUFFIXES, load_from
from ganarium.data.files.layout import Layout, arrange
from ganarium.data.load import load_data
from ganarium.training.translator import Translations

HELD_OUT: tuple[Split, ...] = ("validation", "test")
MOST_OF_TEST = 64  # default number of images from the test split
NAMED = 3  # maximum number of file names in a message


@dataclass(frozen=True)
class Inputs:
    """Images to translate, uint8 [n, C, H, W].

    names: the PNG file names of the translations, [n]; empty for images without names
    said: one sentence for each preparation of the images, such as rescaling
    """

    pictures: Tensor
    names: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def inputs_for(
    translations: Translations, source: Path | None, n: int | None, *, back: bool = False, invert: bool = False
) -> Inputs:
    """Return images from files, sorted by name, or random images from the test split of the run's data.

    n: maximum number of images: the first files (default: all), or random test images in their order

    Raises `InputError` for unreadable files, and for files whose translations would have the same name.
    """
    if source is None:
        test = load_data(translations.experiment.data, "test")
        assert isinstance(test, PairSet)
        pictures = test.y if back else test.x
        chosen = random_rows(len(pictures), min(n or MOST_OF_TEST, len(pictures)))
        return Inputs(pictures[chosen.sort().values])
    found = _all_of(_as_trained(translations, source, invert=invert))
    count = len(found.pictures)
    if n is None or n >= count:
        return found
    said = (*found.said, f"only the first {n:,} of {count:,} images are translated; omit -n to translate all")
    return Inputs(found.pictures[:n], found.names[:n], said)


def _all_of(settings: ArrayConfig | FolderConfig) -> Inputs:
    """Load all images: files sorted by name, or the splits of an array file in order."""
    parts = [_from_folder(settings)] if isinstance(settings, FolderConfig) else [*_from_arrays(settings)]
    origins = [part.origin for part in parts if part.origin]
    said = tuple(dict.fromkeys(sentence for origin in origins for sentence in origin.messages))
    names = [name for origin in origins for name in origin.names]
    pictures = torch.cat([part.images for part in parts])
    if len(names) != len(pictures):
        return Inputs(pictures, (), said)
    order = sorted(range(len(names)), key=names.__getitem__)
    return Inputs(pictures[order], tuple(png_names([names[row] for row in order])), said)


def _from_folder(settings: FolderConfig) -> ImageSet:
    path = Path(settings.folder)
    with open_image_files(path, SUFFIXES[settings.decoding]) as files:
        found = load_from(files, path, settings, "train", _whole)
    if not isinstance(found, ImageSet):
        raise InputError(f"{path} contains two domains for translation: pass the folder of one domain")
    return found


def _whole(names: Sequence[str]) -> Layout:
    """Return a layout with all images in one set, regardless of folder names, unless there are two domains."""
    try:
        domains = arrange(names, "none").domains
    except InputError:
        domains = None
    return Layout(tuple(range(len(names))), None, None, (), domains=domains)


def _from_arrays(settings: ArrayConfig) -> Iterator[ImageSet]:
    yield cast(ImageSet, load_data(settings))
    for split in HELD_OUT:
        with suppress(EmptySplitError):
            yield cast(ImageSet, load_data(settings, split))


def png_names(names: Sequence[str]) -> list[str]:
    """Return PNG file names for images, keeping the original suffix where two names would otherwise be equal.

    Raises `InputError` if two names are still equal.

    >>> png_names(["cats/1.jpg", "dogs/1.png", "dogs/1.gif"])
    ['cats/1.png', 'dogs/1.png', 'dogs/1.gif.png']
    """
    bare = [str(PurePosixPath(name).with_suffix(".png")) for name in names]
    often = Counter(map(str.casefold, bare))
    chosen = [
        short if short == name or often[short.casefold()] == 1 else f"{name}.png"
        for name, short in zip(names, bare, strict=True)
    ]
    often = Counter(map(str.casefold, chosen))
    if alike := [name for name, one in zip(names, chosen, strict=True) if often[one.casefold()] > 1]:
        raise InputError(f"translations of {listed(alike, NAMED)} would have the same name; rename these images")
    return chosen


def _as_trained(translations: Translations, source: Path, *, invert: bool) -> ArrayConfig | FolderConfig:
    """Return settings that decode files like the run's own data; `invert` additionally inverts the images."""
    kind: type[ArrayConfig | FolderConfig] = ArrayConfig if source.suffix.lower() in (".npz", ".npy") else FolderConfig
    own = translations.experiment.data
    treatment = own.decoding_settings if isinstance(own, FilesConfig) else {}
    channels, *sides = translations.shape
    values = {
        **treatment,
        kind.model_fields["kind"].default: str(source),
        "size": tuple(sides),
        "colour": "grey" if channels == 1 else "rgb",
        "labels": "none",
        "held_out": 0,
        "invert": invert != treatment.get("invert", False),
    }
    return kind.model_validate({name: value for name, value in values.items() if name in kind.model_fields})
