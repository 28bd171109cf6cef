"""Optimizers: settings and registry."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import Config, Course
from ganarium.config.registry import Entry, Registry


class OptimizerConfig(Config):
    """Learning rate and schedule of both players."""

    kind: str
    lr: PositiveFloat = Field(2e-4, description="learning rate of both players")
    discriminator_lr: PositiveFloat | None = Field(
        None, description="learning rate of the discriminator, if it differs"
    )
    schedule: Course = Field(
        "constant", description="how the learning rate decays from its initial value to `final` over train.horizon"
    )
    final: NonNegativeFloat = Field(
        0.0, le=1, description="share of the initial learning rate that is left at the horizon"
    )


class AdamConfig(OptimizerConfig):
    """Adam with bias correction."""

    kind: Literal["adam"] = "adam"
    beta1: float = Field(0.5, ge=0, lt=1, description="decay of the mean of gradients (β₁)")
    beta2: float = Field(0.999, ge=0, lt=1, description="decay of the mean of squared gradients (β₂)")
    eps: PositiveFloat = Field(1e-8, description="added to the divisor")


class SgdConfig(OptimizerConfig):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    lr: PositiveFloat = Field(0.1, description="learning rate of both players")
    momentum: float = Field(0.0, ge=0, lt=1, description="share of the previous update that is added")


class RmsPropConfig(OptimizerConfig):
    """RMSProp without momentum."""

    kind: Literal["rmsprop"] = "rmsprop"
    decay: float = Field(0.99, ge=0, lt=1, description="decay of the mean of squared gradients")
    eps: PositiveFloat = Field(1e-8, description="added to the divisor")


OPTIMIZERS: Registry[OptimizerConfig] = Registry(
    "optimizer",
    Entry("adam", "adaptive moments", "Kingma & Ba 2015 (arXiv 1412.6980)", AdamConfig, "training.optimizers:Adam"),
    Entry("sgd", "gradient descent with momentum", "Robbins & Monro 1951", SgdConfig, "training.optimizers:Sgd"),
    Entry(
        "rmsprop",
        "gradients divided by their recent size",
        "Tieleman & Hinton 2012, lecture 6.5",
        RmsPropConfig,
        "training.optimizers:RmsProp",
    ),
)
