"""Schedules of learning rates and remedies, as functions of the step."""

from collections.abc import Mapping
from math import cos, pi

from ganarium.config.base import Course, ScheduledConfig
from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import OptimizerConfig
from ganarium.training.remedies.base import Remedy


def along(course: Course, final: float, step: int, horizon: int) -> float:
    """Return a factor that goes from 1 at step 0 to `final` at the horizon and stays there.

    >>> [along("linear", 0.5, step, 10) for step in (0, 5, 10, 20)]
    [1.0, 0.75, 0.5, 0.5]
    """
    if course == "constant":
        return 1.0
    done = min(1.0, step / horizon)
    left = 1 - done if course == "linear" else (1 + cos(pi * done)) / 2
    return final + (1 - final) * left


def learning_rate(settings: OptimizerConfig, side: str, step: int, horizon: int) -> float:
    """Return a player's learning rate at a step."""
    start = settings.discriminator_lr if side == "discriminator" and settings.discriminator_lr else settings.lr
    return start * along(settings.schedule, settings.final, step, horizon)


def set_levels(experiment: Experiment, remedies: Mapping[str, Remedy], step: int) -> None:
    """Set the scale of each remedy with a schedule to its value at the given step."""
    for name, remedy in remedies.items():
        settings = experiment.remedies[name]
        if isinstance(settings, ScheduledConfig) and remedy.scale is not None:
            remedy.scale.fill_(along(settings.schedule, settings.final, step, experiment.horizon))
