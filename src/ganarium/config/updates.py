"""Update rules: settings and registry."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat

from ganarium.config.base import Config, Formerly
from ganarium.config.networks import GOODFELLOW
from ganarium.config.registry import Entry, Registry


class UpdateConfig(Config):
    """Settings of one update rule.

    even_updates: whether every step has the same number of discriminator updates, all of them permanent
    """

    even_updates: ClassVar[bool] = True

    kind: str


class AlternatingConfig(UpdateConfig):
    """Alternating updates: k discriminator updates, then one generator update."""

    kind: Literal["alternating"] = "alternating"
    discriminator_steps: int = Field(
        1, ge=1, le=1000, description="discriminator updates per generator update (k in Algorithm 1)"
    )


class AdaptiveConfig(UpdateConfig):
    """Adaptive updates: discriminator updates until it is ahead by a threshold, then one generator update."""

    even_updates: ClassVar[bool] = False

    kind: Literal["adaptive"] = "adaptive"
    lead_threshold: Annotated[float, Formerly("ahead")] = Field(
        0.75, gt=0.5, le=1, description="share of (real, generated) pairs in which the real sample must rank higher"
    )
    max_steps: Annotated[int, Formerly("most")] = Field(
        5, ge=1, le=1000, description="maximum number of discriminator updates per generator update"
    )


class SimultaneousConfig(UpdateConfig):
    """Simultaneous updates: the gradients of both players at the same weights, then both updates."""

    kind: Literal["simultaneous"] = "simultaneous"


class ExtragradientConfig(UpdateConfig):
    """Extragradient updates: both players step by the gradients evaluated one step ahead."""

    even_updates: ClassVar[bool] = False  # every second update is a look-ahead

    kind: Literal["extragradient"] = "extragradient"


class UnrolledConfig(UpdateConfig):
    """Unrolled updates: the generator is trained against the discriminator a few steps ahead."""

    kind: Literal["unrolled"] = "unrolled"
    steps: int = Field(5, ge=1, le=100, description="number of discriminator steps ahead (k)")
    lr: PositiveFloat = Field(0.01, description="learning rate of these steps of plain gradient descent")


UPDATES: Registry[UpdateConfig] = Registry(
    "update rule",
    Entry(
        "alternating",
        "discriminator first, then generator",
        GOODFELLOW,
        AlternatingConfig,
        "training.update_rules:Alternating",
    ),
    Entry(
        "adaptive",
        "balances the players: adapts the number of discriminator steps so that it stays slightly ahead",
        f"{GOODFELLOW}, Algorithm 1, with an adaptive k",
        AdaptiveConfig,
        "training.update_rules:Adaptive",
    ),
    Entry("simultaneous", "both players at once", GOODFELLOW, SimultaneousConfig, "training.update_rules:Simultaneous"),
    Entry(
        "extragradient",
        "both players at once, with gradients evaluated one step ahead; twice the work",
        "Gidel et al. 2019, Algorithm 2 and 4 (arXiv 1802.10551)",
        ExtragradientConfig,
        "training.update_rules:Extragradient",
    ),
    Entry(
        "unrolled",
        "trains the generator against a discriminator k steps ahead; k more steps and their derivatives",
        "Metz et al. 2017, eq. 7 to 10 (arXiv 1611.02163)",
        UnrolledConfig,
        "training.update_rules:Unrolled",
    ),
)
