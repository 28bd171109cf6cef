"""Settings and registry of optimizers."""

from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from ganarium.config.base import Config
from ganarium.config.courses import Course, along, refuse_empty_window, window_end, window_start
from ganarium.config.registry import Entry, Registry


class OptimizerConfig(Config):
    """Base settings of an optimizer: the learning rates of both players and their schedule."""

    kind: str
    lr: PositiveFloat = Field(2e-4, description="learning rate of both players")
    discriminator_lr: PositiveFloat | None = Field(
        None, description="learning rate of the discriminator; by default, the same as `lr`"
    )
    schedule: Course = Field(
        "constant",
        description="how the learning rate decays from its initial value to `final`, by default over train.horizon",
    )
    final: NonNegativeFloat = Field(
        0.0, le=1, description="learning rate at and after the end of the schedule, as a fraction of the initial rate"
    )
    schedule_start: float = window_start()
    schedule_end: float = window_end()

    @model_validator(mode="after")
    def _starts_before_its_end(self) -> Self:
        refuse_empty_window("schedule", self.schedule_start, self.schedule_end)
        return self

    def factor_at(self, progress: float) -> float:
        """Return the learning rate as a fraction of the initial rate, at a fraction of the horizon."""
        return along(self.schedule, self.final, progress, self.schedule_start, self.schedule_end)


class AdamConfig(OptimizerConfig):
    """Adam with bias correction."""

    kind: Literal["adam"] = "adam"
    beta1: float = Field(0.5, ge=0, lt=1, description="decay rate of the running mean of gradients (β₁)")
    beta2: float = Field(0.999, ge=0, lt=1, description="decay rate of the running mean of squared gradients (β₂)")
    eps: PositiveFloat = Field(1e-8, description="constant added to the denominator")


class SgdConfig(OptimizerConfig):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    lr: PositiveFloat = Field(0.1, description="learning rate of both players")
    momentum: float = Field(0.0, ge=0, lt=1, description="fraction of the previous update added to each update")


class RmsPropConfig(OptimizerConfig):
    """RMSProp without momentum."""

    kind: Literal["rmsprop"] = "rmsprop"
    decay: float = Field(0.99, ge=0, lt=1, description="decay rate of the running mean of squared gradients")
    eps: PositiveFloat = Field(1e-8, description="constant added to the denominator")


OPTIMIZERS: Registry[OptimizerConfig] = Registry(
    "optimizer",
    Entry(
        "adam",
        "adaptive moment estimation",
        "Kingma & Ba 2015 (arXiv 1412.6980)",
        AdamConfig,
        "training.optimizers:Adam",
    ),
    Entry("sgd", "gradient descent with momentum", "Robbins & Monro 1951", SgdConfig, "training.optimizers:Sgd"),
    Entry(
        "rmsprop",
        "divides gradients by their recent magnitude",
        "Tieleman & Hinton 2012, lecture 6.5",
        RmsPropConfig,
        "training.optimizers:RmsProp",
    ),
)
