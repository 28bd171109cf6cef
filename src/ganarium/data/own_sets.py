"""Load registered data sets: call the user's function once, and split its samples by content."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch

from ganarium.config.datasets import OwnDataConfig
from ganarium.core.errors import EmptySplitError, GanariumError, InputError, SettingsError
from ganarium.core.random_streams import seeded
from ganarium.data.datasets import Card, ImageSet, PointSet, Split
from ganarium.data.files.content_splits import digest, limited, rows_of
from ganarium.data.given_data import given_data
from ganarium.data.items import described

MakeData = Callable[[OwnDataConfig], Any]


def load(make: MakeData, settings: OwnDataConfig, split: Split = "train") -> ImageSet | PointSet:
    """Load one split of a registered data set; `settings.count` limits only the train split.

    Raises `SettingsError` if the function fails or returns points instead of images or the reverse, `InputError` for
    data with faults, and `EmptySplitError` if the split is empty.
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
def _whole(make: MakeData, settings: OwnDataConfig) -> ImageSet | PointSet:
    """Return all samples of a registered data set."""
    name = f"data={settings.kind}"
    try:
        with seeded(0):
            data = make(settings)
    except GanariumError:
        raise
    except Exception as error:  # whatever a user's function raises
        raise InputError(f"{name}: its function failed: {described(error)}") from error
    if data is None or isinstance(data, str):
        raise InputError(f"{name}: its function returned {type(data).__name__}; return a data set, arrays or (x, y)")
    source = given_data(data, name=name)
    if isinstance(source, PointSet) != settings.holds_points:
        found, flag = ("points", "points=True") if isinstance(source, PointSet) else ("images", "points=False")
        raise SettingsError(
            f"{name}: its function returned {found}; register it with "
            f'@ganarium.register.data("{settings.kind}", {flag})'
        )
    return replace(source, name=settings.kind, card=Card(settings.kind, "", "", "A registered data set of your own."))
