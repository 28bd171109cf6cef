"""Settings of remedies that regularize the discriminator, its logits or the losses."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, ScheduledConfig, law_of_pixels, times
from ganarium.config.registry import Entry, Requires

Unit = Field(1.0, ge=0, le=1, description="0 leaves the run as it is, 1 is the paper's")


FINEST_IN_BF16 = 1e-2  # smallest finite-difference step; with smaller ones, bf16 products are mostly rounding error


class NormalizationConfig(ScheduledConfig):
    """Strength of a normalization, from 0 (none) to 1 (full)."""

    strength: float = Unit

    @property
    def most(self) -> float:
        """Return the multiple at which the normalization is full."""
        return times(self.strength, 1.0)


class SpectralNormConfig(NormalizationConfig):
    """Divide each of the discriminator's weight matrices by its largest singular value."""


SPECTRAL_NORM = Entry(
    "spectral_norm",
    "bounds the discriminator's slope layer by layer; up to a quarter of a step",
    "Miyato et al. 2018, §2.1 (arXiv 1802.05957)",
    SpectralNormConfig,
    "training.remedies.spectral_norm:SpectralNorm",
    {"strength": 0.0},
    requires=Requires(nonzero_initial_weights=True),
)


class GradientNormalizationConfig(NormalizationConfig):
    """Divide each logit by the norm of its gradient plus its absolute value."""


GRADIENT_NORMALIZATION = Entry(
    "gradient_normalization",
    "bounds the discriminator's slope as a whole; double backward in both players",
    "Wu et al. 2021, eq. 5 (arXiv 2109.02235)",
    GradientNormalizationConfig,
    "training.remedies.gradient_normalization:GradientNormalization",
    {"strength": 0.0},
    requires=Requires(independent_samples=True),
)


class TopKConfig(ScheduledConfig):
    """Train the generator only on the generated pictures with the highest logits."""

    share: float = Field(0.75, gt=0, le=1, description="share of the batch that is kept; schedules change the rest")

    @property
    def most(self) -> float:
        """Return the multiple at which only the best picture is kept."""
        return times(1 - self.share, 1.0)


TOP_K = Entry(
    "top_k",
    "drops the least convincing pictures from the generator's loss; no cost",
    "Sinha et al. 2020, §3 (arXiv 2002.06224)",
    TopKConfig,
    "training.remedies.top_k:TopK",
    {"share": 1.0},
)


class LabelSmoothingConfig(ScheduledConfig):
    """Use a target below 1 for real pictures in the discriminator's loss (one-sided label smoothing)."""

    target: float = Field(0.9, gt=0, le=1, description="how real they count (α); 1 leaves the run as it is")

    @property
    def most(self) -> float:
        """Return the multiple at which real pictures count as generated."""
        return times(1 - self.target, 1.0)


LABEL_SMOOTHING = Entry(
    "label_smoothing",
    "keeps the discriminator from being sure; no cost",
    "Salimans et al. 2016, §3.4 (arXiv 1606.03498)",
    LabelSmoothingConfig,
    "training.remedies.label_smoothing:LabelSmoothing",
    {"target": 1.0},
    requires=Requires(
        probabilities=True, excludes={"label_noise": "swapping a smoothed label gives a target outside 0 to 1"}
    ),
)


class LabelNoiseConfig(ScheduledConfig):
    """Swap the real and generated labels of some pictures in the discriminator's loss."""

    share: float = Field(0.05, ge=0, lt=0.5, description="share of pictures, of each kind, that is taken for the other")

    @property
    def most(self) -> float:
        """Return the multiple at which half of the labels are swapped."""
        return times(self.share, 0.5)


LABEL_NOISE = Entry(
    "label_noise",
    "keeps the discriminator from being sure, by error; no cost",
    "Chintala et al. 2016, How to train a GAN, 6",
    LabelNoiseConfig,
    "training.remedies.label_noise:LabelNoise",
    {"share": 0.0},
    requires=Requires(probabilities=True),
)


class SquaredSlopeConfig(ScheduledConfig):
    """Settings of a penalty on the squared gradient with respect to pictures: γ/2 · ‖∇D‖², summed over a picture."""

    gamma: NonNegativeFloat = Field(1.0, description="weight (γ)")
    every: int = Field(
        1, ge=1, le=MAX_COUNT, description="discriminator updates from one penalty, of so many times the weight, on"
    )
    differences: NonNegativeFloat = Field(
        0.0,
        description="standard deviation of random steps whose differences stand in for the gradient; 0 for the "
        "gradient",
    )


class R1Config(SquaredSlopeConfig):
    """Penalize the discriminator's squared gradient at real pictures."""


R1 = Entry(
    "r1",
    "local convergence; double backward in the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 9 (arXiv 1801.04406)",
    R1Config,
    "training.remedies.r1:R1",
    {"gamma": 0.0},
)


