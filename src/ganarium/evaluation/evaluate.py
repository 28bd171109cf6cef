"""Scoring of runs, and of samples from any source, against real data."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from math import isfinite

from ganarium.config.experiment import Experiment
from ganarium.config.metrics import metric_names
from ganarium.core.errors import InputError, UsageError
from ganarium.core.escape import listed
from ganarium.core.progress import subtask
from ganarium.data.batches import to_bytes
from ganarium.data.class_matching import MOST_NAMED, empty_classes, renumbered
from ganarium.data.datasets import ImageSet, PointSet, Split, random_rows
from ganarium.data.held_out_share import FEWEST, sufficient_share
from ganarium.data.load import load_data
from ganarium.evaluation.baselines import cached_numbers
from ganarium.evaluation.controls import Control, controls_for
from ganarium.evaluation.images import score_images
from ganarium.evaluation.points import score_points, score_user_points
from ganarium.evaluation.samples import (
    Generated,
    ImageReference,
    PairReference,
    PointReference,
    Reference,
    Samples,
    Translated,
    reference_name,
)
from ganarium.evaluation.score import Score
from ganarium.evaluation.stacked import score_stacked_digits
from ganarium.evaluation.synthetic_images import READERS, score_ink, score_structure
from ganarium.evaluation.translations import score_translations
from ganarium.metrics.estimate import share
from ganarium.runs.directory import At, Run
from ganarium.training.class_reader import ClassReader, load_class_reader
from ganarium.training.sampler import Sampler, load
from ganarium.training.translator import Translations, load_translations
from ganarium.training.weights import Weights

SAMPLES = 10_000
SEED = 10_000  # far from the seeds that users choose


def evaluate_samples(samples: Samples, reference: Reference, *, controls: bool = False) -> list[Score]:
    """Score points, uint8 images or translations against the reference data.

    controls: whether to also score the same number of samples with each known fault, cached per data set

    Raises `UsageError` and `InputError` if the samples do not match the reference data or are too few.
    """
    if isinstance(samples, Generated):
        _refuse_unfit(samples, reference)
    scores = list(score(samples, reference))
    return _with_controls(scores, samples, reference) if controls else scores


def evaluate_run(
    run: Run,
    reference: Reference,
    *,
    n: int = SAMPLES,
    at: At = None,
    weights: Weights | None = None,
    controls: bool = False,
) -> list[Score]:
    """Score one checkpoint of a run, including the classification error if its discriminator learns classes."""
    game = run.experiment.game
    generator = load_translations(run, at) if game.translates else load(run, at)
    if isinstance(generator, Sampler) and game.labelled and generator.classes and isinstance(reference, ImageReference):
        _warn_of_unknown_classes(generator, reference.train)
    coded = game.class_conditional and not game.labelled
    scores = evaluate_generator(generator, reference, n=n, weights=weights, controls=controls, coded=coded)
    if game.predicts_classes and isinstance(reference, ImageReference):
        scores.append(classification_error(load_class_reader(run, at), run.experiment, reference.split))
    return scores


def evaluate_generator(
    generator: Sampler | Translations,
    reference: Reference,
    *,
    n: int = SAMPLES,
    seed: int = SEED,
    weights: Weights | None = None,
    controls: bool = False,
    coded: bool = False,
) -> list[Score]:
    """Score n generated samples, or n translations against the exact translations.

    The requested labels are those of random training images, so that classes have the same shares as in the data.
    Labels are requested by class name if the generator was trained on all classes of the data.

    coded: whether the classes of the generator are the values of a code that was learned without labels
    """
    if isinstance(generator, Translations):
        return evaluate_samples(translate(generator, reference, n, weights), reference, controls=controls)
    requested, names = None, None
    train = reference.train if isinstance(reference, ImageReference) else None
    if train is not None and train.labels is not None and generator.classes and not unknown_classes(generator, train):
        requested = train.labels[random_rows(len(train), n)]
        names = [train.classes[number] for number in requested.tolist()]
    samples = generator.sample(n, seed=seed, labels=names, weights=weights)
    samples = samples if len(generator.shape) == 1 else to_bytes(samples)
    codes = generator.labels(n) if coded else None
    return evaluate_samples(Generated(samples, requested, codes), reference, controls=controls)


def score(samples: Samples, reference: Reference) -> Iterator[Score]:
    """Yield the scores of samples that match the reference data; the number of samples is not checked."""
    if isinstance(samples, Translated):
        assert isinstance(reference, PairReference)
        yield from score_translations(samples, reference)
    elif isinstance(reference, PointSet):
        yield from score_points(samples, reference)
    elif isinstance(reference, PointReference):
        yield from score_user_points(samples, reference)
    else:
        assert isinstance(reference, ImageReference)
        if reference.train.name == "stacked" and not reference.quick:
            yield from score_stacked_digits(samples, reference)
        if reference.train.name in READERS and not reference.quick:
            yield from score_structure(samples, reference)
            yield from score_ink(samples, reference)
        yield from score_images(samples, reference)


def unknown_classes(sampler: Sampler, data: ImageSet) -> tuple[str, ...]:
    """Return the names of the data's classes that the generator was not trained on."""
    without = empty_classes(data)
    return tuple(name for name in data.classes if name not in without and name not in sampler.trained)


