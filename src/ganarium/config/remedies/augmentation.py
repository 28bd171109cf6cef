"""Settings of remedies that change the discriminator's input."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, PixelLaw, RemedyConfig, ScheduledConfig, law_of_pixels, times
from ganarium.config.registry import Entry, Requires

Target = Field(0.6, gt=-1, lt=1, description="target value for the mean sign of the logits of real images")
Interval = Field(
    4,
    ge=1,
    le=MAX_COUNT,
    description="number of batches between adjustments, over which the signs of the logits are averaged",
)


class ImagePoolConfig(RemedyConfig):
    """Replace half of the generated images that the discriminator sees with earlier generated images."""

    size: NonNegativeInt = Field(50, le=MAX_COUNT, description="number of stored images; 0 disables the pool")


IMAGE_POOL = Entry(
    "image_pool",
    "keeps the discriminator from forgetting earlier images; no cost",
    "Shrivastava et al. 2017, SimGAN, §2.3: history (arXiv 1612.07828)",
    ImagePoolConfig,
    "training.remedies.image_pool:ImagePool",
    {"size": 0},
    requires=Requires(
        unconditional=True,
        excludes={"latent_consistency": "stored images have no latents to perturb"},
    ),
)


class InstanceNoiseConfig(ScheduledConfig):
    """Add Gaussian noise to real and generated images."""

    sigma: NonNegativeFloat = Field(
        0.1, description="standard deviation of the noise, in units of the generator's output"
    )


INSTANCE_NOISE = Entry(
    "instance_noise",
    "makes the distributions of real and generated images overlap; no cost",
    "Sønderby et al. 2017, §3 (arXiv 1610.04490)",
    InstanceNoiseConfig,
    "training.remedies.instance_noise:InstanceNoise",
    {"sigma": 0.0},
)


class AugmentationConfig(RemedyConfig):
    """Strengths of the random augmentations of the discriminator's input images; 0 disables an augmentation."""

    brightness: NonNegativeFloat = Field(1.0, description="add this value times U(−½, ½)")
    saturation: NonNegativeFloat = Field(1.0, description="multiply distances from grey by 1 + this value · U(−1, 1)")
    contrast: NonNegativeFloat = Field(1.0, description="multiply distances from the mean by 1 + this value · U(−½, ½)")
    translation: float = Field(0.125, ge=0, le=1, description="maximum shift, as a fraction of the image size")
    cutout: float = Field(
        0.5, ge=0, le=1, description="height and width of the rectangle set to 0, as a fraction of the image size"
    )
    law: Annotated[PixelLaw, Before("earlier")] = law_of_pixels()


class DiffAugmentConfig(AugmentationConfig, ScheduledConfig):
    """Augment the real and generated images that the discriminator sees."""

    share: float = Field(1.0, ge=0, le=1, description="probability of each augmentation, for each image")

    @property
    def most(self) -> float:
        """Return the multiple of the initial strength at which every image is augmented."""
        return times(self.share, 1.0)


DIFF_AUGMENT = Entry(
    "diff_augment",
    "reduces overfitting to small data sets; adds a few per cent to the step time",
    "Zhao et al. 2020, DiffAugment (arXiv 2006.10738)",
    DiffAugmentConfig,
    "training.remedies.diff_augment:DiffAugment",
    {"brightness": 0.0, "saturation": 0.0, "contrast": 0.0, "translation": 0.0, "cutout": 0.0},
    requires=Requires(images=True),
)


class AdaConfig(AugmentationConfig):
    """Augment images just often enough to keep the discriminator from overfitting."""

    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(
        500_000,
        allow_inf_nan=True,
        description="number of real images over which the probability can rise from 0 to 1; inf disables augmentation",
    )


ADA = Entry(
    "ada",
    "augments images with an adaptive probability; adds a few per cent to the step time",
    "Karras et al. 2020, ADA, §3 (arXiv 2006.06676)",
    AdaConfig,
    "training.remedies.ada:Ada",
    {"pictures": float("inf")},
    requires=Requires(images=True, signed_logits=True),
)


class DiffusionConfig(RemedyConfig):
    """Add diffusion noise to images, just enough to keep the discriminator from overfitting."""

    sigma: PositiveFloat = Field(
        0.05, description="standard deviation of the noise, in units of the generator's output"
    )
    shortest: NonNegativeInt = Field(5, le=10_000, description="number of diffusion steps at the start")
    longest: NonNegativeInt = Field(
        500, le=10_000, description="maximum number of diffusion steps; 0 disables the noise"
    )
    target: float = Target
    interval: Annotated[int, Before(1)] = Interval
    pictures: PositiveFloat = Field(
        100_000, description="number of real images over which the number of diffusion steps can rise to its maximum"
    )


DIFFUSION = Entry(
    "diffusion",
    "adds noise of adaptive strength to images; no cost",
    "Wang et al. 2023, Diffusion-GAN, §3 (arXiv 2206.02262)",
    DiffusionConfig,
    "training.remedies.diffusion:Diffusion",
    {"longest": 0},
    requires=Requires(signed_logits=True),
)


class PackingConfig(RemedyConfig):
    """Concatenate several images into a single input for the discriminator."""

    pictures: PositiveInt = Field(2, le=64, description="number of images per pack (m); 1 disables packing")

    def input_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape with `pictures` times as many channels or coordinates."""
        return (self.pictures * shape[0], *shape[1:])


PACKING = Entry(
    "packing",
    "lets the discriminator detect a lack of diversity; needs a wider first layer and yields fewer logits",
    "Lin, Khetan, Fanti, Oh 2018, PacGAN, §2.2 (arXiv 1712.04086)",
    PackingConfig,
    "training.remedies.packing:Packing",
    {"pictures": 1},
    requires=Requires(no_classes=True),
)
