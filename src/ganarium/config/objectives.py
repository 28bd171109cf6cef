"""Settings and registry of adversarial losses; each setting is an argument of the function that builds the loss."""

from typing import ClassVar, Literal

from pydantic import Field

from ganarium.config.base import Config
from ganarium.config.given import GivenConfig, recall
from ganarium.config.networks import GOODFELLOW, HUANG
from ganarium.config.registry import Entry, Registry

Divergence = Literal["kl", "reverse-kl", "pearson", "js"]


class ObjectiveConfig(Config):
    """Base settings of an adversarial loss.

    probabilities: whether the discriminator's loss is the cross-entropy of D(x) = sigmoid(logit)
    """

    probabilities: ClassVar[bool] = False
    kind: str

    @property
    def signed_logits(self) -> bool:
        """Return whether logits above 0 mean real and logits below 0 mean generated."""
        return self.probabilities


class MinimaxConfig(ObjectiveConfig):
    """Saturating (minimax) loss: the generator minimizes log(1 − D(G(z)))."""

    probabilities = True
    kind: Literal["minimax"] = "minimax"


class NonSaturatingConfig(ObjectiveConfig):
    """Non-saturating loss: the generator maximizes log D(G(z))."""

    probabilities = True
    kind: Literal["non-saturating"] = "non-saturating"


class LeastSquaresConfig(ObjectiveConfig):
    """Least-squares loss: half the squared distance of a logit from target a (generated), b (real) or c (generator)."""

    kind: Literal["least-squares"] = "least-squares"
    a: float = Field(0.0, description="discriminator's target for generated samples")
    b: float = Field(1.0, description="discriminator's target for real samples")
    c: float = Field(1.0, description="generator's target for generated samples")

    @property
    def signed_logits(self) -> bool:
        """Return whether the targets are symmetric around 0, so that the sign of a logit means real or generated."""
        return self.a == -self.b < 0


class HingeConfig(ObjectiveConfig):
    """Hinge loss: the discriminator's loss is 0 for logits beyond a margin of 1."""

    kind: Literal["hinge"] = "hinge"

    @property
    def signed_logits(self) -> bool:
        """Return True: the margin is symmetric around 0."""
        return True


class WassersteinConfig(ObjectiveConfig):
    """Wasserstein loss: the difference of mean logits; needs a critic with a bounded Lipschitz constant."""

    kind: Literal["wasserstein"] = "wasserstein"


class RelativisticConfig(ObjectiveConfig):
    """Relativistic loss: compares each real sample with the generated sample at the same index of the batch."""

    kind: Literal["relativistic"] = "relativistic"


class RelativisticAverageConfig(ObjectiveConfig):
    """Relativistic average loss: compares real logits with the mean generated logit, and vice versa."""

    kind: Literal["relativistic-average"] = "relativistic-average"


class GivenObjectiveConfig(GivenConfig, ObjectiveConfig):
    """A pair of losses passed from Python."""

    again = "ganarium.resume(run, objective=…)"

    kind: Literal["custom"] = "custom"


class FDivergenceConfig(ObjectiveConfig):
    """Variational bound on an f-divergence; the generator minimizes the same bound."""

    kind: Literal["f-divergence"] = "f-divergence"
    divergence: Divergence = Field("kl", description="divergence between data and generated samples")


JOLICOEUR = "Jolicoeur-Martineau 2019, The relativistic discriminator (arXiv 1807.00734)"

OBJECTIVES: Registry[ObjectiveConfig] = Registry(
    "objective",
    Entry(
        "minimax",
        "saturating loss: both players optimize the same value function",
        GOODFELLOW,
        MinimaxConfig,
        "losses.objectives:minimax",
    ),
    Entry(
        "non-saturating",
        "the generator maximizes log D(G(z))",
        GOODFELLOW,
        NonSaturatingConfig,
        "losses.objectives:non_saturating",
    ),
    Entry(
        "least-squares",
        "squared distances of logits from the targets a, b and c",
        "Mao et al. 2017, LSGAN (arXiv 1611.04076)",
        LeastSquaresConfig,
        "losses.objectives:least_squares",
    ),
    Entry(
        "hinge",
        "zero loss beyond a margin of 1",
        "Lim & Ye 2017, Geometric GAN (arXiv 1705.02894)",
        HingeConfig,
        "losses.objectives:hinge",
    ),
    Entry(
        "wasserstein",
        "difference of mean logits, for a critic with a bounded gradient",
        "Arjovsky, Chintala, Bottou 2017, WGAN (arXiv 1701.07875)",
        WassersteinConfig,
        "losses.objectives:wasserstein",
    ),
    Entry(
        "relativistic",
        "compares real and generated logits in pairs",
        f"{JOLICOEUR}; paired as in {HUANG}",
        RelativisticConfig,
        "losses.objectives:relativistic",
    ),
    Entry(
        "relativistic-average",
        "compares real logits with the mean of generated logits, and vice versa",
        JOLICOEUR,
        RelativisticAverageConfig,
        "losses.objectives:relativistic_average",
    ),
    Entry(
        "f-divergence",
        "variational bound on KL, reverse KL, Pearson χ² or JS",
        "Nowozin, Cseke, Tomioka 2016, f-GAN (arXiv 1606.00709)",
        FDivergenceConfig,
        "losses.objectives:f_divergence",
    ),
    given=Entry(
        "custom",
        "a pair of losses passed from Python",
        "",
        GivenObjectiveConfig,
        "losses.objectives:of_own_part",
        code=recall,
    ),
)
