"""Recipes for 2-D Gaussian mixtures, standard data for measuring mode collapse."""

from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.networks import DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.objectives import NonSaturatingConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config
from ganarium.config.toy2d import GridConfig, RingConfig
from ganarium.recipes.base import Recipe

PROTOCOL = "Lin et al. 2018, PacGAN, §4.1 (arXiv 1712.04086), for the data only"
CHOICES = (
    "three hidden layers of 256 units and two latent values; PacGAN uses four layers of 400, batch norm and maxout",
    "R1 and a moving average of the generator; without them, modes are lost",
    "Adam at 1e-3 with cosine decay to 0, batch 256",
)


def ring() -> Experiment:
    """Return the recipe for eight narrow Gaussians on a circle."""
    return Experiment(
        data=RingConfig(),
        generator=DenseGeneratorConfig(latent=2, hidden=(256, 256, 256), output="linear"),
        discriminator=DenseDiscriminatorConfig(hidden=(256, 256, 256)),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=1e-3, beta1=0.5, schedule="cosine"),
        remedies={"r1": R1Config(gamma=0.1), "ema": EmaConfig(decay=0.999)},
        train=TrainConfig(steps=10_000, batch=256),
        record=RecordConfig(sample_every=1_000),
    )


def grid() -> Experiment:
    """Return the recipe for twenty-five narrow Gaussians on a grid."""
    return ring().model_copy(update={"data": GridConfig(), "train": TrainConfig(steps=20_000, batch=256)})


RECIPES = (
    Recipe("ring", "8 Gaussian modes on a circle", PROTOCOL, CHOICES, ring),
    Recipe("grid", "25 Gaussian modes on a grid", PROTOCOL, CHOICES, grid),
)
