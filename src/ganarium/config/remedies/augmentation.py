"""Settings of remedies that change the discriminator's input."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, RemedyConfig, ScheduledConfig, law_of_pixels, times

Target = Field(0.6, gt=-1, lt=1, description="mean sign of the logits of real pictures that is aimed at")
Interval = Field(
    4, ge=1, le=MAX_COUNT, description="batches of real pictures over which the signs are averaged before each move"
)


class ImagePoolConfig(RemedyConfig):
    """Replace half of the generated pictures that the discriminator sees by older ones."""

    size: NonNegativeInt = Field(50, le=MAX_COUNT, description="pictures remembered; 0 leaves the run as it is")


class InstanceNoiseConfig(ScheduledConfig):
    """Add Gaussian noise to real and generated pictures."""

    sigma: NonNegativeFloat = Field(0.1, description="standard deviation, in the generator's output range")


class AugmentationConfig(RemedyConfig):
    """Strengths of random changes to the pictures that the discriminator sees; 0 turns a change off."""

    brightness: NonNegativeFloat = Field(1.0, description="times U(−½, ½), added")
    saturation: NonNegativeFloat = Field(1.0, description="distances from grey are multiplied by 1 + this · U(−1, 1)")
    contrast: NonNegativeFloat = Field(1.0, description="distances from the mean are multiplied by 1 + this · U(−½, ½)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")
    cutout: float = Field(0.5, ge=0, le=1, description="side of the rectangle that is lost, in sides of the picture")
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


class DiffAugmentConfig(AugmentationConfig, ScheduledConfig):
    """Augment the real and generated pictures that the discriminator sees."""

    share: float = Field(1.0, ge=0, le=1, description="share of pictures on which each change is tried")

    @property
    def most(self) -> float:
        """Return the multiple at which every picture is changed."""
        return times(self.share, 1.0)


class AdaConfig(AugmentationConfig):
    """Augment pictures just often enough to keep the discriminator from overfitting to real ones."""

    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(
        500_000,
        allow_inf_nan=True,
        description="pictures after which changes that never happened always do; inf leaves the run as it is",
    )


class DiffusionConfig(RemedyConfig):
    """Diffuse pictures with noise, just far enough to keep the discriminator from overfitting to real ones."""

    sigma: PositiveFloat = Field(0.05, description="standard deviation of the noise, in the generator's output range")
    shortest: NonNegativeInt = Field(5, le=10_000, description="steps of the diffusion at first")
    longest: NonNegativeInt = Field(500, le=10_000, description="most steps; 0 leaves the run as it is")
    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(100_000, description="pictures after which the diffusion can be at its longest")


class PackingConfig(RemedyConfig):
    """Give the discriminator several pictures as one input."""

    pictures: PositiveInt = Field(2, le=64, description="pictures in a pack (m); 1 leaves the run as it is")

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with `pictures` times as many channels or coordinates."""
        return (self.pictures * shape[0], *shape[1:])
