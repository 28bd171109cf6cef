"""Settings of remedies that change the discriminator's input."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, RemedyConfig, ScheduledConfig, law_of_pixels, times
from ganarium.config.registry import Entry, Requires

Target = Field(0.6, gt=-1, lt=1, description="mean sign of the logits of real pictures that is aimed at")
Interval = Field(
    4, ge=1, le=MAX_COUNT, description="batches of real pictures over which the signs are averaged before each move"
)


class ImagePoolConfig(RemedyConfig):
    """Replace half of the generated pictures that the discriminator sees by older ones."""

    size: NonNegativeInt = Field(50, le=MAX_COUNT, description="pictures remembered; 0 leaves the run as it is")


IMAGE_POOL = Entry(
    "image_pool",
    "keeps the discriminator from forgetting; no cost",
    "Shrivastava et al. 2017, SimGAN, §2.3: history (arXiv 1612.07828)",
    ImagePoolConfig,
    "training.remedies.image_pool:ImagePool",
    {"size": 0},
    requires=Requires(
        unconditional=True,
        excludes={"latent_consistency": "stored images have no latents that it could perturb"},
    ),
)


class InstanceNoiseConfig(ScheduledConfig):
    """Add Gaussian noise to real and generated pictures."""

    sigma: NonNegativeFloat = Field(0.1, description="standard deviation, in the generator's output range")


INSTANCE_NOISE = Entry(
    "instance_noise",
    "makes the supports overlap; no cost",
    "Sønderby et al. 2017, §3 (arXiv 1610.04490)",
    InstanceNoiseConfig,
    "training.remedies.instance_noise:InstanceNoise",
    {"sigma": 0.0},
)


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


DIFF_AUGMENT = Entry(
    "diff_augment",
    "makes few pictures go a long way; a few per cent of a step",
    "Zhao et al. 2020, DiffAugment (arXiv 2006.10738)",
    DiffAugmentConfig,
    "training.remedies.diff_augment:DiffAugment",
    {"brightness": 0.0, "saturation": 0.0, "contrast": 0.0, "translation": 0.0, "cutout": 0.0},
    requires=Requires(images=True),
)


class AdaConfig(AugmentationConfig):
    """Augment pictures just often enough to keep the discriminator from overfitting to real ones."""

    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(
        500_000,
        allow_inf_nan=True,
        description="pictures after which changes that never happened always do; inf leaves the run as it is",
    )


ADA = Entry(
    "ada",
    "the same, as often as is needed; a few per cent of a step",
    "Karras et al. 2020, ADA, §3 (arXiv 2006.06676)",
    AdaConfig,
    "training.remedies.ada:Ada",
    {"pictures": float("inf")},
    requires=Requires(images=True, signed_logits=True),
)


class DiffusionConfig(RemedyConfig):
    """Diffuse pictures with noise, just far enough to keep the discriminator from overfitting to real ones."""

    sigma: PositiveFloat = Field(0.05, description="standard deviation of the noise, in the generator's output range")
    shortest: NonNegativeInt = Field(5, le=10_000, description="steps of the diffusion at first")
    longest: NonNegativeInt = Field(500, le=10_000, description="most steps; 0 leaves the run as it is")
    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(100_000, description="pictures after which the diffusion can be at its longest")


DIFFUSION = Entry(
    "diffusion",
    "the same, as much as is needed; no cost",
    "Wang et al. 2023, Diffusion-GAN, §3 (arXiv 2206.02262)",
    DiffusionConfig,
    "training.remedies.diffusion:Diffusion",
    {"longest": 0},
    requires=Requires(signed_logits=True),
)


class PackingConfig(RemedyConfig):
    """Give the discriminator several pictures as one input."""

    pictures: PositiveInt = Field(2, le=64, description="pictures in a pack (m); 1 leaves the run as it is")

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with `pictures` times as many channels or coordinates."""
        return (self.pictures * shape[0], *shape[1:])


PACKING = Entry(
    "packing",
    "shows the discriminator whether pictures vary; a wider first layer, fewer verdicts",
    "Lin, Khetan, Fanti, Oh 2018, PacGAN, §2.2 (arXiv 1712.04086)",
    PackingConfig,
    "training.remedies.packing:Packing",
    {"pictures": 1},
    requires=Requires(no_classes=True),
)
