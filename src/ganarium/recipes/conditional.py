"""Recipes for class-conditional GANs (cGAN, AC-GAN) and for unsupervised classes (InfoGAN)."""

from ganarium.config.experiment import Experiment
from ganarium.config.games import AuxiliaryConfig, InfoConfig, SynthesisConfig
from ganarium.config.networks import ConvGeneratorConfig, DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.recipes.base import Recipe
from ganarium.recipes.conv import SMALL_ADAM, SMALL_PAIR, conv_pair
from ganarium.recipes.dense import dense_layers


def cgan() -> Experiment:
    """Return a conditional GAN: two dense networks that both receive the digit as a label."""
    return dense_layers().model_copy(
        update={
            "game": SynthesisConfig(conditional=True),
            "generator": DenseGeneratorConfig(latent=100, hidden=(256, 512), activation="leaky-relu"),
            "discriminator": DenseDiscriminatorConfig(hidden=(512, 256), activation="leaky-relu", dropout=0.3),
        }
    )


def acgan() -> Experiment:
    """Return an AC-GAN, whose discriminator also classifies the digit."""
    return conv_pair().model_copy(update={"game": AuxiliaryConfig()})


def infogan() -> Experiment:
    """Return an InfoGAN: ten categories and two continuous codes, learned without labels."""
    return conv_pair().model_copy(
        update={
            "game": InfoConfig(categories=10, continuous=2),
            "generator": ConvGeneratorConfig(
                latent=64, noise="uniform", init="dcgan", width=32, max_channels=64, output="tanh"
            ),
            "optim": AdamConfig(lr=1e-3, discriminator_lr=2e-4, beta1=0.5),
        }
    )


RECIPES = (
    Recipe(
        "cgan",
        "class-conditional: both networks receive the digit as a label",
        "Mirza & Osindero 2014, Conditional GAN (arXiv 1411.1784)",
        (
            "two hidden layers per network, leaky ReLU, dropout of 0.3 in the discriminator; the paper uses maxout",
            "Adam instead of momentum SGD",
        ),
        cgan,
    ),
    Recipe(
        "acgan",
        "class-conditional, with an auxiliary classifier in the discriminator",
        "Odena, Olah, Shlens 2017, AC-GAN (arXiv 1610.09585)",
        (SMALL_PAIR, SMALL_ADAM),
        acgan,
    ),
    Recipe(
        "infogan",
        "unsupervised classes: a categorical code with ten values and two continuous codes",
        "Chen et al. 2016, InfoGAN (arXiv 1606.03657)",
        (
            SMALL_PAIR,
            "62 uniform latent values, 2 codes, and learning rates of 1e-3 and 2e-4, as in the paper (C.1)",
            "the variance of the continuous codes is fixed at 1, as in the authors' MNIST code; the paper learns it",
            "weight 0.1 for continuous codes; the paper recommends a weight below 1, the authors' code uses 1",
        ),
        infogan,
    ),
)
