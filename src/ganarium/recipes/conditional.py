"""Recipes for class-conditional GANs (cGAN, AC-GAN) and for unsupervised classes (InfoGAN)."""

from ganarium.config.experiment import Experiment, TrainConfig
from ganarium.config.games import AuxiliaryConfig, InfoConfig, SynthesisConfig
from ganarium.config.networks import DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config
from ganarium.recipes.base import Recipe
from ganarium.recipes.conv import DIGIT_ADAM, DIGIT_PAIR, DIGIT_R1, digit_pair
from ganarium.recipes.dense import dense_layers


def cgan() -> Experiment:
    """Return a conditional GAN: two dense networks that both receive the digit as a label."""
    return dense_layers().model_copy(
        update={
            "game": SynthesisConfig(conditional=True),
            "generator": DenseGeneratorConfig(latent=100, hidden=(512, 512), activation="leaky-relu"),
            "discriminator": DenseDiscriminatorConfig(hidden=(512, 512), activation="leaky-relu"),
            "optim": AdamConfig(lr=2e-3, beta1=0.0, beta2=0.99, schedule="cosine", final=0.02),
            "remedies": {"r1": R1Config(gamma=0.02), "ema": EmaConfig(decay=0.999)},
            "train": TrainConfig(steps=20_000, batch=64),
        }
    )


def acgan() -> Experiment:
    """Return an AC-GAN, whose discriminator also classifies the digit."""
    pair = digit_pair()
    return pair.model_copy(update={"game": AuxiliaryConfig(), "remedies": {**pair.remedies, "r1": R1Config(gamma=0.1)}})


def infogan() -> Experiment:
    """Return an InfoGAN: ten categories and two continuous codes, learned without labels."""
    pair = digit_pair()
    return pair.model_copy(
        update={
            "game": InfoConfig(categories=10, continuous=2),
            "generator": pair.generator.model_copy(update={"noise": "uniform"}),
            "remedies": {**pair.remedies, "r1": R1Config(gamma=0.1)},
        }
    )


RECIPES = (
    Recipe(
        "cgan",
        "class-conditional: both networks receive the digit as a label",
        "Mirza & Osindero 2014, Conditional GAN (arXiv 1411.1784)",
        (
            "two hidden layers of 512 units per network and leaky ReLU; the paper uses maxout and dropout",
            "Adam at 2e-3 with β = (0, 0.99) and a cosine schedule, instead of momentum SGD",
            "R1 with γ = 0.02, and a moving average of the generator",
        ),
        cgan,
    ),
    Recipe(
        "acgan",
        "class-conditional, with an auxiliary classifier in the discriminator",
        "Odena, Olah, Shlens 2017, AC-GAN (arXiv 1610.09585)",
        (DIGIT_PAIR, DIGIT_ADAM, DIGIT_R1),
        acgan,
    ),
    Recipe(
        "infogan",
        "unsupervised classes: a categorical code with ten values and two continuous codes",
        "Chen et al. 2016, InfoGAN (arXiv 1606.03657)",
        (
            DIGIT_PAIR,
            DIGIT_ADAM,
            DIGIT_R1,
            "62 uniform latent values and 2 codes, as in the paper (C.1)",
            "the variance of the continuous codes is fixed at 1, as in the authors' MNIST code; the paper learns it",
            "weight 0.1 for continuous codes; the paper recommends a weight below 1, the authors' code uses 1",
        ),
        infogan,
    ),
)
