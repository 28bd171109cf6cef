"""Schedules of learning rates and remedies, as functions of the step."""

from collections.abc import Mapping

from ganarium.config.base import ScheduledConfig
from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import OptimizerConfig
from ganarium.training.remedies.base import Remedy


def learning_rate(settings: OptimizerConfig, side: str, step: int, horizon: int) -> float:
    """Return a player's learning rate at a step."""
    start = settings.discriminator_lr if side == "discriminator" and settings.discriminator_lr else settings.lr
    return start * settings.factor_at(_progress(step, horizon))


def set_levels(experiment: Experiment, remedies: Mapping[str, Remedy], step: int) -> None:
    """Set the scale of each remedy with a schedule to its value at the given step."""
    for name, remedy in remedies.items():
        settings = experiment.remedies[name]
        if isinstance(settings, ScheduledConfig) and remedy.scale is not None:
            remedy.scale.fill_(settings.factor_at(_progress(step, experiment.horizon)))


def _progress(step: int, horizon: int) -> float:
    """Return a step as a fraction of the horizon, or 0 if there is no horizon, and hence no schedule."""
    return step / horizon if horizon else 0.0
