"""Settings of remedies that regularize the discriminator, its logits or the losses."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, ScheduledConfig, law_of_pixels, times
from ganarium.config.registry import Entry, Requires

Unit = Field(1.0, ge=0, le=1, description="0 disables the normalization; 1 is the value in the paper")


FINEST_IN_BF16 = 1e-2  # smallest finite-difference step; with smaller steps, bf16 products are mostly rounding error


class NormalizationConfig(ScheduledConfig):
    """Base settings of a normalization with adjustable strength, from 0 (none) to 1 (full)."""

    strength: float = Unit

    @property
    def most(self) -> float:
        """Return the multiple of the initial strength at which the normalization is full."""
        return times(self.strength, 1.0)


class SpectralNormConfig(NormalizationConfig):
    """Divide each of the discriminator's weight matrices by its largest singular value."""


SPECTRAL_NORM = Entry(
    "spectral_norm",
    "bounds the discriminator's Lipschitz constant layer by layer; adds up to 25 % to the step time",
    "Miyato et al. 2018, §2.1 (arXiv 1802.05957)",
    SpectralNormConfig,
    "training.remedies.spectral_norm:SpectralNorm",
    {"strength": 0.0},
    requires=Requires(nonzero_initial_weights=True),
)


class GradientNormalizationConfig(NormalizationConfig):
    """Divide each logit f(x) by ‖∇f(x)‖ + |f(x)|, where x is the image."""


GRADIENT_NORMALIZATION = Entry(
    "gradient_normalization",
    "bounds the discriminator's gradient norm; needs a double backward pass for both players",
    "Wu et al. 2021, eq. 5 (arXiv 2109.02235)",
    GradientNormalizationConfig,
    "training.remedies.gradient_normalization:GradientNormalization",
    {"strength": 0.0},
    requires=Requires(independent_samples=True),
)


class TopKConfig(ScheduledConfig):
    """Train the generator only on the generated images with the highest logits."""

    share: float = Field(
        0.75, gt=0, le=1, description="fraction of the batch that is used; a schedule scales the unused fraction"
    )

    @property
    def most(self) -> float:
        """Return the multiple of the initial strength at which only one image is used."""
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

    target: float = Field(0.9, gt=0, le=1, description="target for real images (α); 1 disables smoothing")

    @property
    def most(self) -> float:
        """Return the multiple of the initial strength at which the target for real images is 0."""
        return times(1 - self.target, 1.0)


LABEL_SMOOTHING = Entry(
    "label_smoothing",
    "keeps the discriminator from becoming overconfident; no cost",
    "Salimans et al. 2016, §3.4 (arXiv 1606.03498)",
    LabelSmoothingConfig,
    "training.remedies.label_smoothing:LabelSmoothing",
    {"target": 1.0},
    requires=Requires(
        probabilities=True, excludes={"label_noise": "swapping a smoothed label gives a target outside [0, 1]"}
    ),
)


class LabelNoiseConfig(ScheduledConfig):
    """Swap the labels of some real and generated images in the discriminator's loss."""

    share: float = Field(
        0.05,
        ge=0,
        lt=0.5,
        description="fraction of the real images, and of the generated images, whose labels are swapped",
    )

    @property
    def most(self) -> float:
        """Return the multiple of the initial strength at which half of the labels are swapped."""
        return times(self.share, 0.5)


LABEL_NOISE = Entry(
    "label_noise",
    "introduces label errors that keep the discriminator from becoming overconfident; no cost",
    "Chintala et al. 2016, How to train a GAN, 6",
    LabelNoiseConfig,
    "training.remedies.label_noise:LabelNoise",
    {"share": 0.0},
    requires=Requires(probabilities=True),
)


class SquaredGradientConfig(ScheduledConfig):
    """Base settings of a penalty γ/2 · ‖∇D‖² on the discriminator's gradient with respect to each image."""

    gamma: NonNegativeFloat = Field(1.0, description="weight of the penalty (γ)")
    every: int = Field(
        1,
        ge=1,
        le=MAX_COUNT,
        description="number of discriminator updates between penalties; the weight is multiplied by this number",
    )
    differences: NonNegativeFloat = Field(
        0.0,
        description="standard deviation of the random finite-difference steps that approximate the gradient; 0 for "
        "the exact gradient",
    )


class R1Config(SquaredGradientConfig):
    """Penalize the squared norm of the discriminator's gradient at real images."""


R1 = Entry(
    "r1",
    "makes training converge locally; needs a double backward pass for the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 9 (arXiv 1801.04406)",
    R1Config,
    "training.remedies.r1:R1",
    {"gamma": 0.0},
)


class R2Config(SquaredGradientConfig):
    """Penalize the squared norm of the discriminator's gradient at generated images."""


