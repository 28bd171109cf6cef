"""Recipes for published losses: on the networks of `digits`, or with the training settings of their paper."""

from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.networks import HUANG, ResidualDiscriminatorConfig, ResidualGeneratorConfig
from ganarium.config.objectives import (
    JOLICOEUR,
    HingeConfig,
    LeastSquaresConfig,
    RelativisticAverageConfig,
    RelativisticConfig,
    WassersteinConfig,
)
from ganarium.config.optimizers import AdamConfig, RmsPropConfig
from ganarium.config.remedies.optimization import EmaConfig, WeightClippingConfig
from ganarium.config.remedies.regularization import GradientPenaltyConfig, R1Config, R2Config, SpectralNormConfig
from ganarium.config.updates import AlternatingConfig
from ganarium.recipes.base import Recipe
from ganarium.recipes.conv import DIGIT_ADAM, DIGIT_PAIR, DIGIT_R1, SMALL_PAIR, conv_pair, digit_pair

BURN_IN = 0.2  # fraction of a training of R3GAN in which γ, β₂ and the half-life change (Huang 2024, stacked MNIST)


def lsgan() -> Experiment:
    """Return an LSGAN: a least-squares loss, and R1."""
    pair = digit_pair()
    return pair.model_copy(
        update={"objective": LeastSquaresConfig(), "remedies": {**pair.remedies, "r1": R1Config(gamma=0.1)}}
    )


def hinge() -> Experiment:
    """Return a GAN with hinge loss and spectral normalization."""
    pair = digit_pair()
    return pair.model_copy(
        update={
            "objective": HingeConfig(),
            "remedies": {**pair.remedies, "spectral_norm": SpectralNormConfig()},
        }
    )


def relativistic() -> Experiment:
    """Return a relativistic average GAN, which compares real logits with the mean generated logit, and vice versa."""
    pair = digit_pair()
    return pair.model_copy(
        update={"objective": RelativisticAverageConfig(), "remedies": {**pair.remedies, "r1": R1Config(gamma=0.1)}}
    )


def wgan() -> Experiment:
    """Return a WGAN, whose critic has clipped weights."""
    return conv_pair().model_copy(
        update={
            "objective": WassersteinConfig(),
            "update": AlternatingConfig(discriminator_steps=5),
            "optim": RmsPropConfig(lr=5e-5),
            "remedies": {"weight_clipping": WeightClippingConfig(bound=0.01)},
        }
    )


def wgan_gp() -> Experiment:
    """Return a WGAN-GP, whose critic has a gradient penalty."""
    pair = digit_pair()
    return pair.model_copy(
        update={
            "objective": WassersteinConfig(),
            "update": AlternatingConfig(discriminator_steps=2),
            "train": pair.train.model_copy(update={"steps": 5_000}),
            "remedies": {**pair.remedies, "gradient_penalty": GradientPenaltyConfig(weight=10.0)},
        }
    )


def r3gan() -> Experiment:
    """Return an R3GAN: relativistic pairs, R1 and R2 at every step, residual blocks without normalization.

    γ, β₂ and the half-life of the average change during the first fifth, as in the paper's table for stacked MNIST.
    """
    return Experiment(
        data=conv_pair().data,
        generator=ResidualGeneratorConfig(latent=64, width=16, stages=3, space_to_depth=2, output="tanh"),
        discriminator=ResidualDiscriminatorConfig(width=16, stages=3, space_to_depth=2),
        objective=RelativisticConfig(),
        optim=AdamConfig(
            lr=1e-3,
            beta1=0.0,
            beta2=0.9,
            beta2_final=0.99,
            beta2_end=BURN_IN,
            schedule="cosine",
            schedule_start=BURN_IN,
        ),
        remedies={
            "r1": R1Config(gamma=1.0, schedule="cosine", final=0.1, schedule_end=BURN_IN),
            "r2": R2Config(gamma=1.0, schedule="cosine", final=0.1, schedule_end=BURN_IN),
            "ema": EmaConfig(decay=0.999, ramp_share=BURN_IN, warmup=False),
        },
        train=TrainConfig(steps=25_000, seconds=1_800, batch=32),
        record=RecordConfig(sample_every=1_000),
    )


RECIPES = (
    Recipe(
        "lsgan",
        "least squares instead of log-likelihood",
        "Mao et al. 2017, LSGAN (arXiv 1611.04076)",
        (DIGIT_PAIR, DIGIT_ADAM, "R1 with γ = 0.1, which the paper does not use", "targets a = 0, b = c = 1 (eq. 9)"),
        lsgan,
    ),
    Recipe(
        "hinge",
        "hinge loss with spectral normalization",
        "Lim & Ye 2017 (arXiv 1705.02894); Miyato et al. 2018 (arXiv 1802.05957)",
        (DIGIT_PAIR, DIGIT_ADAM, "one discriminator step; Miyato et al. use five"),
        hinge,
    ),
    Recipe(
        "relativistic",
        "relativistic average loss: compares real logits with the mean of generated logits",
        JOLICOEUR,
        (DIGIT_PAIR, DIGIT_ADAM, DIGIT_R1),
        relativistic,
    ),
    Recipe(
        "wgan",
        "a Wasserstein critic with clipped weights",
        "Arjovsky, Chintala, Bottou 2017, WGAN (arXiv 1701.07875)",
        (SMALL_PAIR, "RMSProp at 5e-5, five critic steps and a bound of 0.01 as in the paper"),
        wgan,
    ),
    Recipe(
        "wgan-gp",
        "a Wasserstein critic with a gradient penalty",
        "Gulrajani et al. 2017, WGAN-GP (arXiv 1704.00028)",
        (DIGIT_PAIR, DIGIT_ADAM, "two critic steps, where the paper uses five; λ = 10 as in the paper"),
        wgan_gp,
    ),
    Recipe(
        "r3gan",
        "relativistic pairs, R1 and R2, residual networks without normalization",
        HUANG,
        (
            "MNIST, for which the paper has no results; γ, β₂ and the burn-in of a fifth as for stacked MNIST",
            "16 to 64 channels, one block per stage, no groups or inner expansion",
            "squares of 2×2 pixels as the channels of the finest stage, tanh at the generator's output",
            "batch 32 and a learning rate of 1e-3 that decays to 0 after the burn-in; the paper has 512 and a constant "
            "2e-4 with 48 times the channels (LOG.md)",
        ),
        r3gan,
    ),
)
