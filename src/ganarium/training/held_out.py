"""Checks for held-out images or points that were also used to train a run."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.config.data_files import LOCATIONS, FilesConfig, PictureFilesConfig
from ganarium.core.errors import InputError
from ganarium.data.checks.leaks import exact_matches
from ganarium.data.datasets import ImageSet, PointSet, Split
from ganarium.data.load import load_data
from ganarium.runs.directory import Run


@dataclass(frozen=True)
class Seen:
    """Number of held-out samples that were also used for training.

    copies: whether the training split of the same data also contains all of these samples
    """

    count: int
    of: int
    copies: bool

    @property
    def leaks(self) -> bool:
        """Return whether the run was trained on held-out samples that are absent from the data's training split."""
        return self.count > 0 and not self.copies


def seen_by(run: Run, settings: DataConfig, split: Split) -> Seen | None:
    """Count the held-out samples that a run was trained on; return None if the run's data are missing.

    Images are compared as decoded by the run, so that a different background or size does not hide a match.
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
    """Return `settings` with the image decoding of the run; files and splits are unchanged.

    Settings of a different kind from the run's are returned unchanged.
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
    """Return row numbers of held-out samples equal to training samples; none if chance explains the matches."""
    if not isinstance(train, ImageSet) or not isinstance(held_out, ImageSet):
        return _shared_points(train, held_out)
    rows, chance = exact_matches(train, held_out)
    allowed = 0.0 if isinstance(settings, FilesConfig) else chance
    return rows if len(rows) > allowed * len(held_out) else rows[:0]


def _shared_points(train: ImageSet | PointSet, held_out: ImageSet | PointSet) -> Tensor:
    """Return row numbers of held-out points equal to training points; none for images or unlimited points."""
    known, candidates = set(_contents(train)), _contents(held_out)
    return torch.tensor([row for row, content in enumerate(candidates) if content in known], dtype=torch.int64)


def _contents(source: ImageSet | PointSet) -> list[bytes]:
    """Return the bytes of each point; an empty list for images and unlimited points."""
    if isinstance(source, ImageSet) or source.points is None:
        return []
    return [row.tobytes() for row in source.points.numpy()]


def _trained_on(run: Run, settings: DataConfig) -> ImageSet | PointSet | None:
    """Load the run's training samples from the original location or from `settings`; None if both are missing."""
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
