"""Functions that load, plot, check and export data sets, and recommend recipes for data."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from torch.utils.data import Dataset

from ganarium.config.base import DataConfig
from ganarium.config.data_files import PictureFilesConfig
from ganarium.config.overrides import data_overrides, data_settings, override
from ganarium.core.errors import EmptySplitError, UsageError
from ganarium.core.outputs import format_of, write_file
from ganarium.data.checks import all_checks
from ganarium.data.checks.all_checks import DataFinding
from ganarium.data.checks.set_size import few_held_out
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.data.export import arrays, compressed_npz, random_subset, write_pictures
from ganarium.data.files.arrays import Labels, Pictures
from ganarium.data.files.detect import overrides_for, overrides_for_data, refuse_other_data, resolve_data
from ganarium.data.given_data import given_data
from ganarium.data.load import load_data
from ganarium.plotting.images import png
from ganarium.recipes import find_recipe
from ganarium.report.operation_progress import busy
from ganarium.training.forecast import forecast
from ganarium.training.grids import picture_of_data
from ganarium.training.recommendation import Recommended, recommended
from ganarium.training.torch_defaults import torch_defaults

__all__ = ["DataFinding", "DataReport", "Recommended", "Source", "check", "examine", "recommend", "splits_of"]

Given = Pictures | Dataset[Any] | Iterable[Any]
HELD_OUT: tuple[Split, ...] = ("validation", "test")
MOST_HELD_OUT = 0.5  # share of held-out samples that is recommended at most
ENDLESS = 10_000  # number of points exported by default from a set without a fixed size


@torch_defaults()
def check(data: str | Path | Given, *words: str, labels: Labels | None = None) -> list[DataFinding]:
    """Check data for faults that are often mistaken for GAN failures.

    data: a name listed by `ganarium data list`, a path, or data from Python as in `train`
    words: settings for data given by name or path, for example "data.size=64"
    labels: optional integers [n] for images in memory; each distinct number is a class, named after the number
    """
    if not isinstance(data, str | Path):
        _refuse_words(words)
        source = given_data(data, labels)
        if not isinstance(source, ImageSet):
            raise UsageError("the data are points; only images are checked for faults, so pass images")
        return all_checks.check(source, {})
    return all_checks.check(*splits_of(data, *words, labels=labels))


@torch_defaults()
def recommend(data: str | Path | Given, *words: str, labels: Labels | None = None) -> Recommended:
    """Return the recommended recipe for data, with a training time estimated from about one second of training.

    data: a name listed by `ganarium data list`, a path, or data from Python as in `train`
    words: settings for data given by name or path, for example "data.size=64"

    To start training, pass the `recipe` and `words` of the result to `train`, and images in memory again as `data=`.
    """
    if isinstance(data, str | Path):
        own, settings = (*overrides_for_data(data, labels), *data_overrides(words)), resolve_data(data, words, labels)
        return _recommended(load_data(settings), own, few_held_out(settings))
    _refuse_words(words)
    return _recommended(given_data(data, labels), ())


@torch_defaults()
def splits_of(data: str | Path, *words: str, labels: Labels | None = None) -> tuple[ImageSet, dict[Split, ImageSet]]:
    """Load the train split and the non-empty held-out splits of data given by name or path; skip unreadable files."""
    settings = _settings_to_check(data, words, labels)
    train = load_data(settings)
    if isinstance(train, PairSet) and isinstance(settings, PictureFilesConfig):
        raise UsageError(f"{settings.location} contains two domains for translation; check each folder separately")
    if not isinstance(train, ImageSet):
        raise UsageError(f"data={settings.kind}: only image data sets can be checked; choose another data set")
    others: dict[Split, ImageSet] = {}
    for split in HELD_OUT:
        with suppress(EmptySplitError):
            others[split] = cast(ImageSet, load_data(settings, split))
    return train, others


def _settings_to_check(data: str | Path, words: Iterable[str], labels: Labels | None = None) -> DataConfig:
    """Return the settings of data given by name or path; unreadable files are skipped and reported as findings."""
    settings = resolve_data(data, words, labels)
    if isinstance(settings, PictureFilesConfig):
        return settings.model_copy(update={"unreadable": "skip"})
    return settings


@dataclass(frozen=True)
class DataReport:
    """Result of `examine`: a summary line, notes on the preparation of files, findings and a recommended recipe."""

    facts: str
    prepared: tuple[str, ...]
    remarks: tuple[DataFinding, ...]
    recommended: Recommended


@torch_defaults()
def examine(name: str, words: Iterable[str] = ()) -> DataReport:
    """Check a data set and recommend a recipe; data sets of points are not checked."""
    said = list(words)
    prepared: tuple[str, ...] = ()
    remarks: tuple[DataFinding, ...] = ()
    train: Source
    settings = _settings_to_check(name, said)
    if settings.holds_points:
        train = load_set(name, said)
        facts = f"{f'{len(train):,}' if len(train) else 'unlimited'} points; only images are checked for faults"
    else:
        with busy(f"checking {name}"):
            images, others = splits_of(name, *said)
            remarks = tuple(all_checks.check(images, others))
        facts, train = all_checks.describe(images, others), images
        prepared = tuple(images.origin.messages) if images.origin else ()
    held_out = tuple(few_held_out(settings))
    with busy("timing a few steps"):
        advice = _recommended(train, [*overrides_for(name), *data_overrides(said)], held_out)
    return DataReport(facts, prepared, (*remarks, *held_out), advice)


@torch_defaults()
def load_set(name: str, words: Iterable[str] = (), split: Split = "train", count: int | None = None) -> Source:
    """Load one split of a data set given by name or path.

    count: number of samples of a generated data set, unless `data.count` is set
    """
    said, own = data_overrides(words), overrides_for(name)
    refuse_other_data(own, said)
    counted = next((word for word in said if word.startswith("data.count=")), None)
    if counted and split != "train":
        raise UsageError(f"{counted}: applies only to the train split; leave it out for the {split} split")
    settings = data_settings([*own, *said])
    if counted and count is not None and count > getattr(settings, "count", count):
        raise UsageError(f"-n {count}: {counted} limits the data set to fewer samples; leave out one of the two")
    with busy(f"loading {name}"):
        return load_data(data_settings([*own, *said], count), split)


def draw_set(source: Source, out: Path) -> None:
    """Plot a data set as a PNG file: a grid of images, or a scatter plot of points."""
    write_file(out, png(picture_of_data(source)))


def facts_of(source: Source) -> dict[str, Any]:
    """Return the name, sample counts, hash, licence and file preparation notes of a data set."""
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
    """Export `n` random samples, by default all, to an npz file or a folder of images; return the number exported."""
    kind = format_of(out, ("npz",), folder=isinstance(source, ImageSet))
    some = random_subset(source, n or len(source) or ENDLESS)
    if isinstance(some, ImageSet) and not kind:
        write_pictures(some, out)
    else:
        write_file(out, compressed_npz(arrays(some)))
    return len(some)


def _recommended(source: Source, own: Iterable[str], few: Iterable[DataFinding] = ()) -> Recommended:
    """Return the recommended recipe for loaded data, with a forecast from about one second of training.

    own: the settings that select the data
    few: the findings of `few_held_out`; a share that suffices for scores is recommended if it leaves half for training
    """
    if isinstance(source, PairSet):
        raise UsageError("the data are pairs of images for translation; start with the recipe pix2pix or cyclegan")
    chosen = recommended(source)
    shares = [f"data.held_out={finding.value:g}" for finding in few if finding.value <= MOST_HELD_OUT]
    selecting = [word for word in own if not (shares and word.startswith("data.held_out="))]
    words = (*selecting, *shares, *chosen.words)
    why = (*chosen.why, *(f"{share}: enough test samples for scores" for share in shares))
    expected = forecast(override(find_recipe(chosen.recipe).experiment(), words), source)
    return replace(chosen, words=words, why=why, forecast=expected)


def _refuse_words(words: Iterable[str]) -> None:
    if word := next(iter(words), None):
        raise UsageError(f"{word!r}: settings apply only to data given by name or path; change the images instead")
