"""Settings of remedies that regularize the discriminator, its logits or the losses."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, ScheduledConfig, law_of_pixels, times
from ganarium.config.registry import Entry, Requires

Unit = Field(1.0, ge=0, le=1, description="0 turns it off, 1 is as in the paper")


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
    "bounds the discriminator's Lipschitz constant layer by layer; up to a quarter of a step",
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
    "bounds the discriminator's gradient norm; double backward in both players",
    "Wu et al. 2021, eq. 5 (arXiv 2109.02235)",
    GradientNormalizationConfig,
    "training.remedies.gradient_normalization:GradientNormalization",
    {"strength": 0.0},
    requires=Requires(independent_samples=True),
)


class TopKConfig(ScheduledConfig):
    """Train the generator only on the generated images with the highest logits."""

    share: float = Field(0.75, gt=0, le=1, description="share of the batch that is used; a schedule changes the rest")

    @property
    def most(self) -> float:
        """Return the multiple at which a single image is used."""
        return times(1 - self.share, 1.0)


TOP_K = Entry(
    "top_k",
    "drops the generated images with the lowest logits from the generator's loss; no cost",
    "Sinha et al. 2020, §3 (arXiv 2002.06224)",
    TopKConfig,
    "training.remedies.top_k:TopK",
    {"share": 1.0},
)


class LabelSmoothingConfig(ScheduledConfig):
    """Use a target below 1 for real images in the discriminator's loss (one-sided label smoothing)."""

    target: float = Field(0.9, gt=0, le=1, description="target for real images (α); 1 turns it off")

    @property
    def most(self) -> float:
        """Return the multiple at which the target for real images is 0."""
        return times(1 - self.target, 1.0)


LABEL_SMOOTHING = Entry(
    "label_smoothing",
    "keeps the discriminator from becoming overconfident; no cost",
    "Salimans et al. 2016, §3.4 (arXiv 1606.03498)",
    LabelSmoothingConfig,
    "training.remedies.label_smoothing:LabelSmoothing",
    {"target": 1.0},
    requires=Requires(
        probabilities=True, excludes={"label_noise": "swapping a smoothed label gives a target outside 0 to 1"}
    ),
)


class LabelNoiseConfig(ScheduledConfig):
    """Swap the real and generated labels of some images in the discriminator's loss."""

    share: float = Field(
        0.05, ge=0, lt=0.5, description="share of the real and of the generated images whose labels are swapped"
    )

    @property
    def most(self) -> float:
        """Return the multiple at which half of the labels are swapped."""
        return times(self.share, 0.5)


LABEL_NOISE = Entry(
    "label_noise",
    "keeps the discriminator from becoming overconfident, by random label errors; no cost",
    "Chintala et al. 2016, How to train a GAN, 6",
    LabelNoiseConfig,
    "training.remedies.label_noise:LabelNoise",
    {"share": 0.0},
    requires=Requires(probabilities=True),
)


class SquaredGradientConfig(ScheduledConfig):
    """Settings of a penalty on the squared gradient with respect to images: γ/2 · ‖∇D‖², summed over an image."""

    gamma: NonNegativeFloat = Field(1.0, description="weight of the penalty (γ)")
    every: int = Field(
        1, ge=1, le=MAX_COUNT, description="discriminator updates per penalty, whose weight is multiplied by this"
    )
    differences: NonNegativeFloat = Field(
        0.0,
        description="standard deviation of the random steps of finite differences that replace the gradient; 0 for the "
        "exact gradient",
    )


class R1Config(SquaredGradientConfig):
    """Penalize the discriminator's squared gradient at real images."""


R1 = Entry(
    "r1",
    "makes training converge locally; double backward in the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 9 (arXiv 1801.04406)",
    R1Config,
    "training.remedies.r1:R1",
    {"gamma": 0.0},
)


class R2Config(SquaredGradientConfig):
    """Penalize the discriminator's squared gradient at generated images."""


R2 = Entry(
    "r2",
    "R1 on generated images; double backward in the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 10 (arXiv 1801.04406)",
    R2Config,
    "training.remedies.r2:R2",
    {"gamma": 0.0},
)


class GradientPenaltyConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 between real and generated images (the GP of WGAN-GP)."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x̂)‖ − 1)²")
    one_sided: bool = Field(default=False, description="penalize only gradient norms above 1")


