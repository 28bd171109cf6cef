"""Data sets: loading, drawing, checks, recommended recipes, export."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ganarium.config.files import CoordinatesConfig, PictureFilesConfig
from ganarium.config.overrides import data_overrides, data_settings, override
from ganarium.config.toy2d import Toy2dConfig
from ganarium.core.errors import EmptySplitError, UsageError
from ganarium.core.outputs import format_of, write_file
from ganarium.data.checks import all_checks
from ganarium.data.checks.all_checks import DataFinding
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.data.export import arrays, compressed_npz, random_subset, write_pictures
from ganarium.data.files.arrays import Labels, Pictures, image_set
from ganarium.data.files.detect import overrides_for, overrides_for_data, refuse_other_data, resolve_data
from ganarium.data.load import load_data
from ganarium.plotting.pictures import png
from ganarium.recipes import find_recipe
from ganarium.report.operation_progress import busy
from ganarium.training.forecast import forecast
from ganarium.training.grids import picture_of_data
from ganarium.training.recommendation import Recommended, recommended
from ganarium.training.torch_defaults import torch_defaults

__all__ = ["DataFinding", "DataReport", "Recommended", "Source", "check", "examine", "recommend", "splits_of"]

HELD_OUT: tuple[Split, ...] = ("validation", "test")
ENDLESS = 10_000  # points exported from an endless set by default


@torch_defaults()
def check(data: str | Path | Pictures, *words: str, labels: Labels | None = None) -> list[DataFinding]:
    """Check data for faults that are often mistaken for GAN failures.

    data: a name of `ganarium data list`, a path, or images as in `train`
    words: settings of data given by name or path, for example "data.size=64"
    labels: integers [n] for images in memory, or none; each distinct number is a class of that name
    """
    if not isinstance(data, str | Path):
        _refuse_words(words)
        return all_checks.check(image_set(data, labels), {})
    return all_checks.check(*splits_of(data, *words, labels=labels))


@torch_defaults()
def recommend(data: str | Path | Pictures, *words: str, labels: Labels | None = None) -> Recommended:
    """Return the recommended recipe for data, with its training time estimated from about a second of steps.

    data: a name of `ganarium data list`, a path, or images as in `train`
    words: settings of data given by name or path, for example "data.size=64"

    Pass `words` of the result to `train` after the recipe; pass images in memory as `data=` again.
    """
    if isinstance(data, str | Path):
        own = (*overrides_for_data(data, labels), *data_overrides(words))
        return _recommended(load_data(resolve_data(data, words, labels)), own)
    _refuse_words(words)
    return _recommended(image_set(data, labels), ())


@torch_defaults()
def splits_of(data: str | Path, *words: str, labels: Labels | None = None) -> tuple[ImageSet, dict[Split, ImageSet]]:
    """Return the train split and the other non-empty splits of a name or path; skip unreadable files."""
    settings = resolve_data(data, words, labels)
    if isinstance(settings, PictureFilesConfig):  # unreadable files are reported as remarks
        settings = settings.model_copy(update={"unreadable": "skip"})
    train = load_data(settings)
    if isinstance(train, PairSet) and isinstance(settings, PictureFilesConfig):
        raise UsageError(f"{settings.location} holds the two domains of a translation: check the folder of each domain")
    if not isinstance(train, ImageSet):
        raise UsageError(f"data={settings.kind}: only sets of images can be checked")
    others: dict[Split, ImageSet] = {}
    for split in HELD_OUT:
        with suppress(EmptySplitError):
            others[split] = cast(ImageSet, load_data(settings, split))
    return train, others


@dataclass(frozen=True)
class DataReport:
    """The result of `examine`: a line of facts, how files were prepared, findings, and a recommended recipe."""

    facts: str
    prepared: tuple[str, ...]
    remarks: tuple[DataFinding, ...]
    recommended: Recommended


@torch_defaults()
def examine(name: str, words: Iterable[str] = ()) -> DataReport:
    """Check a data set and recommend a recipe for it; points are not checked."""
    said = list(words)
    prepared: tuple[str, ...] = ()
    remarks: tuple[DataFinding, ...] = ()
    train: Source
    if isinstance(resolve_data(name, said), CoordinatesConfig | Toy2dConfig):
        train = load_set(name, said)
        facts = f"{f'{len(train):,}' if len(train) else 'endless'} points; only images are checked for faults"
    else:
        with busy(f"checking {name}"):
            images, others = splits_of(name, *said)
            remarks = tuple(all_checks.check(images, others))
        facts, train = all_checks.describe(images, others), images
        prepared = tuple(images.origin.messages) if images.origin else ()
    with busy("timing a few steps"):
        advice = _recommended(train, [*overrides_for(name), *data_overrides(said)])
    return DataReport(facts, prepared, remarks, advice)


@torch_defaults()
def load_set(name: str, words: Iterable[str] = (), split: Split = "train", count: int | None = None) -> Source:
    """Load a split of a data set with a name or a path.

    count: the size of a generated set, unless a setting gives it
    """
    said, own = data_overrides(words), overrides_for(name)
    refuse_other_data(own, said)
    counted = next((word for word in said if word.startswith("data.count=")), None)
    if counted and split != "train":
        raise UsageError(f"{counted}: limits only the train split; leave it out for the {split} split")
    settings = data_settings([*own, *said])
    if counted and count is not None and count > getattr(settings, "count", count):
        raise UsageError(f"-n {count}: {counted} limits the set to fewer; leave one of the two out")
    with busy(f"loading {name}"):
        return load_data(data_settings([*own, *said], count), split)


def draw_set(source: Source, out: Path) -> None:
    """Write a grid of images, or a scatter plot of points, as a PNG file."""
    write_file(out, png(picture_of_data(source)))


def facts_of(source: Source) -> dict[str, Any]:
    """Return the name, counts, hash and licence of a data set, and how its files were prepared."""
    facts: dict[str, Any] = {
        "name": source.name,
        "title": source.card.title,
        "count": len(source) if len(source) else "endless",
        "shape": list(source.shape),
        "classes": {},
        "hash": source.hash,
        "authors": source.card.authors,
        "licence": source.card.licence,
        "about": source.card.text,
    }
    if source.labels is not None:
        counts = source.labels.bincount(minlength=len(source.classes)).tolist()
        facts["classes"] = dict(zip(source.classes, counts, strict=True))
    if not isinstance(source, PointSet) and source.origin:
        facts["done"] = list(source.origin.messages)
    return facts


def export_set(source: Source, out: Path, n: int | None = None) -> int:
    """Write n random samples of a data set, by default all, as npz or as a folder of images; return their number."""
    kind = format_of(out, ("npz",), folder=isinstance(source, ImageSet))
    some = random_subset(source, n or len(source) or ENDLESS)
    if isinstance(some, ImageSet) and not kind:
        write_pictures(some, out)
    else:
        write_file(out, compressed_npz(arrays(some)))
    return len(some)


def _recommended(source: Source, own: Iterable[str]) -> Recommended:
    """Return the recommended recipe for loaded data, and time about a second of its steps.

    own: the settings that select the data
    """
    if isinstance(source, PairSet):
        raise UsageError("these are pairs of images for translation: begin with the recipe pix2pix or cyclegan")
    chosen = recommended(source)
    words = (*own, *chosen.words)
    expected = forecast(override(find_recipe(chosen.recipe).experiment(), words), source)
    return replace(chosen, words=words, forecast=expected)


def _refuse_words(words: Iterable[str]) -> None:
    if word := next(iter(words), None):
        raise UsageError(f"{word!r}: settings apply only to data with a name or a path; change the images instead")