class R2Config(SquaredSlopeConfig):
    """Penalize the discriminator's squared gradient at generated pictures."""


R2 = Entry(
    "r2",
    "R1 at generated pictures; double backward in the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 10 (arXiv 1801.04406)",
    R2Config,
    "training.remedies.r2:R2",
    {"gamma": 0.0},
)


class GradientPenaltyConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 between real and generated pictures (the GP of WGAN-GP)."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x̂)‖ − 1)²")
    one_sided: bool = Field(default=False, description="whether only slopes above 1 are punished")


GRADIENT_PENALTY = Entry(
    "gradient_penalty",
    "bounds a critic's slope where it matters; one more look and double backward",
    "Gulrajani et al. 2017, WGAN-GP, eq. 3 (arXiv 1704.00028)",
    GradientPenaltyConfig,
    "training.remedies.gradient_penalty:GradientPenalty",
    {"weight": 0.0},
    requires=Requires(independent_samples=True),
)


class DraganConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 around real pictures."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x + δ)‖ − 1)²")
    spread: PositiveFloat = Field(0.5, description="standard deviation of δ, in that of the batch's values")


DRAGAN = Entry(
    "dragan",
    "bounds the slope around real pictures; one more look and double backward",
    "Kodali et al. 2017, DRAGAN (arXiv 1705.07215)",
    DraganConfig,
    "training.remedies.dragan:Dragan",
    {"weight": 0.0},
    requires=Requires(independent_samples=True),
)


class ConsistencyConfig(ScheduledConfig):
    """Penalize changes of the discriminator's logit under small translations of a picture."""

    real: NonNegativeFloat = Field(10.0, description="weight at real pictures (λ_real)")
    fake: NonNegativeFloat = Field(10.0, description="weight at generated pictures (λ_fake)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")
    padding: Annotated[Literal["reflect", "zero"], Before("zero")] = Field(
        "reflect", description="what moves in from outside: the picture mirrored at its border, or 0"
    )
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


CONSISTENCY = Entry(
    "consistency",
    "keeps the discriminator from minding trifles; one more look at each picture",
    "Zhao et al. 2021, bCR, Algorithm 1 (arXiv 2002.04724)",
    ConsistencyConfig,
    "training.remedies.consistency:Consistency",
    {"real": 0.0, "fake": 0.0},
    requires=Requires(images=True),
)


class LatentConsistencyConfig(ScheduledConfig):
    """Encourage pictures to change with the latent, and penalize the change of the logits."""

    generator: NonNegativeFloat = Field(0.5, description="weight of a change of the picture (λ_gen)")
    reduction: Annotated[Literal["sum", "mean"], Before("sum")] = Field(
        "sum", description="whether the squared change of a picture is summed over its values, as printed, or averaged"
    )
    discriminator: NonNegativeFloat = Field(5.0, description="weight of a change of the logit (λ_dis)")
    sigma: PositiveFloat = Field(0.03, description="standard deviation of the latents' moves")


LATENT_CONSISTENCY = Entry(
    "latent_consistency",
    "makes pictures follow the latent; one more picture and look for each",
    "Zhao et al. 2021, zCR, Algorithm 2 (arXiv 2002.04724)",
    LatentConsistencyConfig,
    "training.remedies.latent_consistency:LatentConsistency",
    {"generator": 0.0, "discriminator": 0.0},
    requires=Requires(latents=True),
)


class LeCamConfig(ScheduledConfig):
    """Pull logits of real images towards the running mean of generated ones, and vice versa."""

    weight: NonNegativeFloat = Field(0.3, description="weight of the squared distances (λ)")
    decay: float = Field(0.99, ge=0, lt=1, description="share of the running means that stays at each look")
    one_sided: Annotated[bool, Before(False)] = Field(
        True,
        description="whether only real logits above the generated mean, and generated ones below the real mean, are "
        "penalized, as in the authors' code; their paper penalizes both directions",
    )
    corrected: Annotated[bool, Before(False)] = Field(
        True,
        description="whether the running means include the present batch and are corrected for their start at 0, as "
        "Adam's moments are",
    )


LECAM = Entry(
    "lecam",
    "holds a discriminator back that has seen few pictures; no cost",
    "Tseng et al. 2021, R_LC (arXiv 2104.03310)",
    LeCamConfig,
    "training.remedies.lecam:LeCam",
    {"weight": 0.0},
)


class FeatureMatchingConfig(ScheduledConfig):
    """Train the generator to match the mean of the discriminator's last hidden layer on real pictures."""

    weight: NonNegativeFloat = 1.0


FEATURE_MATCHING = Entry(
    "feature_matching",
    "gives the generator a steady aim; one more look at real pictures",
    "Salimans et al. 2016, §3.1 (arXiv 1606.03498)",
    FeatureMatchingConfig,
    "training.remedies.feature_matching:FeatureMatching",
    {"weight": 0.0},
)