GRADIENT_PENALTY = Entry(
    "gradient_penalty",
    "bounds a critic's gradient between real and generated; one more pass and double backward",
    "Gulrajani et al. 2017, WGAN-GP, eq. 3 (arXiv 1704.00028)",
    GradientPenaltyConfig,
    "training.remedies.gradient_penalty:GradientPenalty",
    {"weight": 0.0},
    requires=Requires(independent_samples=True),
)


class DraganConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 around real images."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x + δ)‖ − 1)²")
    spread: PositiveFloat = Field(0.5, description="standard deviation of δ, relative to that of the batch's values")


DRAGAN = Entry(
    "dragan",
    "bounds the gradient around real images; one more pass and double backward",
    "Kodali et al. 2017, DRAGAN (arXiv 1705.07215)",
    DraganConfig,
    "training.remedies.dragan:Dragan",
    {"weight": 0.0},
    requires=Requires(independent_samples=True),
)


class ConsistencyConfig(ScheduledConfig):
    """Penalize changes of the discriminator's logit under small translations of an image."""

    real: NonNegativeFloat = Field(10.0, description="weight on real images (λ_real)")
    fake: NonNegativeFloat = Field(10.0, description="weight on generated images (λ_fake)")
    translation: float = Field(0.125, ge=0, le=1, description="largest shift, as a fraction of the side of the image")
    padding: Annotated[Literal["reflect", "zero"], Before("zero")] = Field(
        "reflect", description="what fills the border after a shift: the reflected image, or 0"
    )
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


CONSISTENCY = Entry(
    "consistency",
    "makes the discriminator invariant to small shifts; one more pass for each image",
    "Zhao et al. 2021, bCR, Algorithm 1 (arXiv 2002.04724)",
    ConsistencyConfig,
    "training.remedies.consistency:Consistency",
    {"real": 0.0, "fake": 0.0},
    requires=Requires(images=True),
)


class LatentConsistencyConfig(ScheduledConfig):
    """Encourage images to change with the latent, and penalize the change of the logits."""

    generator: NonNegativeFloat = Field(0.5, description="weight of the change of the image (λ_gen)")
    reduction: Annotated[Literal["sum", "mean"], Before("sum")] = Field(
        "sum", description="sum of the squared changes of an image's values, as printed in the paper, or mean"
    )
    discriminator: NonNegativeFloat = Field(5.0, description="weight of the change of the logit (λ_dis)")
    sigma: PositiveFloat = Field(0.03, description="standard deviation of the perturbation of latents")


LATENT_CONSISTENCY = Entry(
    "latent_consistency",
    "makes images vary with the latent; one more image and pass for each",
    "Zhao et al. 2021, zCR, Algorithm 2 (arXiv 2002.04724)",
    LatentConsistencyConfig,
    "training.remedies.latent_consistency:LatentConsistency",
    {"generator": 0.0, "discriminator": 0.0},
    requires=Requires(latents=True),
)


class LeCamConfig(ScheduledConfig):
    """Pull logits of real images towards the running mean of generated ones, and vice versa."""

    weight: NonNegativeFloat = Field(0.3, description="weight of the squared distances (λ)")
    decay: float = Field(0.99, ge=0, lt=1, description="share of the running means that is kept at each update")
    one_sided: Annotated[bool, Before(False)] = Field(
        True,
        description="penalize only real logits above the generated mean and generated ones below the real mean, as in "
        "the authors' code; their paper penalizes both directions",
    )
    corrected: Annotated[bool, Before(False)] = Field(
        True,
        description="include the current batch in the running means and correct them for their start at 0, as Adam "
        "corrects its moments",
    )


LECAM = Entry(
    "lecam",
    "regularizes a discriminator that is trained on few images; no cost",
    "Tseng et al. 2021, R_LC (arXiv 2104.03310)",
    LeCamConfig,
    "training.remedies.lecam:LeCam",
    {"weight": 0.0},
)


class FeatureMatchingConfig(ScheduledConfig):
    """Train the generator to match the mean of the discriminator's last hidden layer on real images."""

    weight: NonNegativeFloat = Field(1.0, description="weight of the squared distance between the means")


FEATURE_MATCHING = Entry(
    "feature_matching",
    "gives the generator a stable target; one more pass over real images",
    "Salimans et al. 2016, §3.1 (arXiv 1606.03498)",
    FeatureMatchingConfig,
    "training.remedies.feature_matching:FeatureMatching",
    {"weight": 0.0},
)