R2 = Entry(
    "r2",
    "applies the R1 penalty to generated images; needs a double backward pass for the discriminator",
    "Mescheder, Geiger, Nowozin 2018, eq. 10 (arXiv 1801.04406)",
    R2Config,
    "training.remedies.r2:R2",
    {"gamma": 0.0},
)


class GradientPenaltyConfig(ScheduledConfig):
    """Penalize gradient norms that differ from 1 at points between real and generated images (WGAN-GP)."""

    weight: NonNegativeFloat = Field(10.0, description="weight λ of the penalty λ · (‖∇D(x̂)‖ − 1)²")
    one_sided: bool = Field(default=False, description="penalize only gradient norms above 1")


GRADIENT_PENALTY = Entry(
    "gradient_penalty",
    "bounds the gradient between real and generated images; needs one extra pass, with double backward",
    "Gulrajani et al. 2017, WGAN-GP, eq. 3 (arXiv 1704.00028)",
    GradientPenaltyConfig,
    "training.remedies.gradient_penalty:GradientPenalty",
    {"weight": 0.0},
    requires=Requires(independent_samples=True),
)


class DraganConfig(ScheduledConfig):
    """Penalize gradient norms that differ from 1 around real images."""

    weight: NonNegativeFloat = Field(10.0, description="weight λ of the penalty λ · (‖∇D(x + δ)‖ − 1)²")
    spread: PositiveFloat = Field(
        0.5, description="standard deviation of δ, as a multiple of the batch's standard deviation"
    )


DRAGAN = Entry(
    "dragan",
    "bounds the discriminator's gradient around real images; needs one extra pass, with double backward",
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
    translation: float = Field(0.125, ge=0, le=1, description="maximum shift, as a fraction of the image size")
    padding: Annotated[Literal["reflect", "zero"], Before("zero")] = Field(
        "reflect", description="values that fill the border after a shift: the reflected image, or 0"
    )
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


CONSISTENCY = Entry(
    "consistency",
    "makes the discriminator invariant to small shifts; needs one extra discriminator pass per image",
    "Zhao et al. 2021, bCR, Algorithm 1 (arXiv 2002.04724)",
    ConsistencyConfig,
    "training.remedies.consistency:Consistency",
    {"real": 0.0, "fake": 0.0},
    requires=Requires(images=True),
)


class LatentConsistencyConfig(ScheduledConfig):
    """Reward changes of an image under small changes of the latent, and penalize changes of the logit."""

    generator: NonNegativeFloat = Field(0.5, description="weight of the change of the image (λ_gen)")
    reduction: Annotated[Literal["sum", "mean"], Before("sum")] = Field(
        "sum", description="sum (as printed in the paper) or mean of the squared changes of an image's values"
    )
    discriminator: NonNegativeFloat = Field(5.0, description="weight of the change of the logit (λ_dis)")
    sigma: PositiveFloat = Field(0.03, description="standard deviation of the perturbation of latents")


LATENT_CONSISTENCY = Entry(
    "latent_consistency",
    "makes images vary with the latent; needs one extra generated image and pass per image",
    "Zhao et al. 2021, zCR, Algorithm 2 (arXiv 2002.04724)",
    LatentConsistencyConfig,
    "training.remedies.latent_consistency:LatentConsistency",
    {"generator": 0.0, "discriminator": 0.0},
    requires=Requires(latents=True),
)


class LeCamConfig(ScheduledConfig):
    """Pull logits of real images towards the running mean of logits of generated images, and vice versa."""

    weight: NonNegativeFloat = Field(0.3, description="weight of the squared distances (λ)")
    decay: float = Field(0.99, ge=0, lt=1, description="decay rate of the running means at each update")
    one_sided: Annotated[bool, Before(False)] = Field(
        True,
        description="penalize only real logits above the generated mean and generated logits below the real mean, as "
        "in the authors' code; the paper penalizes both directions",
    )
    corrected: Annotated[bool, Before(False)] = Field(
        True,
        description="include the current batch in the running means, and correct the bias from initializing the means "
        "at 0, as in Adam",
    )


LECAM = Entry(
    "lecam",
    "regularizes a discriminator trained on few images; no cost",
    "Tseng et al. 2021, R_LC (arXiv 2104.03310)",
    LeCamConfig,
    "training.remedies.lecam:LeCam",
    {"weight": 0.0},
)


class FeatureMatchingConfig(ScheduledConfig):
    """Train the generator to match the mean output of the discriminator's last hidden layer on real images."""

    weight: NonNegativeFloat = Field(1.0, description="weight of the squared distance between the means")


FEATURE_MATCHING = Entry(
    "feature_matching",
    "gives the generator a stable target; needs one extra discriminator pass over real images",
    "Salimans et al. 2016, §3.1 (arXiv 1606.03498)",
    FeatureMatchingConfig,
    "training.remedies.feature_matching:FeatureMatching",
    {"weight": 0.0},
)
