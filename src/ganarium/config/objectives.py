"""Adversarial losses: settings and entries; a setting is an argument of the function that makes the loss."""

from typing import ClassVar, Literal

from ganarium.config.base import Config
from ganarium.config.networks import GOODFELLOW, HUANG
from ganarium.config.registry import Catalog, Entry

Divergence = Literal["kl", "reverse-kl", "pearson", "js"]


class ObjectiveSettings(Config):
    """Settings of one adversarial loss.

    probabilities: whether the discriminator's half is the cross-entropy of D(x) = sigmoid(logit)
    """

    probabilities: ClassVar[bool] = False
    kind: str

    @property
    def signs(self) -> bool:
        """Whether a logit above 0 says real, one below generated."""
        return self.probabilities


class Minimax(ObjectiveSettings):
    """The saturating loss: the generator descends log(1 − D(G(z)))."""

    probabilities = True
    kind: Literal["minimax"] = "minimax"


class NonSaturating(ObjectiveSettings):
    """The generator ascends log D(G(z))."""

    probabilities = True
    kind: Literal["non-saturating"] = "non-saturating"


class LeastSquares(ObjectiveSettings):
    """Half the squared distance of a logit from a target: a for generated, b for real, c in the generator's eyes."""

    kind: Literal["least-squares"] = "least-squares"
    a: float = 0.0
    b: float = 1.0
    c: float = 1.0

    @property
    def signs(self) -> bool:
        """Where the targets lie around 0."""
        return self.a == -self.b < 0


class Hinge(ObjectiveSettings):
    """The discriminator asks for a margin of 1 and no more."""

    kind: Literal["hinge"] = "hinge"

    @property
    def signs(self) -> bool:
        """On either side of its margin."""
        return True


class Wasserstein(ObjectiveSettings):
    """The difference of mean logits, of a critic whose slope something else must bound."""

    kind: Literal["wasserstein"] = "wasserstein"


class Relativistic(ObjectiveSettings):
    """This real picture beside this generated one: pairs by their place in the batch."""

    kind: Literal["relativistic"] = "relativistic"


class RelativisticAverage(ObjectiveSettings):
    """More real than the opposite pictures are on average."""

    kind: Literal["relativistic-average"] = "relativistic-average"


class FDivergence(ObjectiveSettings):
    """The variational bound of an f-divergence; the generator descends the bound itself."""

    kind: Literal["f-divergence"] = "f-divergence"
    divergence: Divergence = "kl"


JOLICOEUR = "Jolicoeur-Martineau 2019, The relativistic discriminator (arXiv 1807.00734)"

OBJECTIVES: Catalog[ObjectiveSettings] = Catalog(
    "objective",
    Entry("minimax", "saturating, the game's own value", GOODFELLOW, Minimax, "losses.objectives:minimax"),
    Entry(
        "non-saturating",
        "the generator raises log D(G(z))",
        GOODFELLOW,
        NonSaturating,
        "losses.objectives:non_saturating",
    ),
    Entry(
        "least-squares",
        "squared distances to targets a, b, c",
        "Mao et al. 2017, LSGAN (arXiv 1611.04076)",
        LeastSquares,
        "losses.objectives:least_squares",
    ),
    Entry(
        "hinge",
        "a margin, then nothing",
        "Lim & Ye 2017, Geometric GAN (arXiv 1705.02894)",
        Hinge,
        "losses.objectives:hinge",
    ),
    Entry(
        "wasserstein",
        "difference of means, for a critic of bounded slope",
        "Arjovsky, Chintala, Bottou 2017, WGAN (arXiv 1701.07875)",
        Wasserstein,
        "losses.objectives:wasserstein",
    ),
    Entry(
        "relativistic",
        "real beside generated, in pairs",
        f"{JOLICOEUR}; paired as in {HUANG}",
        Relativistic,
        "losses.objectives:relativistic",
    ),
    Entry(
        "relativistic-average",
        "real beside the mean of the generated",
        JOLICOEUR,
        RelativisticAverage,
        "losses.objectives:relativistic_average",
    ),
    Entry(
        "f-divergence",
        "KL, reverse KL, Pearson χ² or JS by their variational bound",
        "Nowozin, Cseke, Tomioka 2016, f-GAN (arXiv 1606.00709)",
        FDivergence,
        "losses.objectives:f_divergence",
    ),
)
