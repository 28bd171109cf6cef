"""Which pictures or points of a held-out split a run was trained on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.config.files import PLACES, FilesConfig, PictureFilesConfig
from ganarium.core.errors import InputError
from ganarium.data.checks.leaks import exactly_in
from ganarium.data.datasets import ImageSet, PointSet, Split
from ganarium.data.load import load_data
from ganarium.runs.directory import Run


@dataclass(frozen=True)
class Seen:
    """How many of a split's pictures or points were trained on.

    copies: whether the data's own training samples hold all of these as well, so that no other split would help
    """

    count: int
    of: int
    copies: bool

    @property
    def leaks(self) -> bool:
        """Whether samples that these data hold out were trained on."""
        return self.count > 0 and not self.copies


def seen_by(run: Run, settings: DataConfig, split: Split) -> Seen | None:
    """Count the held-out samples of these data that a run was trained on; None when its own are not found any more.

    Pictures are compared as the run decoded them, so that another ground or size hides nothing.
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
    """Return settings whose pictures are decoded as the run's were, with the files and splits of `settings`.

    Settings of another kind than the run's are returned as they are.
    """
    trained = run.experiment.data
    if not isinstance(trained, FilesConfig) or type(settings) is not type(trained):
        return settings
    treatment = trained.treatment
    if isinstance(trained, PictureFilesConfig):
        channels, height, width = run.birth.shape
        treatment |= {"size": (height, width), "colour": "grey" if channels == 1 else "rgb"}
    return settings.model_copy(update=treatment)


def _shared(train: ImageSet | PointSet, held_out: ImageSet | PointSet, settings: DataConfig) -> Tensor:
    """Rows of held-out samples that are exactly in others, int64; of drawn data, none where chance explains them."""
    if not isinstance(train, ImageSet) or not isinstance(held_out, ImageSet):
        return _shared_points(train, held_out)
    rows, chance = exactly_in(train, held_out)
    allowed = 0.0 if isinstance(settings, FilesConfig) else chance
    return rows if len(rows) > allowed * len(held_out) else rows[:0]


def _shared_points(train: ImageSet | PointSet, held_out: ImageSet | PointSet) -> Tensor:
    """Rows of fixed points that are exactly in other fixed points; none of pictures, nor where points are endless."""
    known, asked = set(_contents(train)), _contents(held_out)
    return torch.tensor([row for row, content in enumerate(asked) if content in known], dtype=torch.int64)


def _contents(source: ImageSet | PointSet) -> list[bytes]:
    """The bytes of each fixed point."""
    if isinstance(source, ImageSet) or source.points is None:
        return []
    return [row.tobytes() for row in source.points.numpy()]


def _trained_on(run: Run, settings: DataConfig) -> ImageSet | PointSet | None:
    """The run's training samples, from where they were or from where `settings` say; None where neither has them."""
    trained = run.experiment.data
    candidates = [trained]
    if isinstance(trained, FilesConfig) and type(settings) is type(trained):
        places = {name: getattr(settings, name) for name in PLACES if hasattr(settings, name)}
        candidates.append(trained.model_copy(update=places))
    for candidate in candidates:
        try:
            source = load_data(candidate)
        except InputError:
            continue
        if isinstance(source, ImageSet | PointSet) and source.hash == run.birth.data_hash:
            return source
    return None
