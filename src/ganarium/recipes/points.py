"""Recipes for points: any distribution, and 2-D Gaussian mixtures, standard data for measuring mode collapse."""

from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.networks import HUANG, DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.objectives import NonSaturatingConfig, RelativisticConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.config.toy2d import GridConfig, RingConfig
from ganarium.recipes.base import Recipe

PACGAN = "Lin et al. 2018, PacGAN, §4.1 (arXiv 1712.04086)"
SOURCE = (
    f"ours; {PACGAN}, for the data; "
    f"{HUANG}, for the loss and both penalties; Tancik et al. 2020 (arXiv 2006.10739) for Fourier features"
)
CHOICES = (
    "Fourier features of latents and points; without those of latents, the generator separates modes too slowly",
    "γ in proportion to the squared distance between modes, decreasing to 1 % (grid) or 3 % (ring)",
    "two uniform latent values; with normal ones, the shares of modes are less equal and fewer samples are sharp",
    "Adam with β = (0.5, 0.99); the average is over the last 100 (grid) or 50 steps (ring): more would narrow modes",
)


def plane() -> Experiment:
    """Return the recipe for points of any distribution and scale."""
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
    return Experiment(
        data=GridConfig(),
        generator=DenseGeneratorConfig(
            latent=2,
            noise="uniform",
            hidden=(192, 192, 192),
            activation="leaky-relu",
            output="linear",
            fourier_octaves=4,
            fourier_half_width=1.0,
        ),
        discriminator=DenseDiscriminatorConfig(
            hidden=(128, 128), activation="leaky-relu", fourier_octaves=6, fourier_half_width=4.0
        ),
        objective=RelativisticConfig(),
        optim=AdamConfig(lr=2e-3, beta1=0.5, beta2=0.99, schedule="cosine", schedule_start=0.3, final=0.02),
        remedies=_penalties(1.0, final=0.01) | {"ema": EmaConfig(decay=0.99)},
        train=TrainConfig(steps=33_000, batch=64),
        record=RecordConfig(sample_every=2_000),
    )


def ring() -> Experiment:
    """Return the `grid` recipe for eight narrow Gaussians on a circle, with scales that fit the circle."""
    discriminator = DenseDiscriminatorConfig(
        hidden=(128, 128), activation="leaky-relu", fourier_octaves=6, fourier_half_width=1.5
    )
    return grid().model_copy(
        update={
            "data": RingConfig(),
            "discriminator": discriminator,
            "latents": "shared",
            "remedies": _penalties(0.15, final=0.03) | {"ema": EmaConfig(decay=0.98)},
            "train": TrainConfig(steps=26_000, batch=128),
        }
    )


def _penalties(gamma: float, final: float) -> dict[str, R1Config | R2Config]:
    settings = {"gamma": gamma, "schedule": "cosine", "final": final, "schedule_end": 0.8}
    return {"r1": R1Config(**settings), "r2": R2Config(**settings)}


RECIPES = (
    Recipe(
        "plane",
        "one pair of dense networks for points of any distribution: data=NAME",
        f"{PACGAN}, for the data only",
        (
            "three hidden layers of 256 units, two latent values; PacGAN uses four of 400, batch norm and maxout",
            "R1 and a moving average of the generator; without them, modes are lost",
            "Adam at 1e-3 with cosine decay to 0, batch 256",
        ),
        plane,
    ),
    Recipe("ring", "8 Gaussian modes on a circle", SOURCE, CHOICES, ring),
    Recipe("grid", "25 Gaussian modes on a grid", SOURCE, CHOICES, grid),
)
