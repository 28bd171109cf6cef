"""Settings of remedies that regularize the discriminator, its logits or the losses."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, ScheduledConfig, law_of_pixels, times

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


class GradientNormalizationConfig(NormalizationConfig):
    """Divide each logit by the norm of its gradient plus its absolute value."""


class TopKConfig(ScheduledConfig):
    """Train the generator only on the generated pictures with the highest logits."""

    share: float = Field(0.75, gt=0, le=1, description="share of the batch that is kept; schedules change the rest")

    @property
    def most(self) -> float:
        """Return the multiple at which only the best picture is kept."""
        return times(1 - self.share, 1.0)


class LabelSmoothingConfig(ScheduledConfig):
    """Use a target below 1 for real pictures in the discriminator's loss (one-sided label smoothing)."""

    target: float = Field(0.9, gt=0, le=1, description="how real they count (α); 1 leaves the run as it is")

    @property
    def most(self) -> float:
        """Return the multiple at which real pictures count as generated."""
        return times(1 - self.target, 1.0)


class LabelNoiseConfig(ScheduledConfig):
    """Swap the real and generated labels of some pictures in the discriminator's loss."""

    share: float = Field(0.05, ge=0, lt=0.5, description="share of pictures, of each kind, that is taken for the other")

    @property
    def most(self) -> float:
        """Return the multiple at which half of the labels are swapped."""
        return times(self.share, 0.5)


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


class R2Config(SquaredSlopeConfig):
    """Penalize the discriminator's squared gradient at generated pictures."""


class GradientPenaltyConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 between real and generated pictures (the GP of WGAN-GP)."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x̂)‖ − 1)²")
    one_sided: bool = Field(default=False, description="whether only slopes above 1 are punished")


class DraganConfig(ScheduledConfig):
    """Penalize gradient norms other than 1 around real pictures."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x + δ)‖ − 1)²")
    spread: PositiveFloat = Field(0.5, description="standard deviation of δ, in that of the batch's values")


class ConsistencyConfig(ScheduledConfig):
    """Penalize changes of the discriminator's logit under small translations of a picture."""

    real: NonNegativeFloat = Field(10.0, description="weight at real pictures (λ_real)")
    fake: NonNegativeFloat = Field(10.0, description="weight at generated pictures (λ_fake)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")
    padding: Annotated[Literal["reflect", "zero"], Before("zero")] = Field(
        "reflect", description="what moves in from outside: the picture mirrored at its border, or 0"
    )
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


class LatentConsistencyConfig(ScheduledConfig):
    """Encourage pictures to change with the latent, and penalize the change of the logits."""

    generator: NonNegativeFloat = Field(0.5, description="weight of a change of the picture (λ_gen)")
    reduction: Annotated[Literal["sum", "mean"], Before("sum")] = Field(
        "sum", description="whether the squared change of a picture is summed over its values, as printed, or averaged"
    )
    discriminator: NonNegativeFloat = Field(5.0, description="weight of a change of the logit (λ_dis)")
    sigma: PositiveFloat = Field(0.03, description="standard deviation of the latents' moves")


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


class FeatureMatchingConfig(ScheduledConfig):
    """Train the generator to match the mean of the discriminator's last hidden layer on real pictures."""

    weight: NonNegativeFloat = 1.0