def translate(translations: Translations, reference: Reference, n: int, weights: Weights | None = None) -> Translated:
    """Translate n random held-out images in each direction that the translator supports."""
    if not isinstance(reference, PairReference):
        raise UsageError(
            "translations can only be scored on pairs with known exact translations; score the run against its own data"
        )
    pairs = reference.directions(n)
    images = {
        direction: translations.translate(pairs[direction][0], back=direction == "back", weights=weights)
        for direction in translations.ways
    }
    return Translated({direction: to_bytes(each) for direction, each in images.items()})


def classification_error(reader: ClassReader, experiment: Experiment, split: Split = "test") -> Score:
    """Return the share of a split's images that the discriminator misclassifies."""
    held_out = load_data(experiment.data, split)
    assert isinstance(held_out, ImageSet)
    assert held_out.labels is not None
    labels = renumbered(held_out.labels, held_out.classes, reader.classes)
    if (labels < 0).any():
        raise InputError(
            f"data={held_out.name}: the classes {listed(held_out.classes, MOST_NAMED)} differ from the classes that "
            f"the discriminator learned, {listed(reader.classes, MOST_NAMED)}; restore the data used to train the run"
        )
    wrong = share(reader.read(held_out.images) != labels)
    note = "share of held-out images that the discriminator assigns to a wrong class, lower is better"
    against = reference_name(held_out, split)
    return Score("classification-error/discriminator", wrong.value, None, len(held_out), note, wrong.error, against)


def _with_controls(scores: list[Score], samples: Samples, reference: Reference) -> list[Score]:
    """Return the scores, each extended by the scores of the controls (samples with known faults)."""
    key = _control_key(scores, samples, reference)
    numbers = {
        name: cached_numbers(f"{name}-{key}", partial(_score_control, name, make, reference))
        for name, make in controls_for(samples, reference).items()
    }
    return [
        replace(one, controls={name: values[one.name] for name, values in numbers.items() if one.name in values})
        for one in scores
    ]


def _score_control(name: str, make: Control, reference: Reference) -> dict[str, float]:
    """Return the scores of a control by name, omitting those without a value."""
    with subtask(f"degraded samples: {name}, computed once for these data"):
        return {one.name: float(one.value) for one in score(make(), reference) if isfinite(one.value)}


def _control_key(scores: list[Score], samples: Samples, reference: Reference) -> str:
    """Return a cache key for controls: data, extractors, number of samples, and whether labels are requested."""
    train = reference.train.hash if isinstance(reference, ImageReference | PointReference) else ""
    requested = isinstance(samples, Generated) and samples.requested is not None
    extractors = sorted({(one.name.partition("/")[2], one.against) for one in scores})
    return sha256(repr((train, extractors, len(samples), requested, *metric_names())).encode()).hexdigest()[:24]


def _warn_of_unknown_classes(sampler: Sampler, data: ImageSet) -> None:
    if unknown := unknown_classes(sampler, data):
        logging.getLogger("ganarium").warning(
            "data=%s: the run was not trained on the classes %s, so samples of its own classes are scored, without "
            "label accuracy; classes are matched by name, and the run has %s",
            data.name,
            listed(unknown, MOST_NAMED),
            listed(sampler.trained, MOST_NAMED),
        )


def _refuse_unfit(generated: Generated, reference: Reference) -> None:
    if isinstance(reference, PairReference):
        raise UsageError(f"data={reference.held_out.name} has two domains: score a run that translates between them")
    shape = reference.shape if isinstance(reference, PointSet) else reference.train.shape
    if tuple(generated.samples.shape[1:]) != shape:
        raise InputError(
            f"samples of shape {tuple(generated.samples.shape[1:])} do not match data of shape {shape}: nothing is "
            "resized for scoring; generate samples of the data's shape"
        )
    if len(generated) < FEWEST:
        raise InputError(f"{len(generated)} samples are too few: scores need at least {FEWEST}")
    refuse_too_few_held_out(reference)


def refuse_too_few_held_out(reference: Reference) -> None:
    """Raise `InputError` if too few samples are held out for scores, with a sufficient value of `data.held_out`."""
    if isinstance(reference, ImageReference | PointReference) and len(reference.held_out) < FEWEST:
        what = "images" if isinstance(reference, ImageReference) else "points"
        raise InputError(
            f"only {len(reference.held_out)} {reference.split} {what} are held out: scores need at least {FEWEST}; "
            f"{_held_out_advice(reference)}"
        )


def _held_out_advice(reference: ImageReference | PointReference) -> str:
    """Return advice on holding out enough samples, with the smallest sufficient share if there is one."""
    settings = reference.settings
    what = "images" if isinstance(reference, ImageReference) else "points"
    if settings is None or "held_out" not in type(settings).model_fields:
        return f"add {reference.split} {what} and train again"
    held_out = sufficient_share(settings, reference.split)
    if held_out is not None:
        return f"train with data.held_out={held_out:g}; a run that was trained without it may have seen these {what}"
    return f"no value of data.held_out suffices: add {what} to the {reference.split} split and train again"
