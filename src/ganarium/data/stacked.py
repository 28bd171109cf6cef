"""Stacked MNIST: three digits as the colour channels of one image, which gives a thousand modes."""

import torch

from ganarium.config.datasets import MnistConfig, StackedConfig
from ganarium.core.random_streams import numpy_generator
from ganarium.data import mnist
from ganarium.data.datasets import Card, ImageSet, Split

HELD_OUT = 26_000  # triples in each of the validation and test splits, as is usual in the literature
CARD = Card(
    title="Stacked MNIST",
    authors=f"{mnist.CARD.authors}; stacked as in Metz et al. 2017, Unrolled GAN (arXiv 1611.02163)",
    licence=mnist.CARD.licence,
    text="Three digits of MNIST, chosen at random from the same split, as the red, green and blue channels of one "
    "image of 28×28 pixels: 1,000 modes. No labels; the three digits are the ground truth.",
)


def load(settings: StackedConfig, split: Split = "train") -> ImageSet:
    """Load one split of Stacked MNIST; image i does not depend on the size of the set.

    Ground truth: `digits`, int64 [n, 3].
    """
    digits = mnist.load(MnistConfig(), split)
    assert digits.labels is not None
    count = settings.count if split == "train" else HELD_OUT
    rng = numpy_generator(settings.seed, f"data.stacked.{split}")
    chosen = torch.from_numpy(rng.integers(len(digits), size=(count, 3)))
    return ImageSet(
        name="stacked",
        images=digits.images[:, 0][chosen],
        labels=None,
        classes=(),
        card=CARD,
        truth={"digits": digits.labels[chosen].numpy()},
    )
