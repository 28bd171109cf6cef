"""Recipes for translation between two domains of synthetic images whose exact translations are known."""

from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.games import CycleConfig, PairedConfig
from ganarium.config.networks import ISOLA, ZHU, PatchConfig, ResNetConfig, UNetConfig
from ganarium.config.objectives import LeastSquaresConfig, NonSaturatingConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.augmentation import ImagePoolConfig
from ganarium.config.synthetic import PairsConfig
from ganarium.recipes.base import Recipe


def pix2pix() -> Experiment:
    """Return pix2pix: translation of outlines into filled polygons, learned from pairs."""
    return Experiment(
        data=PairsConfig(domains="outline-filled", paired=True),
        game=PairedConfig(l1=100.0),
        generator=UNetConfig(output="tanh"),
        discriminator=PatchConfig(),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=2e-4, beta1=0.5),
        train=TrainConfig(steps=2_000, batch=16),
        record=RecordConfig(sample_every=500),
    )


def cyclegan() -> Experiment:
    """Return CycleGAN: translation of thin digits into thick digits and back, learned without pairs."""
    return pix2pix().model_copy(
        update={
            "data": PairsConfig(domains="thin-thick"),
            "game": CycleConfig(cycle=10.0, identity=0.0),
            "generator": ResNetConfig(output="tanh", width=16, blocks=3),
            "objective": LeastSquaresConfig(),
            "remedies": {"image_pool": ImagePoolConfig(size=50)},
            "train": TrainConfig(steps=4_000, batch=16),
        }
    )


RECIPES = (
    Recipe(
        "pix2pix",
        "translates outlines into filled polygons, learned from pairs: data.domains=NAME",
        ISOLA,
        (
            "synthetic pairs with known exact translations; 28×28 images and networks of matching size",
            "batch 16 instead of 1; He initialization; no noise, where the paper uses dropout as noise",
            "no biases before instance norm; the authors' code has biases there, but instance norm cancels them",
            "the discriminator's loss is not halved, which makes no difference under Adam",
        ),
        pix2pix,
    ),
    Recipe(
        "cyclegan",
        "translates thin digits into thick digits and back, without pairs: data.domains=NAME",
        ZHU,
        (
            "synthetic domains of 28×28 images and networks of matching size",
            "batch 16 instead of 1; He initialization; constant learning rate",
            "no identity loss; game.identity=5 adds an identity loss",
            "no biases before instance norm; the authors' code has biases there, but instance norm cancels them",
            "the least-squares loss is halved, so λ = 10 weighs twice as much as in the paper",
        ),
        cyclegan,
    ),
)
