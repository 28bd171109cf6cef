"""Scores of a run, or of samples from any source, against real data."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields

from ganarium.config.base import DataConfig
from ganarium.config.experiment import Experiment
from ganarium.core.errors import EmptySplitError, InputError, UsageError
from ganarium.core.escape import listed
from ganarium.data.batches import to_bytes
from ganarium.data.classes import MOST_NAMED, empty_classes, renumbered
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Split, random_rows
from ganarium.data.load import load_data
from ganarium.evaluation.features.onnx_file import FileFeatures, NetworkFile
from ganarium.evaluation.pictures import judge_pictures
from ganarium.evaluation.points import judge_own_points, judge_points
from ganarium.evaluation.samples import Answers, Made, Real, RealPoints, Samples, Standard, Translated, named
from ganarium.evaluation.scores import Score
from ganarium.evaluation.stacked import judge_stacked
from ganarium.evaluation.structure import READERS, judge_structure
from ganarium.evaluation.translations import judge_translations
from ganarium.metrics.estimate import share
from ganarium.runs.directory import At, Run
from ganarium.runs.events import Event, Line, Scored
from ganarium.training.class_reader import ClassReader, load_class_reader
from ganarium.training.sampler import Sampler, load
from ganarium.training.translator import Translations, load_translations
from ganarium.training.weights import Weights

SAMPLES, QUICK_SAMPLES = 10_000, 2_000
FEWEST = 60  # minimum number of samples on each side, split into groups and blocks for standard errors
SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # held-out shares that an error message may suggest
SEED = 10_000  # far from the seeds that users choose

Judging = Callable[[Samples, Standard], Iterable[Score]]


def standard(
    settings: DataConfig, split: Split = "test", *, quick: bool = False, features: NetworkFile | None = None
) -> Standard:
    """Return the reference data for scoring samples of these data.

    Raises `InputError` when nothing was held out, and for features that do not fit these pictures; `UsageError` for
    features of data other than pictures.

    quick: use fast measures only, for model selection during training
    features: a network whose features of pictures are measured as well
    """
    train = load_data(settings)
    if features is not None and not isinstance(train, ImageSet):
        raise UsageError(
            f"{features.path}: features are of pictures; data={train.name} are judged without: leave it out"
        )
    if isinstance(train, PointSet) and train.law is not None:
        return train
    try:
        held_out = load_data(settings, split)
    except EmptySplitError as error:
        raise InputError(
            f"{error}; scores need samples that the generator never saw: hold some out and train again"
        ) from None
    if isinstance(train, PointSet):
        assert isinstance(held_out, PointSet)
        return RealPoints(train, held_out, split, quick, settings)
    if isinstance(train, PairSet):
        assert isinstance(held_out, PairSet)
        if held_out.x_as_y is None:
            raise InputError(
                f"data={train.name}: translations are scored against exact answers, which are not known of pictures of "
                "your own; look at the run's samples, or at ganarium translate"
            )
        return Answers(held_out, split)
    assert isinstance(held_out, ImageSet)
    beside = () if features is None else (FileFeatures(features, train.shape),)
    return Real(train, held_out, split, quick, beside, settings)


def judge(made: Samples, by: Standard) -> Iterator[Score]:
    """Score points, uint8 pictures or translations against the reference data.

    Raises `UsageError` and `InputError` for samples that do not fit, and for too few.
    """
    if isinstance(made, Made):
        _refuse_unlike(made, by)
    yield from scored(made, by)


def scored(made: Samples, by: Standard) -> Iterator[Score]:
    """Yield the scores of samples that fit the reference, without a minimum number."""
    if isinstance(made, Translated):
        assert isinstance(by, Answers)
        yield from judge_translations(made, by)
    elif isinstance(by, PointSet):
        yield from judge_points(made, by)
    elif isinstance(by, RealPoints):
        yield from judge_own_points(made, by)
    else:
        assert isinstance(by, Real)
        if by.train.name == "stacked" and not by.quick:
            yield from judge_stacked(made, by)
        if by.train.name in READERS and not by.quick:
            yield from judge_structure(made, by)
        yield from judge_pictures(made, by)


def evaluate(
    maker: Sampler | Translations,
    by: Standard,
    *,
    n: int = SAMPLES,
    seed: int = SEED,
    weights: Weights | None = None,
    judging: Judging = judge,
) -> list[Score]:
    """Score n generated samples, or translations against the exact answers.

    The requested labels are those of random training pictures, so that classes have the same shares as in the data.
    They are requested by name, if the generator knows all classes of the data.
    """
    if isinstance(maker, Translations):
        return list(judging(translated(maker, by, n, weights), by))
    asked, names = None, None
    if isinstance(by, Real) and by.train.labels is not None and maker.classes and not unknown_to(maker, by.train):
        asked = by.train.labels[random_rows(len(by.train), n)]
        names = [by.train.classes[number] for number in asked.tolist()]
    samples = maker.sample(n, seed=seed, label=names, weights=weights)
    return list(judging(Made(samples if len(maker.shape) == 1 else to_bytes(samples), asked), by))


def unknown_to(sampler: Sampler, data: ImageSet) -> tuple[str, ...]:
    """Return the classes of the data, by name, that the generator does not know."""
    without = empty_classes(data)
    return tuple(name for name in data.classes if name not in without and name not in sampler.trained)


def translated(translations: Translations, by: Standard, n: int, weights: Weights | None = None) -> Translated:
    """Translate n random held-out pictures in each direction that the translator supports."""
    if not isinstance(by, Answers):
        raise UsageError("translations are scored by pairs with exact answers, no other data: leave out --against")
    ways = by.ways(n)
    made = {way: translations.translate(ways[way][0], back=way == "back", weights=weights) for way in translations.ways}
    return Translated({way: to_bytes(pictures) for way, pictures in made.items()})


def evaluate_run(
    run: Run,
    by: Standard,
    *,
    n: int = SAMPLES,
    at: At = None,
    weights: Weights | None = None,
    judging: Judging = judge,
) -> list[Score]:
    """Score one checkpoint of a run, including the classification error if its discriminator learns classes."""
    game = run.experiment.game
    maker = load_translations(run, at) if game.translates else load(run, at)
    if isinstance(maker, Sampler) and game.labelled and maker.classes and isinstance(by, Real):
        _say_if_unasked(maker, by.train)
    scores = evaluate(maker, by, n=n, weights=weights, judging=judging)
    if game.predicts_classes and isinstance(by, Real):
        scores.append(classification_error(load_class_reader(run, at), run.experiment, by.split))
    return scores


def _say_if_unasked(sampler: Sampler, data: ImageSet) -> None:
    if unknown := unknown_to(sampler, data):
        logging.getLogger("ganarium").warning(
            "data=%s: the run knows no class %s, so its own classes take turns and label accuracy is not measured; "
            "classes are matched by name, and the run has %s",
            data.name,
            listed(unknown, MOST_NAMED),
            listed(sampler.trained, MOST_NAMED),
        )


def _refuse_unlike(made: Made, by: Standard) -> None:
    if isinstance(by, Answers):
        raise UsageError(f"data={by.held_out.name} holds two domains: score a run that translates between them")
    shape = by.shape if isinstance(by, PointSet) else by.train.shape
    if tuple(made.samples.shape[1:]) != shape:
        raise InputError(
            f"samples of shape {tuple(made.samples.shape[1:])} against data of shape {shape}: "
            "nothing is resized to be judged; make samples of the data's own shape"
        )
    if len(made) < FEWEST:
        raise InputError(f"{len(made)} samples: scores need {FEWEST} at least")
    if isinstance(by, Real | RealPoints) and len(by.held_out) < FEWEST:
        what = "pictures" if isinstance(by, Real) else "points"
        raise InputError(
            f"{len(by.held_out)} {by.split} {what} were held out: scores need {FEWEST} at least; {_more_held_out(by)}"
        )


def _more_held_out(by: Real | RealPoints) -> str:
    """Return advice for holding out enough pictures: the smallest share that suffices, if there is one."""
    settings = by.settings
    what = "pictures" if isinstance(by, Real) else "points"
    if settings is None or "held_out" not in type(settings).model_fields:
        return f"add {by.split} {what} and train again"
    for held_out in SHARES:
        try:
            split = load_data(settings.model_copy(update={"held_out": held_out}), by.split)
        except EmptySplitError:
            continue
        if len(split) >= FEWEST:
            return (
                f"train again with data.held_out={held_out:g}; scoring the same run with it may include {what} "
                "that the run was trained on"
            )
    return f"no data.held_out holds as many out: add {what} that become {by.split} ones and train again"


def classification_error(reader: ClassReader, experiment: Experiment, split: Split = "test") -> Score:
    """Return the share of a split that the discriminator classifies wrongly."""
    held_out = load_data(experiment.data, split)
    assert isinstance(held_out, ImageSet)
    assert held_out.labels is not None
    labels = renumbered(held_out.labels, held_out.classes, reader.classes)
    if (labels < 0).any():
        raise InputError(
            f"data={held_out.name}: its classes {listed(held_out.classes, MOST_NAMED)} are not those that the "
            f"discriminator learned, {listed(reader.classes, MOST_NAMED)}; put the data of the run back"
        )
    wrong = share(reader.read(held_out.images) != labels)
    note = "share of unseen pictures whose class the discriminator gets wrong, lower is better"
    against = named(held_out, split)
    return Score("classification-error/discriminator", wrong.value, None, len(held_out), note, wrong.error, against)


def can_judge(experiment: Experiment) -> bool:
    """Return whether the experiment has enough held-out data to score it."""
    try:
        by = standard(experiment.data, "validation")
    except InputError:
        return False
    return not isinstance(by, Real | RealPoints) or len(by.held_out) >= FEWEST


class Judge:
    """An observer that scores a run during training, with fast measures on validation data."""

    def __init__(self, experiment: Experiment) -> None:
        self.every = experiment.record.evaluate_every
        self.by = standard(experiment.data, "validation", quick=True)

    def receive(self, line: Line) -> None:
        """Ignore log lines."""

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Yield the scores at this step."""
        for score in evaluate(sampler, self.by, n=QUICK_SAMPLES):
            values = {field.name: getattr(score, field.name) for field in fields(score) if field.name != "controls"}
            yield Scored(step, **values | {"counts": list(score.counts)})
