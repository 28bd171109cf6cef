"""Reference data for scoring samples or a run, checked against the data that the run was trained on."""

import logging

from ganarium.config.base import DataConfig
from ganarium.core.errors import EmptySplitError, InputError, UsageError
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Split
from ganarium.data.load import load_data
from ganarium.evaluation.features.onnx_file import FileFeatures, NetworkFile
from ganarium.evaluation.samples import ImageReference, PairReference, PointReference, Reference, reference_name
from ganarium.runs.directory import Run
from ganarium.training.held_out import seen_by
from ganarium.training.loop import data_of


def load_reference(
    settings: DataConfig, split: Split = "test", *, quick: bool = False, features: NetworkFile | None = None
) -> Reference:
    """Load the reference data against which samples are scored, given the settings of a data set.

    Raises `InputError` if no samples are held out, or if the feature network does not support the images; `UsageError`
    if a feature network is given for data other than images.

    quick: use fast measures only, for model selection during training
    features: a network for additional features of images
    """
    train = load_data(settings)
    if features is not None and not isinstance(train, ImageSet):
        raise UsageError(f"{features.path}: features are for images only; omit the file for data={train.name}")
    if isinstance(train, PointSet) and train.law is not None:
        return train
    try:
        held_out = load_data(settings, split)
    except EmptySplitError as error:
        raise InputError(
            f"{error}; scores need samples that the generator was not trained on: hold out samples and train again"
        ) from None
    if isinstance(train, PointSet):
        assert isinstance(held_out, PointSet)
        return PointReference(train, held_out, split, quick, settings)
    if isinstance(train, PairSet):
        assert isinstance(held_out, PairSet)
        if held_out.x_as_y is None:
            raise InputError(
                f"data={train.name}: translations are scored against exact translations, which are unknown for your "
                "own images; view the run's samples, or use ganarium translate"
            )
        return PairReference(held_out, split)
    assert isinstance(held_out, ImageSet)
    extra = () if features is None else (FileFeatures(features, train.shape),)
    return ImageReference(train, held_out, split, quick, extra, settings)


def reference_for(
    run: Run, split: Split = "test", against: DataConfig | None = None, *, features: NetworkFile | None = None
) -> Reference:
    """Return the reference data for a run: the held-out samples of its own data, or those of other data.

    Raises `RunError` if the run's data have changed since the training, and `InputError` if the held-out images of
    other data include images that the run was trained on. Warns about duplicates of training images among the held-out
    images, and if these checks are impossible.
    """
    settings = run.experiment.data if against is None else against
    if settings == run.experiment.data:
        data_of(run)
    reference = load_reference(settings, split, features=features)
    refuse_ignored_split(reference, split)
    if isinstance(reference, ImageReference | PointReference) and reference.train.shape == run.provenance.shape:
        _check_unseen(run, settings, split, "images" if isinstance(reference, ImageReference) else "points")
    return reference


def against_of(reference: Reference) -> str:
    """Return the name of the reference data, which includes the hash of the held-out samples."""
    return reference_name(reference, "law") if isinstance(reference, PointSet) else reference.against


def refuse_ignored_split(reference: Reference, split: Split) -> None:
    """Raise `UsageError` if a split is given for data with a known distribution, which has no splits."""
    if isinstance(reference, PointSet) and split != "test":
        raise UsageError(
            f"split {split}: data={reference.name} are scored against a distribution without splits; omit the split"
        )


def place_of(settings: DataConfig) -> str:
    """Return the source of the data: a path, or the name of a data set."""
    return getattr(settings, "location", None) or f"data={settings.kind}"


def _check_unseen(run: Run, settings: DataConfig, split: Split, what: str) -> None:
    warn, data, seen = logging.getLogger("ganarium").warning, place_of(settings), seen_by(run, settings, split)
    if seen is None:
        warn(
            "%s: its training %s are no longer in %s, so the overlap with the %s %s of %s cannot be checked",
            run,
            what,
            place_of(run.experiment.data),
            split,
            what,
            data,
        )
        return
    overlap = f"{seen.count:,} of {seen.of:,} {split} {what} of {data} were used to train {run}"
    if seen.leaks:
        raise InputError(f"{overlap}, so scores would reward copying; {_fix(run, settings)}")
    if seen.count:
        warn(
            "%s because the data contain duplicates, so scores reward copying; delete the duplicates and train again",
            overlap,
        )


def _fix(run: Run, settings: DataConfig) -> str:
    held_out, earlier = (getattr(each, "held_out", None) for each in (settings, run.experiment.data))
    alike = place_of(settings) == place_of(run.experiment.data)
    if not alike or held_out is None or earlier is None or held_out == earlier:
        return "score the run against its own data, or against samples that it was not trained on"
    return (
        f"train again with data.held_out={held_out:g}, or score the run against its own data, "
        f"with the samples that it held out (data.held_out={earlier:g})"
    )
