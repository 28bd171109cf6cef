"""Convolutional GANs (S1's next step, S2-B, S3, S5), and the small pair that other recipes derive from."""

from ganarium.config.datasets import MnistConfig
from ganarium.config.experiment import Experiment, RecordConfig, TrainConfig
from ganarium.config.games import KPlusOneConfig
from ganarium.config.networks import RADFORD, ConvDiscriminatorConfig, ConvGeneratorConfig
from ganarium.config.objectives import NonSaturatingConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import FeatureMatchingConfig, R1Config
from ganarium.config.synthetic import FiguresConfig, PointsConfig
from ganarium.recipes.base import Recipe
from ganarium.recipes.dense import dense_digits

SMALL_PAIR = "a small convolutional pair after DCGAN: 32 and 64 channels at 14×14 and 7×7, batch 64"
SMALL_ADAM = "Adam at 5e-4 with β₁ = 0.5"


def conv_pair() -> Experiment:
    """Return the common base of the recipes for losses and games; not a recipe itself."""
    return Experiment(
        data=MnistConfig(),
        generator=ConvGeneratorConfig(latent=64, init="dcgan", width=32, max_channels=64, output="tanh"),
        discriminator=ConvDiscriminatorConfig(init="dcgan", width=32, max_channels=64),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=5e-4, beta1=0.5),
        train=TrainConfig(steps=4_000, batch=64),
        record=RecordConfig(sample_every=1_000),
    )


def without_norm(pair: Experiment) -> Experiment:
    """Return the pair without batch norm in the discriminator, for methods that use per-sample gradients or weights."""
    settings = pair.discriminator.model_copy(update={"norm": "none", "init": "he"})
    return pair.model_copy(update={"discriminator": settings})


def dense_conv_digits() -> Experiment:
    """Return S2-B: S2-A's generator and training, with one convolution and one hidden layer in the discriminator."""
    parent = dense_digits()
    discriminator = ConvDiscriminatorConfig(
        width=16,
        max_channels=16,
        stages=1,
        kernel=5,
        down="max-pool",
        norm="none",
        activation="relu",
        hidden=(256,),
        init="first-axis",
    )
    return parent.model_copy(update={"discriminator": discriminator})


def conv_shapes() -> Experiment:
    """Return S1's next step: convolutions and more data, for synthetic sets that its dense pair could not learn."""
    return without_norm(conv_pair()).model_copy(
        update={
            "data": PointsConfig(count=50_000),
            "generator": ConvGeneratorConfig(
                latent=64, init="dcgan", width=32, max_channels=64, output="tanh", pixel_noise=True
            ),
            "remedies": {"r1": R1Config(gamma=1.0), "ema": EmaConfig(decay=0.999)},
        }
    )


def kplus1_digits() -> Experiment:
    """Return S3: a discriminator with 11 classes and a generator conditioned on the digit."""
    return Experiment(
        data=MnistConfig(),
        game=KPlusOneConfig(reading="generated"),
        generator=ConvGeneratorConfig(
            latent=100,
            width=64,
            max_channels=64,
            stages=2,
            stem="dense",
            up="nearest",
            kernel=3,
            norm="batch",
            activation="leaky-relu",
            output="tanh",
            biases="all",
        ),
        discriminator=ConvDiscriminatorConfig(
            width=64,
            max_channels=64,
            stages=2,
            kernel=3,
            down="max-pool",
            biases="all",
            norm="batch",
            normalized="all",
            activation="leaky-relu",
            hidden=(128,),
        ),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=2e-4, beta1=0.5),
        train=TrainConfig(steps=10_000, batch=64),
        record=RecordConfig(sample_every=1_000),
    )


def few_labels() -> Experiment:
    """Return S3's game with 100 labels: a semi-supervised classifier."""
    return conv_pair().model_copy(
        update={
            "game": KPlusOneConfig(conditional=False, labels=100),
            "remedies": {"feature_matching": FeatureMatchingConfig(weight=1.0)},
        }
    )


def dcgan() -> Experiment:
    """Return S5: DCGAN on colour images of 64×64 pixels."""
    return Experiment(
        data=FiguresConfig(),
        generator=ConvGeneratorConfig(
            latent=100, init="dcgan", width=64, max_channels=512, norm="batch", output="tanh", biases="none"
        ),
        discriminator=ConvDiscriminatorConfig(
            init="dcgan", width=64, max_channels=512, norm="batch", activation="leaky-relu", biases="none"
        ),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=2e-4, beta1=0.5),
        train=TrainConfig(steps=5_000, batch=128),
        record=RecordConfig(sample_every=500),
    )


RECIPES = (
    Recipe(
        "dense-conv-digits",
        "a dense generator against a small convolutional discriminator",
        "S2: two small GANs on MNIST and their collapse, network B",
        (
            "the choices of dense-digits, from which it derives",
            "initial weights with standard deviation √(2/a), a = 5 for the convolution (its kernel's height), as in S2",
        ),
        dense_conv_digits,
    ),
    Recipe(
        "conv-shapes",
        "convolutions for points, lines, puzzles and polygons: data=NAME",
        "S1: fully connected GAN on MNIST and on drawn geometry, its planned next steps (a) and (b)",
        (
            "the whole network; the source only says that a CNN was tried and was too slow",
            "50,000 images instead of 10,000",
            "a plane of noise at every stage, R1 and a moving average of the generator",
        ),
        conv_shapes,
    ),
    Recipe(
        "kplus1-digits",
        "a discriminator with ten digit classes and one for generated images",
        "S3: class-conditional GAN with an 11-class discriminator",
        (
            "the eleventh class is 'generated'; for the losses as printed: game.reading=printed objective=minimax",
            "tanh at the generator's output, normal noise, Adam at 2e-4 with β₁ = 0.5, leaky ReLU of slope 0.2",
            "the generator maximizes log D(G(z)) and the probability of its label",
        ),
        kplus1_digits,
    ),
    Recipe(
        "few-labels",
        "a digit classifier from 100 labelled and 50,000 unlabelled images",
        "Salimans et al. 2016, §5 (arXiv 1606.03498)",
        (SMALL_PAIR, SMALL_ADAM, "feature matching in addition to the adversarial loss; the paper uses it alone"),
        few_labels,
    ),
    Recipe(
        "dcgan",
        "DCGAN on synthetic colour figures of 64×64 pixels",
        f"S5: DCGAN on colour pictures; {RADFORD}",
        (
            "64 to 512 channels and kernels of 4, as is common; the paper uses 128 to 1024 and 5, S5 does not say",
            "depth and initial weights as in the paper",
            "scales of batch norm start at N(1, 0.02), and no layer has biases, as in PyTorch's DCGAN example",
            "100 normal latent values, as in the source; the paper's are uniform",
            "synthetic figures, because the source's images are not available; data.folder=PATH uses yours",
            "the generator maximizes log D(G(z)); for the other form: objective=minimax",
            "5,000 steps with batches of 128; on a CPU, use generator.width=16 discriminator.width=16",
        ),
        dcgan,
    ),
)
