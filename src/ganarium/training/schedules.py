"""Schedules of learning rates and remedies, as functions of the step."""

from collections.abc import Mapping

from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import AdamConfig, OptimizerConfig
from ganarium.training.optimizers import Adam
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


def learning_rate(settings: OptimizerConfig, side: str, step: int, horizon: int) -> float:
    """Return a player's learning rate at a step."""
    start = settings.discriminator_lr if side == "discriminator" and settings.discriminator_lr else settings.lr
    return start * settings.factor_at(_progress(step, horizon))


def set_rates(experiment: Experiment, players: Mapping[Side, Player], step: int) -> None:
    """Set each player's learning rate, and β₂ if it has a schedule, to its value at the given step."""
    optim, horizon = experiment.optim, experiment.horizon
    for side, player in players.items():
        player.lr.fill_(learning_rate(optim, side, step, horizon))
        if isinstance(optim, AdamConfig) and isinstance(player.optimizer, Adam) and player.optimizer.beta2 is not None:
            player.optimizer.beta2.fill_(optim.beta2_at(_progress(step, horizon)))


def set_levels(experiment: Experiment, remedies: Mapping[str, Remedy], step: int) -> None:
    """Set the scale of each remedy with a schedule to its value at the given step."""
    for name, remedy in remedies.items():
        if remedy.scale is not None:
            remedy.scale.fill_(experiment.remedies[name].factor_at(_progress(step, experiment.horizon)))


def _progress(step: int, horizon: int) -> float:
    """Return a step as a fraction of the horizon, or 0 if there is no horizon, and hence no schedule."""
    return step / horizon if horizon else 0.0
