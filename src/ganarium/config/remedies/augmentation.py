"""What the discriminator sees: settings of remedies."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, RemedyConfig, ScheduledConfig, law_of_pixels, times

Target = Field(0.6, gt=-1, lt=1, description="mean sign of the logits of real pictures that is aimed at")
Interval = Field(
    4, ge=1, le=MAX_COUNT, description="batches of real pictures over which the signs are averaged before each move"
)


class ImagePoolConfig(RemedyConfig):
    """Show the discriminator older generated pictures half of the time."""

    size: NonNegativeInt = Field(50, le=MAX_COUNT, description="pictures remembered; 0 leaves the run as it is")


class InstanceNoiseConfig(ScheduledConfig):
    """Add Gaussian noise to real and generated pictures alike."""

    sigma: NonNegativeFloat = Field(0.1, description="standard deviation, in the generator's output range")


class AugmentationConfig(RemedyConfig):
    """How strongly pictures are changed before the discriminator sees them; 0 is not at all."""

    brightness: NonNegativeFloat = Field(1.0, description="times U(−½, ½), added")
    saturation: NonNegativeFloat = Field(1.0, description="distances from grey are multiplied by 1 + this · U(−1, 1)")
    contrast: NonNegativeFloat = Field(1.0, description="distances from the mean are multiplied by 1 + this · U(−½, ½)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")
    cutout: float = Field(0.5, ge=0, le=1, description="side of the rectangle that is lost, in sides of the picture")
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


class DiffAugmentConfig(AugmentationConfig, ScheduledConfig):
    """Show the discriminator real and generated pictures changed at random."""

    share: float = Field(1.0, ge=0, le=1, description="share of pictures on which each change is tried")

    @property
    def most(self) -> float:
        """Until all are changed."""
        return times(self.share, 1.0)


class AdaConfig(AugmentationConfig):
    """Change pictures only as often as keeps the discriminator from being too sure of real ones."""

    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(
        500_000,
        allow_inf_nan=True,
        description="pictures after which changes that never happened always do; inf leaves the run as it is",
    )


class DiffusionConfig(RemedyConfig):
    """Let pictures dissolve in noise, only as far as keeps the discriminator from being too sure of real ones."""

    sigma: PositiveFloat = Field(0.05, description="standard deviation of the noise, in the generator's output range")
    shortest: NonNegativeInt = Field(5, le=10_000, description="steps of the diffusion at first")
    longest: NonNegativeInt = Field(500, le=10_000, description="most steps; 0 leaves the run as it is")
    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(100_000, description="pictures after which the diffusion can be at its longest")


class PackingConfig(RemedyConfig):
    """Let the discriminator judge several pictures as one."""

    pictures: PositiveInt = Field(2, le=64, description="pictures in a pack (m); 1 leaves the run as it is")

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """As many times the channels, or coordinates."""
        return (self.pictures * shape[0], *shape[1:])
