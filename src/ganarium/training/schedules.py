"""What changes as a run goes on, by the step alone."""

from math import cos, pi

from ganarium.core.settings.base import Course
from ganarium.core.settings.play import OptimizerSettings


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


def learning_rate(settings: OptimizerSettings, side: str, step: int, horizon: int) -> float:
    """A player's learning rate at a step."""
    start = settings.discriminator_lr if side == "discriminator" and settings.discriminator_lr else settings.lr
    return start * along(settings.schedule, settings.final, step, horizon)
