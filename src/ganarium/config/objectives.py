"""Adversarial losses: settings and entries; a setting is an argument of the function that makes the loss."""

from typing import ClassVar, Literal

from ganarium.config.base import Config
from ganarium.config.networks import GOODFELLOW, HUANG
from ganarium.config.registry import Entry, Registry

Divergence = Literal["kl", "reverse-kl", "pearson", "js"]


class ObjectiveConfig(Config):
    """Settings of one adversarial loss.

    probabilities: whether the discriminator's half is the cross-entropy of D(x) = sigmoid(logit)
    """

    probabilities: ClassVar[bool] = False
    kind: str

    @property
    def signs(self) -> bool:
        """Whether a logit above 0 says real, one below generated."""
        return self.probabilities


class MinimaxConfig(ObjectiveConfig):
    """The saturating loss: the generator descends log(1 − D(G(z)))."""

    probabilities = True
    kind: Literal["minimax"] = "minimax"


class NonSaturatingConfig(ObjectiveConfig):
    """The generator ascends log D(G(z))."""

    probabilities = True
    kind: Literal["non-saturating"] = "non-saturating"


class LeastSquaresConfig(ObjectiveConfig):
    """Half the squared distance of a logit from a target: a for generated, b for real, c in the generator's eyes."""

    kind: Literal["least-squares"] = "least-squares"
    a: float = 0.0
    b: float = 1.0
    c: float = 1.0

    @property
    def signs(self) -> bool:
        """Where the targets lie around 0."""
        return self.a == -self.b < 0


class HingeConfig(ObjectiveConfig):
    """The discriminator asks for a margin of 1 and no more."""

    kind: Literal["hinge"] = "hinge"

    @property
    def signs(self) -> bool:
        """On either side of its margin."""
        return True


class WassersteinConfig(ObjectiveConfig):
    """The difference of mean logits, of a critic whose slope something else must bound."""

    kind: Literal["wasserstein"] = "wasserstein"


class RelativisticConfig(ObjectiveConfig):
    """This real picture beside this generated one: pairs by their place in the batch."""

    kind: Literal["relativistic"] = "relativistic"


class RelativisticAverageConfig(ObjectiveConfig):
    """More real than the opposite pictures are on average."""

    kind: Literal["relativistic-average"] = "relativistic-average"


class FDivergenceConfig(ObjectiveConfig):
    """The variational bound of an f-divergence; the generator descends the bound itself."""

    kind: Literal["f-divergence"] = "f-divergence"
    divergence: Divergence = "kl"


JOLICOEUR = "Jolicoeur-Martineau 2019, The relativistic discriminator (arXiv 1807.00734)"

OBJECTIVES: Registry[ObjectiveConfig] = Registry(
    "objective",
    Entry("minimax", "saturating, the game's own value", GOODFELLOW, MinimaxConfig, "losses.objectives:minimax"),
    Entry(
        "non-saturating",
        "the generator raises log D(G(z))",
        GOODFELLOW,
        NonSaturatingConfig,
        "losses.objectives:non_saturating",
    ),
    Entry(
        "least-squares",
        "squared distances to targets a, b, c",
        "Mao et al. 2017, LSGAN (arXiv 1611.04076)",
        LeastSquaresConfig,
        "losses.objectives:least_squares",
    ),
    Entry(
        "hinge",
        "a margin, then nothing",
        "Lim & Ye 2017, Geometric GAN (arXiv 1705.02894)",
        HingeConfig,
        "losses.objectives:hinge",
    ),
    Entry(
        "wasserstein",
        "difference of means, for a critic of bounded slope",
        "Arjovsky, Chintala, Bottou 2017, WGAN (arXiv 1701.07875)",
        WassersteinConfig,
        "losses.objectives:wasserstein",
    ),
    Entry(
        "relativistic",
        "real beside generated, in pairs",
        f"{JOLICOEUR}; paired as in {HUANG}",
        RelativisticConfig,
        "losses.objectives:relativistic",
    ),
    Entry(
        "relativistic-average",
        "real beside the mean of the generated",
        JOLICOEUR,
        RelativisticAverageConfig,
        "losses.objectives:relativistic_average",
    ),
    Entry(
        "f-divergence",
        "KL, reverse KL, Pearson χ² or JS by their variational bound",
        "Nowozin, Cseke, Tomioka 2016, f-GAN (arXiv 1606.00709)",
        FDivergenceConfig,
        "losses.objectives:f_divergence",
    ),
)
