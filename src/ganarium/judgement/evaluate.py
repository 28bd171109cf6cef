"""Scores of a run: its generator's samples beside real pictures."""

from collections.abc import Iterable

from ganarium.core.config import Experiment
from ganarium.core.errors import UsageError
from ganarium.core.settings.data import Mnist
from ganarium.data.feed import to_bytes
from ganarium.data.sets import ImageSet
from ganarium.judgement.scores import Score, judge_digits
from ganarium.runs.events import Event, Line, Scored
from ganarium.training.assemble import load_data
from ganarium.training.sampler import Sampler, Weights

SAMPLES = 10_000
SEED = 10_000  # apart from the seeds that people look at


def can_judge(experiment: Experiment) -> bool:
    """Whether there are scores for this experiment's data."""
    return isinstance(experiment.data, Mnist)


def evaluate(
    experiment: Experiment,
    sampler: Sampler,
    *,
    n: int = SAMPLES,
    seed: int = SEED,
    weights: Weights | None = None,
) -> list[Score]:
    """Score n samples against MNIST's test split; labels are asked for in the data's own shares.

    Raises `UsageError` for data that have no scores.
    """
    if not can_judge(experiment):
        raise UsageError(f"data={experiment.data.kind}: only runs on mnist can be scored; look at its samples instead")
    train, test = load_data(Mnist()), load_data(Mnist(), "test")
    assert isinstance(train, ImageSet)
    assert isinstance(test, ImageSet)
    asked = train.labels[:n] if sampler.classes and train.labels is not None else None
    if asked is not None and len(asked) < n:
        raise UsageError(f"n {n}: at most {len(asked):,} labels can be asked for")
    pictures = to_bytes(sampler.sample(n, seed=seed, label=asked, weights=weights))
    return judge_digits(pictures, asked, test, train)


class Judge:
    """An observer that scores a run while it trains."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.every = experiment.record.scores

    def receive(self, line: Line) -> None:
        """Lines are nothing to it."""

    def visit(self, step: int, sampler: Sampler) -> Iterable[Event]:
        """The scores at this step."""
        for score in evaluate(self.experiment, sampler):
            yield Scored(step, score.name, score.value, score.floor, score.n, score.note, list(score.counts))
