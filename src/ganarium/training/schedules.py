"""What changes as a run goes on, by the step alone."""

from collections.abc import Mapping
from math import cos, pi

from ganarium.config.base import Course, ScheduledConfig
from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import OptimizerConfig
from ganarium.training.remedies.base import Remedy


def along(course: Course, final: float, step: int, horizon: int) -> float:
    """From 1 at step 0 to `final` at the horizon, where it stays.

    >>> [along("linear", 0.5, step, 10) for step in (0, 5, 10, 20)]
    [1.0, 0.75, 0.5, 0.5]
    """
    if course == "constant":
        return 1.0
    done = min(1.0, step / horizon)
    left = 1 - done if course == "linear" else (1 + cos(pi * done)) / 2
    return final + (1 - final) * left


def learning_rate(settings: OptimizerConfig, side: str, step: int, horizon: int) -> float:
    """A player's learning rate at a step."""
    start = settings.discriminator_lr if side == "discriminator" and settings.discriminator_lr else settings.lr
    return start * along(settings.schedule, settings.final, step, horizon)


def set_levels(experiment: Experiment, remedies: Mapping[str, Remedy], step: int) -> None:
    """Set what is left at a step of the strength of each remedy with a schedule."""
    for name, remedy in remedies.items():
        settings = experiment.remedies[name]
        if isinstance(settings, ScheduledConfig) and remedy.level is not None:
            remedy.level.fill_(along(settings.schedule, settings.final, step, experiment.horizon))
