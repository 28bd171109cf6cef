"""Scores of a run: what it makes beside what is real."""

from collections.abc import Iterable, Iterator

from ganarium.core.config import Experiment
from ganarium.core.errors import UsageError
from ganarium.core.settings.data import Mnist
from ganarium.data.feed import to_bytes
from ganarium.data.sets import ImageSet, PairSet
from ganarium.judgement.scores import Score, judge_digits
from ganarium.metrics.translation import absolute_error, wrong_pixels
from ganarium.runs.events import Event, Line, Scored
from ganarium.training.assemble import load_data
from ganarium.training.kept import Weights
from ganarium.training.reader import Reader
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations

SAMPLES = 10_000
SEED = 10_000  # apart from the seeds that people look at


def can_judge(experiment: Experiment) -> bool:
    """Whether there are scores for this experiment's data."""
    return isinstance(experiment.data, Mnist) or experiment.game.translates


def evaluate(
    experiment: Experiment,
    made: Sampler | Translations,
    *,
    n: int = SAMPLES,
    seed: int = SEED,
    weights: Weights | None = None,
) -> list[Score]:
    """Score n samples against MNIST's test split, labels asked for in the data's own shares; or translations.

    Raises `UsageError` for data that have no scores.
    """
    if isinstance(made, Translations):
        return list(judge_translations(experiment, made, n=n, weights=weights))
    if not can_judge(experiment):
        raise UsageError(f"data={experiment.data.kind}: only runs on mnist can be scored; look at its samples instead")
    train, test = load_data(Mnist()), load_data(Mnist(), "test")
    assert isinstance(train, ImageSet)
    assert isinstance(test, ImageSet)
    asked = train.labels[:n] if made.classes == train.classes and train.labels is not None else None
    if asked is not None and len(asked) < n:
        raise UsageError(f"n {n}: at most {len(asked):,} labels can be asked for")
    pictures = to_bytes(made.sample(n, seed=seed, label=asked, weights=weights))
    return judge_digits(pictures, asked, test, train)


def judge_translations(
    experiment: Experiment, translations: Translations, *, n: int = SAMPLES, weights: Weights | None = None
) -> Iterator[Score]:
    """Score translations of the test split's first n pictures against the exact answers.

    Beside each score stands what the pictures get when nothing is done to them: a translator must do better.
    """
    test = load_data(experiment.data, "test")
    assert isinstance(test, PairSet)
    ways = {"there": (test.x[:n], test.x_as_y[:n]), "back": (test.y[:n], test.y_as_x[:n])}
    for way in translations.ways:
        pictures, answers = ways[way]
        made = to_bytes(translations.translate(pictures, back=way == "back", weights=weights))
        for name, measure, note in (
            ("l1", absolute_error, "mean absolute difference to the exact answer"),
            ("wrong-pixels", wrong_pixels, "share of pixels on the wrong side of one half"),
        ):
            untouched = measure(pictures, answers)
            text = f"{note}, lower is better; {untouched:.4g} if nothing is done"
            yield Score(f"{name}-{way}/exact", measure(made, answers), 0.0, len(made), text)


def classification_error(reader: Reader, experiment: Experiment) -> Score:
    """The share of the test split that the discriminator's classes get wrong."""
    test = load_data(experiment.data, "test")
    assert isinstance(test, ImageSet)
    assert test.labels is not None
    wrong = (reader.read(test.images) != test.labels).double().mean().item()
    note = "share of test pictures whose class the discriminator gets wrong, lower is better"
    return Score("classification-error/discriminator", wrong, None, len(test), note)


class Judge:
    """An observer that scores a run while it trains."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.every = experiment.record.scores

    def receive(self, line: Line) -> None:
        """Lines are nothing to it."""

    def visit(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """The scores at this step."""
        for score in evaluate(self.experiment, sampler):
            yield Scored(step, score.name, score.value, score.floor, score.n, score.note, list(score.counts))
