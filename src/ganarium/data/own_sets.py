"""Load registered data sets: call the user's function once, and split its samples by content."""

import logging
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch

from ganarium.config.datasets import OwnDataConfig
from ganarium.config.own_part import OwnPart
from ganarium.core import cache
from ganarium.core.errors import EmptySplitError, GanariumError, InputError, SettingsError, failure
from ganarium.core.part_hash import source_file
from ganarium.core.random_streams import seeded
from ganarium.data.datasets import Card, ImageSet, PointSet, Split
from ganarium.data.export import arrays, npz_bytes
from ganarium.data.files.arrays import image_set
from ganarium.data.files.cache import key
from ganarium.data.files.content_splits import digest, limited, rows_of
from ganarium.data.files.label_validation import stored_names
from ganarium.data.files.npz import keys_of, read_arrays
from ganarium.data.given_data import given_data, points_of


def load(make: OwnPart, settings: OwnDataConfig, split: Split = "train") -> ImageSet | PointSet:
    """Load one split of a registered data set; `settings.count` limits only the train split.

    Raises `SettingsError` if the function fails or returns points instead of images or vice versa, `InputError` for
    invalid data, and `EmptySplitError` if the split is empty.
    """
    everything = _whole(make, settings.model_copy(update={"count": None, "held_out": 0.0}))
    samples = everything.images if isinstance(everything, ImageSet) else everything.fixed
    rows = rows_of(split, (digest(sample.tobytes()) for sample in samples.numpy()), settings.held_out)
    if split == "train":
        rows = list(limited(rows, settings.count, "random"))
    if not rows:
        raise EmptySplitError(
            f"data={settings.kind}: the {split} split is empty; data.held_out={settings.held_out:g} of "
            f"{len(samples):,} samples are held out; change data.held_out or return more samples"
        )
    return everything.at(torch.tensor(rows))


@lru_cache(maxsize=2)
def _whole(make: OwnPart, settings: OwnDataConfig) -> ImageSet | PointSet:
    """Return all samples of a registered data set."""
    place = _cache_place(make, settings) if settings.cache else None
    source = _cached(place, settings) if place else None
    if source is None:
        source = made(make, settings)
        if place:
            cache.keep(place, npz_bytes(arrays(source)))
    return replace(source, name=settings.kind, card=Card(settings.kind, "", "", "A registered data set of your own."))


def made(make: OwnPart, settings: OwnDataConfig) -> ImageSet | PointSet:
    """Call the function of a registered data set and read its samples, without any cache; errors as in `load`."""
    name = f"data={settings.kind}"
    try:
        with seeded(0):
            data = make(settings)
    except GanariumError:
        raise
    except Exception as error:  # user code may raise anything
        raise InputError(f"{name}: its function failed: {failure(error)}") from error
    if data is None or isinstance(data, str):
        raise InputError(f"{name}: its function returned {type(data).__name__}; return a data set, arrays or (x, y)")
    source = given_data(data, name=name)
    if isinstance(source, PointSet) != settings.holds_points:
        found, flag = ("points", "points=True") if isinstance(source, PointSet) else ("images", "points=False")
        raise SettingsError(
            f"{name}: its function returned {found}; register it with "
            f'@ganarium.register.data("{settings.kind}", {flag})'
        )
    return source


def _cache_place(make: OwnPart, settings: OwnDataConfig) -> Path | None:
    """Return the cache file for the settings and the code of a data set; None if its source file is unknown."""
    if source_file(make.function) is None:
        logging.getLogger("ganarium").warning(
            "data=%s: data.cache=true has no effect, because the source file of its function is unknown", settings.kind
        )
        return None
    return cache.folder() / f"{key(settings.model_dump_json(), make.source)}.npz"


def _cached(place: Path, settings: OwnDataConfig) -> ImageSet | PointSet | None:
    """Return samples from the cache; None if they are missing or damaged."""
    try:
        stored = read_arrays(place, keys_of(place))
        if settings.holds_points:
            found: ImageSet | PointSet = points_of(stored["points"])
        else:
            names = stored_names(stored["classes"], str(place)) if "classes" in stored else ()
            found = image_set(stored["images"], stored.get("labels"), names)
    except (InputError, KeyError):
        return None
    cache.touch(place)
    return found
