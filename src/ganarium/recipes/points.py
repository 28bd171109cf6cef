"""Recipes for 2-D Gaussian mixtures, standard data for measuring mode collapse."""

from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.networks import HUANG, DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.objectives import RelativisticConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.config.toy2d import GridConfig, RingConfig
from ganarium.recipes.base import Recipe

SOURCE = (
    "ours; Lin et al. 2018, PacGAN, §4.1 (arXiv 1712.04086), for the data; "
    f"{HUANG}, for the loss and both penalties; Tancik et al. 2020 (arXiv 2006.10739) for Fourier features"
)
CHOICES = (
    "Fourier features of latents and points; without those of latents, the generator separates modes too slowly",
    "γ in proportion to the squared distance between modes, decreasing to a tenth",
    "Adam with β = (0.8, 0.99), batch 128, and an average over the last 500 steps (LOG.md)",
)


def grid() -> Experiment:
    """Return the recipe for twenty-five narrow Gaussians on a grid."""
    return Experiment(
        data=GridConfig(),
        generator=DenseGeneratorConfig(
            latent=2,
            hidden=(128, 128, 128),
            activation="leaky-relu",
            output="linear",
            fourier_octaves=3,
            fourier_half_width=4.0,
        ),
        discriminator=DenseDiscriminatorConfig(
            hidden=(128, 128), activation="leaky-relu", fourier_octaves=3, fourier_half_width=4.0
        ),
        objective=RelativisticConfig(),
        optim=AdamConfig(lr=1e-3, beta1=0.8, beta2=0.99, schedule="cosine", schedule_start=0.4, final=0.05),
        remedies=_penalties(1.0) | {"ema": EmaConfig(decay=0.998)},
        train=TrainConfig(steps=18_000, batch=128),
        record=RecordConfig(sample_every=2_000),
    )


def ring() -> Experiment:
    """Return the `grid` recipe for eight narrow Gaussians on a circle, with scales that fit the circle."""
    discriminator = DenseDiscriminatorConfig(
        hidden=(128, 128), activation="leaky-relu", fourier_octaves=4, fourier_half_width=1.5
    )
    return grid().model_copy(
        update={
            "data": RingConfig(),
            "discriminator": discriminator,
            "remedies": _penalties(0.15) | {"ema": EmaConfig(decay=0.998)},
        }
    )


def _penalties(gamma: float) -> dict[str, R1Config | R2Config]:
    return {
        "r1": R1Config(gamma=gamma, schedule="cosine", final=0.1),
        "r2": R2Config(gamma=gamma, schedule="cosine", final=0.1),
    }


RECIPES = (
    Recipe("ring", "8 Gaussian modes on a circle", SOURCE, CHOICES, ring),
    Recipe("grid", "25 Gaussian modes on a grid", SOURCE, CHOICES, grid),
)
