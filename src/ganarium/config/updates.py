"""How the players learn: update rules and optimizers."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import Config, Course
from ganarium.config.networks import GOODFELLOW
from ganarium.config.registry import Catalog, Entry


class UpdateSettings(Config):
    """Settings of one update rule."""

    kind: str


class Alternating(UpdateSettings):
    """k discriminator updates, then one generator update."""

    kind: Literal["alternating"] = "alternating"
    discriminator_steps: int = Field(
        1, ge=1, le=1000, description="discriminator updates per generator update (k in Algorithm 1)"
    )


class Adaptive(UpdateSettings):
    """Discriminator updates until it is ahead by so much, then one generator update."""

    kind: Literal["adaptive"] = "adaptive"
    ahead: float = Field(0.75, gt=0.5, le=1, description="share of pairs of which it is to judge the real one higher")
    most: int = Field(5, ge=1, le=1000, description="most discriminator updates per generator update")


class Simultaneous(UpdateSettings):
    """Both players' gradients at the same weights, then both updates."""

    kind: Literal["simultaneous"] = "simultaneous"


class Extragradient(UpdateSettings):
    """Both players look one step ahead, and move by the gradients that they find there."""

    kind: Literal["extragradient"] = "extragradient"


class Unrolled(UpdateSettings):
    """The generator learns from what the discriminator would be a few steps on."""

    kind: Literal["unrolled"] = "unrolled"
    steps: int = Field(5, ge=1, le=100, description="the discriminator's steps ahead (k)")
    lr: PositiveFloat = Field(0.01, description="learning rate of these steps, which are plain gradient descent")


class OptimizerSettings(Config):
    """Learning rate and its schedule, for either player."""

    kind: str
    lr: PositiveFloat = Field(2e-4, description="learning rate of both players")
    discriminator_lr: PositiveFloat | None = Field(None, description="the discriminator's own, if it differs")
    schedule: Course = Field(
        "constant", description="how the learning rate falls from its start to `final` over train.horizon"
    )
    final: NonNegativeFloat = Field(0.0, le=1, description="what is left of the learning rate at the horizon")


class Adam(OptimizerSettings):
    """Adam with bias correction."""

    kind: Literal["adam"] = "adam"
    beta1: float = Field(0.5, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)
    eps: PositiveFloat = 1e-8


class Sgd(OptimizerSettings):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    lr: PositiveFloat = 0.1
    momentum: float = Field(0.0, ge=0, lt=1)


class RmsProp(OptimizerSettings):
    """Steps divided by the root of a moving mean of squared gradients, without momentum."""

    kind: Literal["rmsprop"] = "rmsprop"
    decay: float = Field(0.99, ge=0, lt=1)
    eps: PositiveFloat = 1e-8


UPDATES: Catalog[UpdateSettings] = Catalog(
    "update rule",
    Entry(
        "alternating",
        "discriminator first, then generator",
        GOODFELLOW,
        Alternating,
        "training.step:Alternating",
    ),
    Entry(
        "adaptive",
        "as many discriminator updates as keep it ahead, none where it is",
        f"{GOODFELLOW}, Algorithm 1, with k by its purpose",
        Adaptive,
        "training.step:Adaptive",
    ),
    Entry("simultaneous", "both players at once", GOODFELLOW, Simultaneous, "training.step:Simultaneous"),
    Entry(
        "extragradient",
        "both players at once, by gradients one step ahead; twice the work",
        "Gidel et al. 2019, Algorithm 2 and 4 (arXiv 1802.10551)",
        Extragradient,
        "training.step:Extragradient",
    ),
    Entry(
        "unrolled",
        "the generator against a discriminator some steps ahead; k more steps and their derivatives",
        "Metz et al. 2017, eq. 7 to 10 (arXiv 1611.02163)",
        Unrolled,
        "training.step:Unrolled",
    ),
)
OPTIMIZERS: Catalog[OptimizerSettings] = Catalog(
    "optimizer",
    Entry("adam", "adaptive moments", "Kingma & Ba 2015 (arXiv 1412.6980)", Adam, "training.optimizers:adam"),
    Entry("sgd", "gradient descent, momentum", "Robbins & Monro 1951", Sgd, "training.optimizers:sgd"),
    Entry("rmsprop", "adaptive steps", "Tieleman & Hinton 2012, lecture 6.5", RmsProp, "training.optimizers:rmsprop"),
)
