"""Our own recipes: class-conditional digits (the default), class-conditional clothing, and stacked digits."""

from ganarium.config.data_files import FashionConfig
from ganarium.config.datasets import MnistConfig, StackedConfig
from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.games import SynthesisConfig
from ganarium.config.networks import (
    HUANG,
    ConvDiscriminatorConfig,
    ConvGeneratorConfig,
    DenseDiscriminatorConfig,
    DenseGeneratorConfig,
)
from ganarium.config.objectives import NonSaturatingConfig, RelativisticConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.recipes.base import Recipe


def digits() -> Experiment:
    """Return a class-conditional GAN with small convolutional networks, R1 and a moving average of the generator."""
    return Experiment(
        data=MnistConfig(),
        game=SynthesisConfig(conditional=True),
        generator=ConvGeneratorConfig(
            latent=64,
            hidden=(512,),
            stem="dense",
            width=16,
            max_channels=32,
            norm="none",
            activation="leaky-relu",
        ),
        discriminator=ConvDiscriminatorConfig(
            hidden=(512,), width=16, max_channels=32, norm="none", conditioning="projection"
        ),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=5e-3, discriminator_lr=2e-3, beta1=0.0, beta2=0.99, schedule="cosine", final=0.02),
        remedies={"r1": R1Config(gamma=0.1), "ema": EmaConfig(decay=0.999)},
        train=TrainConfig(steps=7_000, seconds=300, batch=64),
        record=RecordConfig(sample_every=1_000),
    )


def fashion() -> Experiment:
    """Return the `digits` recipe for Fashion-MNIST, with twice the time."""
    parent = digits()
    train = parent.train.model_copy(update={"steps": 14_000, "seconds": 600})
    return parent.model_copy(update={"data": FashionConfig(), "train": train})


def stacked_digits() -> Experiment:
    """Return the recipe for stacked MNIST: 1,000 modes, three digits as the colour channels of one image."""
    return Experiment(
        data=StackedConfig(),
        generator=DenseGeneratorConfig(
            latent=64, hidden=(512, 512), activation="leaky-relu", output="sigmoid", shared_channels=True
        ),
        discriminator=DenseDiscriminatorConfig(hidden=(512, 512), activation="leaky-relu", shared_channels=True),
        objective=RelativisticConfig(),
        optim=AdamConfig(
            lr=2e-3, beta1=0.0, beta2=0.9, beta2_final=0.99, beta2_end=0.2, schedule="cosine", schedule_start=0.2
        ),
        remedies={"r1": R1Config(gamma=0.02), "r2": R2Config(gamma=0.02), "ema": EmaConfig(decay=0.999)},
        train=TrainConfig(steps=100_000, seconds=3_600, batch=43),
        record=RecordConfig(sample_every=5_000),
    )


RECIPES = (
    Recipe(
        "digits",
        "class-conditional handwritten digits, in a few minutes on two cores",
        "ours, after Radford et al. 2016, Miyato & Koyama 2018 and Mescheder et al. 2018",
        (
            "dense layers that hold most weights, next to convolutions with 16 and 32 channels",
            "learning rates of 5e-3 and 2e-3, about ten times the usual ones, with a cosine schedule and an average",
            "all other settings",
        ),
        digits,
    ),
    Recipe(
        "fashion",
        "class-conditional clothing, in a few minutes on two cores",
        "ours, like digits; Xiao, Rasul, Vollgraf 2017, Fashion-MNIST (arXiv 1708.07747)",
        ("the whole recipe",),
        fashion,
    ),
    Recipe(
        "stacked-digits",
        "1,000 modes: three digits as the colour channels of one image",
        f"Metz et al. 2017, Unrolled GAN (arXiv 1611.02163), for the data; {HUANG}",
        (
            "dense networks that process each channel with the same weights; a dense layer combines their features",
            "a batch of 43 images, which are 129 digits",
            "γ = 0.02 for images in [0, 1], as in digits; β₂ rises from 0.9 to 0.99 in the first fifth",
        ),
        stacked_digits,
    ),
)
