"""How the players meet: objectives, games, update rules and optimizers."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.core.catalog import Catalog, Entry
from ganarium.core.frozen import Config
from ganarium.core.settings.networks import GOODFELLOW


class ObjectiveSettings(Config):
    """Settings of one adversarial loss."""

    kind: str


class Minimax(ObjectiveSettings):
    """The saturating loss: the generator descends log(1 − D(G(z)))."""

    kind: Literal["minimax"] = "minimax"


class NonSaturating(ObjectiveSettings):
    """The generator ascends log D(G(z))."""

    kind: Literal["non-saturating"] = "non-saturating"


class GameSettings(Config):
    """Settings of one game."""

    kind: str


class Synthesis(GameSettings):
    """One generator against one discriminator; both see the label when `conditional`."""

    kind: Literal["synthesis"] = "synthesis"
    conditional: bool = False


class UpdateSettings(Config):
    """Settings of one update rule."""

    kind: str


class Alternating(UpdateSettings):
    """k discriminator updates, then one generator update."""

    kind: Literal["alternating"] = "alternating"
    discriminator_steps: int = Field(
        1, ge=1, le=1000, description="discriminator updates per generator update (k in Algorithm 1)"
    )


class Simultaneous(UpdateSettings):
    """Both players' gradients at the same weights, then both updates."""

    kind: Literal["simultaneous"] = "simultaneous"


class OptimizerSettings(Config):
    """Learning rate and its schedule, for either player."""

    kind: str
    lr: PositiveFloat = Field(2e-4, description="learning rate of both players")
    discriminator_lr: PositiveFloat | None = Field(None, description="the discriminator's own, if it differs")
    schedule: Literal["constant", "linear", "cosine"] = Field(
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


OBJECTIVES: Catalog[ObjectiveSettings] = Catalog(
    "objective",
    Entry("minimax", "saturating, the game's own value", GOODFELLOW, Minimax, "maths.objectives:MINIMAX"),
    Entry(
        "non-saturating",
        "the generator raises log D(G(z))",
        GOODFELLOW,
        NonSaturating,
        "maths.objectives:NON_SATURATING",
    ),
)
GAMES: Catalog[GameSettings] = Catalog(
    "game",
    Entry(
        "synthesis",
        "generator against discriminator",
        GOODFELLOW,
        Synthesis,
        "training.games.synthesis:Synthesis",
    ),
)
UPDATES: Catalog[UpdateSettings] = Catalog(
    "update rule",
    Entry(
        "alternating",
        "discriminator first, then generator",
        GOODFELLOW,
        Alternating,
        "training.step:Alternating",
    ),
    Entry("simultaneous", "both players at once", GOODFELLOW, Simultaneous, "training.step:Simultaneous"),
)
OPTIMIZERS: Catalog[OptimizerSettings] = Catalog(
    "optimizer",
    Entry("adam", "adaptive moments", "Kingma & Ba 2015 (arXiv 1412.6980)", Adam, "training.optimizers:adam"),
    Entry("sgd", "gradient descent, momentum", "Robbins & Monro 1951", Sgd, "training.optimizers:sgd"),
)
