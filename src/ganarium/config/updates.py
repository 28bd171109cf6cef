"""Settings and registry of update rules, which determine the order of the players' updates."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat

from ganarium.config.base import Config, Formerly
from ganarium.config.networks import GOODFELLOW
from ganarium.config.registry import Entry, Registry


class UpdateConfig(Config):
    """Base settings of an update rule.

    even_updates: whether every step has the same number of discriminator updates, none of which is undone
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
    """Adaptive updates: update the discriminator until its lead reaches a threshold, then update the generator once."""

    even_updates: ClassVar[bool] = False

    kind: Literal["adaptive"] = "adaptive"
    lead_threshold: Annotated[float, Formerly("ahead")] = Field(
        0.75,
        gt=0.5,
        le=1,
        description="fraction of (real, generated) pairs in which the real sample must have the higher logit",
    )
    max_steps: Annotated[int, Formerly("most")] = Field(
        5, ge=1, le=1000, description="maximum number of discriminator updates per generator update"
    )


class SimultaneousConfig(UpdateConfig):
    """Simultaneous updates: compute the gradients of both players at the same weights, then update both."""

    kind: Literal["simultaneous"] = "simultaneous"


class ExtragradientConfig(UpdateConfig):
    """Extragradient updates: update both players with gradients evaluated one step ahead."""

    even_updates: ClassVar[bool] = False  # every second update is a look-ahead

    kind: Literal["extragradient"] = "extragradient"


class UnrolledConfig(UpdateConfig):
    """Unrolled updates: train the generator against a discriminator a few steps ahead."""

    kind: Literal["unrolled"] = "unrolled"
    steps: int = Field(5, ge=1, le=100, description="number of unrolled discriminator steps (k)")
    lr: PositiveFloat = Field(0.01, description="learning rate of the unrolled steps, which use plain gradient descent")


UPDATES: Registry[UpdateConfig] = Registry(
    "update rule",
    Entry(
        "alternating",
        "updates the discriminator first, then the generator",
        GOODFELLOW,
        AlternatingConfig,
        "training.update_rules:Alternating",
    ),
    Entry(
        "adaptive",
        "balances the players: updates the discriminator until it is slightly ahead",
        f"{GOODFELLOW}, Algorithm 1, with an adaptive k",
        AdaptiveConfig,
        "training.update_rules:Adaptive",
    ),
    Entry(
        "simultaneous",
        "updates both players simultaneously",
        GOODFELLOW,
        SimultaneousConfig,
        "training.update_rules:Simultaneous",
    ),
    Entry(
        "extragradient",
        "updates both players with gradients evaluated one step ahead; doubles the cost",
        "Gidel et al. 2019, Algorithms 2 and 4 (arXiv 1802.10551)",
        ExtragradientConfig,
        "training.update_rules:Extragradient",
    ),
    Entry(
        "unrolled",
        "trains the generator against a discriminator k steps ahead; differentiates through k extra steps",
        "Metz et al. 2017, eq. 7 to 10 (arXiv 1611.02163)",
        UnrolledConfig,
        "training.update_rules:Unrolled",
    ),
)
