"""Checks for held-out pictures or points that a run was trained on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.config.files import LOCATIONS, FilesConfig, PictureFilesConfig
from ganarium.core.errors import InputError
from ganarium.data.checks.leaks import exact_matches
from ganarium.data.datasets import ImageSet, PointSet, Split
from ganarium.data.load import load_data
from ganarium.runs.directory import Run


@dataclass(frozen=True)
class Seen:
    """Number of a split's pictures or points that were trained on.

    copies: whether the data's own training split contains all of these too, so that no other split would avoid them
    """

    count: int
    of: int
    copies: bool

    @property
    def leaks(self) -> bool:
        """Return whether samples that these data hold out were trained on."""
        return self.count > 0 and not self.copies


def seen_by(run: Run, settings: DataConfig, split: Split) -> Seen | None:
    """Count the held-out samples of these data that a run was trained on; None if the run's data are missing.

    Pictures are compared as the run decoded them, so that another background or size does not hide a match.
    """
    trained = _trained_on(run, settings)
    if trained is None:
        return None
    alike = as_trained(run, settings)
    train, held_out = load_data(alike), load_data(alike, split)
    assert isinstance(train, ImageSet | PointSet)
    assert isinstance(held_out, ImageSet | PointSet)
    rows = _shared(trained, held_out, settings)
    copies = rows if train.hash == trained.hash else _shared(train, held_out, settings)
    return Seen(len(rows), len(held_out), set(rows.tolist()) <= set(copies.tolist()))


def as_trained(run: Run, settings: DataConfig) -> DataConfig:
    """Return `settings` with the files and splits unchanged, but pictures decoded like the run's.

    Settings of another kind than the run's are returned unchanged.
    """
    trained = run.experiment.data
    if not isinstance(trained, FilesConfig) or type(settings) is not type(trained):
        return settings
    treatment = trained.decoding_settings
    if isinstance(trained, PictureFilesConfig):
        channels, height, width = run.provenance.shape
        treatment |= {"size": (height, width), "colour": "grey" if channels == 1 else "rgb"}
    return settings.model_copy(update=treatment)


def _shared(train: ImageSet | PointSet, held_out: ImageSet | PointSet, settings: DataConfig) -> Tensor:
    """Return rows int64 of held-out samples equal to training samples; none if chance explains them in drawn data."""
    if not isinstance(train, ImageSet) or not isinstance(held_out, ImageSet):
        return _shared_points(train, held_out)
    rows, chance = exact_matches(train, held_out)
    allowed = 0.0 if isinstance(settings, FilesConfig) else chance
    return rows if len(rows) > allowed * len(held_out) else rows[:0]


def _shared_points(train: ImageSet | PointSet, held_out: ImageSet | PointSet) -> Tensor:
    """Return rows of held-out points that equal training points; none for pictures or for unlimited points."""
    known, candidates = set(_contents(train)), _contents(held_out)
    return torch.tensor([row for row, content in enumerate(candidates) if content in known], dtype=torch.int64)


def _contents(source: ImageSet | PointSet) -> list[bytes]:
    """Return the bytes of each fixed point."""
    if isinstance(source, ImageSet) or source.points is None:
        return []
    return [row.tobytes() for row in source.points.numpy()]


def _trained_on(run: Run, settings: DataConfig) -> ImageSet | PointSet | None:
    """Load the run's training samples from their old location or that of `settings`; None if neither has them."""
    trained = run.experiment.data
    candidates = [trained]
    if isinstance(trained, FilesConfig) and type(settings) is type(trained):
        places = {name: getattr(settings, name) for name in LOCATIONS if hasattr(settings, name)}
        candidates.append(trained.model_copy(update=places))
    for candidate in candidates:
        try:
            source = load_data(candidate)
        except InputError:
            continue
        if isinstance(source, ImageSet | PointSet) and source.hash == run.provenance.data_hash:
            return source
    return None
