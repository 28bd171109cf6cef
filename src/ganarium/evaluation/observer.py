"""An observer that scores a run during training."""

from collections.abc import Iterable
from dataclasses import fields
from typing import final

from ganarium.config.experiment import Experiment
from ganarium.core.errors import InputError
from ganarium.data.held_out_share import FEWEST
from ganarium.evaluation.evaluate import evaluate_generator
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import ImageReference, PointReference
from ganarium.runs.events import Event, Scored
from ganarium.training.observers import Observer
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

SAMPLES = 2_000


def can_evaluate(experiment: Experiment) -> bool:
    """Return whether the experiment has enough held-out data for scoring."""
    try:
        reference = load_reference(experiment.data, "validation")
    except InputError:
        return False
    return not isinstance(reference, ImageReference | PointReference) or len(reference.held_out) >= FEWEST


@final
class ScoreObserver(Observer):
    """An observer that scores a run during training, with fast measures on validation data."""

    essential = True

    def __init__(self, experiment: Experiment) -> None:
        self.every = experiment.record.evaluate_every
        self.reference = load_reference(experiment.data, "validation", quick=True)

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Yield the scores at this step."""
        for score in evaluate_generator(sampler, self.reference, n=SAMPLES):
            values = {field.name: getattr(score, field.name) for field in fields(score) if field.name != "controls"}
            yield Scored(step, **values | {"counts": list(score.counts)})
