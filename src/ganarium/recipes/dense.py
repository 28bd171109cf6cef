"""Recipes for dense GANs (sources S1, S2 and S4 in docs/sources.md)."""

from ganarium.config.datasets import MnistConfig
from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.networks import DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.config.objectives import MinimaxConfig, NonSaturatingConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.updates import AlternatingConfig, SimultaneousConfig
from ganarium.recipes.base import Recipe


def dense_shapes() -> Experiment:
    """Return the GAN of source S1: one pair of dense networks for digits and four synthetic data sets."""
    return Experiment(
        data=MnistConfig(count=60_000),
        generator=DenseGeneratorConfig(latent=100, hidden=(100, 300)),
        discriminator=DenseDiscriminatorConfig(hidden=(300, 100), dropout=0.3),
        objective=MinimaxConfig(),
        update=AlternatingConfig(discriminator_steps=1),
        optim=AdamConfig(lr=2e-4, beta1=0.5),
        train=TrainConfig(steps=20_000, batch=100),
        record=RecordConfig(sample_every=2_000),
    )


def dense_digits() -> Experiment:
    """Return network A of source S2: one hidden layer per player, simultaneous updates on the same generated images."""
    return Experiment(
        data=MnistConfig(count=55_000),
        generator=DenseGeneratorConfig(latent=100, noise="uniform", hidden=(256,), init="he"),
        discriminator=DenseDiscriminatorConfig(hidden=(256,), init="he"),
        objective=NonSaturatingConfig(),
        update=SimultaneousConfig(),
        latents="shared",
        optim=AdamConfig(lr=2e-4, beta1=0.9),
        train=TrainConfig(steps=40_001, batch=128),
        record=RecordConfig(sample_every=2_000),
    )


def dense_layers() -> Experiment:
    """Return the GAN of source S4: dense networks given by lists of hidden sizes."""
    return Experiment(
        data=MnistConfig(),
        generator=DenseGeneratorConfig(latent=100, hidden=(100, 100)),
        discriminator=DenseDiscriminatorConfig(hidden=(100, 100), dropout=0.3),
        objective=NonSaturatingConfig(),
        update=AlternatingConfig(discriminator_steps=1),
        optim=AdamConfig(lr=2e-4, beta1=0.5),
        train=TrainConfig(steps=20_000, batch=128),
        record=RecordConfig(sample_every=2_000),
    )


RECIPES = (
    Recipe(
        "dense-shapes",
        "one pair of dense networks for digits, lines, puzzles, polygons and points: data=NAME",
        "S1: fully connected GAN on MNIST and on images of geometric shapes",
        (
            "100 normal latent values; the source does not give the number",
            "a generator with ReLU, a sigmoid output and He initialization",
            "Adam at 2e-4 with β₁ = 0.5; momentum, as in the source's algorithm box, gave only noise (LOG.md)",
            "dropout of 0.3 in the discriminator; without it, 7 of 10 digits are missing (LOG.md)",
            "batch 100 and 20,000 steps",
            "k = 1 as in the source's algorithm box; its text uses more steps: update.discriminator_steps=k",
            "all 60,000 digits of the training file, including validation digits, as in the source",
        ),
        dense_shapes,
    ),
    Recipe(
        "dense-digits",
        "one hidden layer per network, simultaneous updates with shared latents",
        "S2: two small GANs on MNIST and their collapse, network A",
        (
            "the discriminator's loss −(log D(x) + log(1 − D(G(z)))), which the source's listing omits",
            "Adam with β₁ = 0.9, which reproduces the source's losses; β₁ = 0.5, SGD and momentum do not",
            "losses on raw logits; the source's sigmoid could saturate to infinity",
            "the first 55,000 digits, as in the source, including 5,000 validation digits",
        ),
        dense_digits,
    ),
    Recipe(
        "dense-layers",
        "dense networks of any depth: generator.hidden=[…] discriminator.hidden=[…]",
        "S4: a GAN explained step by step",
        (
            "100 normal latent values, He initialization, Adam at 2e-4 with β₁ = 0.5",
            "the non-saturating generator loss",
            "dropout of 0.3 in the discriminator; without it, the generator collapses to one pattern (LOG.md)",
            "batch 128 and 20,000 steps",
        ),
        dense_layers,
    ),
)
