"""Recipes for convolutional GANs (sources S1, S2, S3 and S5), and the small pair on which other recipes build."""

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
DIGIT_PAIR = "the networks of digits: dense layers that hold most weights, next to convolutions with 16 and 32 channels"
DIGIT_ADAM = "Adam at 2e-3 and 1e-3 with β = (0, 0.99), a cosine schedule, and a moving average of the generator"
DIGIT_R1 = "R1 with γ = 0.1, without which the discriminator becomes too strong for the generator"


def conv_pair() -> Experiment:
    """Return the experiment on which the recipes for losses and games build; not a recipe itself."""
    return Experiment(
        data=MnistConfig(),
        generator=ConvGeneratorConfig(latent=64, init="dcgan", width=32, max_channels=64, output="tanh"),
        discriminator=ConvDiscriminatorConfig(init="dcgan", width=32, max_channels=64),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=5e-4, beta1=0.5),
        train=TrainConfig(steps=4_000, batch=64),
        record=RecordConfig(sample_every=1_000),
    )


def digit_pair() -> Experiment:
    """Return an unconditional GAN with the networks of `digits`, on which other recipes build; not a recipe itself."""
    return Experiment(
        data=MnistConfig(),
        generator=ConvGeneratorConfig(
            latent=64, hidden=(512,), stem="dense", width=16, max_channels=32, norm="none", activation="leaky-relu"
        ),
        discriminator=ConvDiscriminatorConfig(hidden=(512,), width=16, max_channels=32, norm="none"),
        objective=NonSaturatingConfig(),
        optim=AdamConfig(lr=2e-3, discriminator_lr=1e-3, beta1=0.0, beta2=0.99, schedule="cosine", final=0.02),
        remedies={"ema": EmaConfig(decay=0.999)},
        train=TrainConfig(steps=7_000, batch=64),
        record=RecordConfig(sample_every=1_000),
    )


def dense_conv_digits() -> Experiment:
    """Return network B of source S2: network A with one convolution and one hidden layer in the discriminator."""
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
    """Return the next step planned in source S1: convolutions and more data, for shapes too hard for dense layers."""
    return conv_pair().model_copy(
        update={
            "data": PointsConfig(count=50_000),
            "discriminator": ConvDiscriminatorConfig(width=32, max_channels=64, norm="none"),
            "generator": ConvGeneratorConfig(
                latent=64, init="dcgan", width=32, max_channels=64, output="tanh", pixel_noise=True
            ),
            "remedies": {"r1": R1Config(gamma=1.0), "ema": EmaConfig(decay=0.999)},
        }
    )


def kplus1_digits() -> Experiment:
    """Return the GAN of source S3: a discriminator with 11 classes and a generator conditioned on the digit."""
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
    """Return a semi-supervised classifier: the game of source S3 with 100 labels."""
    return conv_pair().model_copy(
        update={
            "game": KPlusOneConfig(conditional=False, labels=100),
            "remedies": {"feature_matching": FeatureMatchingConfig(weight=1.0)},
        }
    )


def dcgan() -> Experiment:
    """Return the GAN of source S5: DCGAN on colour images of 64×64 pixels."""
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
            "the choices of dense-digits, on which this recipe builds",
            "initial weights with standard deviation √(2/a), as in S2; for the convolution, a = 5 (the kernel height)",
        ),
        dense_conv_digits,
    ),
    Recipe(
        "conv-shapes",
        "convolutions for points, lines, puzzles and polygons: data=NAME",
        "S1: fully connected GAN on MNIST and on images of geometric shapes, planned next steps (a) and (b)",
        (
            "the whole network; the source only says that a CNN was tried and was too slow",
            "50,000 images instead of 10,000",
            "single-channel noise at every stage, R1 and a moving average of the generator",
        ),
        conv_shapes,
    ),
    Recipe(
        "kplus1-digits",
        "a discriminator with ten digit classes and one class for generated images",
        "S3: class-conditional GAN with an 11-class discriminator",
        (
            "the eleventh class is 'generated'; for the losses printed in S3: game.reading=printed objective=minimax",
            "tanh at the generator's output, normal noise, Adam at 2e-4 with β₁ = 0.5, leaky ReLU with slope 0.2",
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
        f"S5: DCGAN on colour images; {RADFORD}",
        (
            "64 to 512 channels and kernel size 4, as is common; the paper uses 128 to 1024 and 5, S5 gives no values",
            "depth and initial weights as in the paper",
            "scales of batch norm start at N(1, 0.02), and no layer has biases, as in PyTorch's DCGAN example",
            "100 normal latent values, as in the source; the paper uses uniform latents",
            "synthetic figures, because the source's images are not available; for your own images: data.folder=PATH",
            "the generator maximizes log D(G(z)); for the saturating loss, use objective=minimax",
            "5,000 steps with batch size 128; on a CPU, use generator.width=16 discriminator.width=16",
        ),
        dcgan,
    ),
)
