"""Networks in the style of tutorials, built from plain lists of sizes."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

Shape = tuple[int, ...]


class Crop(nn.Module):
    """A layer that crops a margin from all sides of an image."""

    def __init__(self, margin: int) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to [n, c, h − 2·margin, w − 2·margin]."""
        margin = self.margin
        return x[:, :, margin : x.shape[2] - margin, margin : x.shape[3] - margin]


def dense_generator(sizes: Sequence[int], slope: float, shape: Shape) -> nn.Sequential:
    """Return a dense generator with sigmoid pixels; `sizes` begins with the latent size."""
    layers = _bent(sizes, slope, 0.0)
    return nn.Sequential(*layers, nn.Linear(sizes[-1], prod(shape)), nn.Sigmoid(), nn.Unflatten(1, shape))


def dense_discriminator(sizes: Sequence[int], slope: float, dropout: float) -> nn.Sequential:
    """Return a dense discriminator with one logit; `sizes` begins with the number of pixels."""
    return nn.Sequential(nn.Flatten(), *_bent(sizes, slope, dropout), nn.Linear(sizes[-1], 1))


def _bent(sizes: Sequence[int], slope: float, dropout: float) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.LeakyReLU(slope) if slope else nn.ReLU()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return layers


def strided_generator(latent: int, widths: Sequence[int], coarsest: int, margin: int) -> nn.Sequential:
    """Return a DCGAN generator: a coarse map and transposed convolutions; `widths` ends with the image channels."""
    layers = [nn.Unflatten(1, (latent, 1, 1)), nn.ConvTranspose2d(latent, widths[0], coarsest)]
    for before, after in pairwise(widths):
        layers += [nn.BatchNorm2d(before), nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1)]
    return nn.Sequential(*layers, nn.Tanh(), Crop(margin))


def strided_discriminator(widths: Sequence[int], coarsest: int, margin: int) -> nn.Sequential:
    """Return a DCGAN discriminator: strided convolutions and one logit; `widths` begins with the image channels."""
    layers: list[nn.Module] = [nn.ZeroPad2d(margin)] if margin else []
    for number, (before, after) in enumerate(pairwise(widths)):
        layers += [nn.Conv2d(before, after, 4, 2, 1)]
        layers += [nn.BatchNorm2d(after)] if number else []
        layers += [nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * coarsest**2, 1))


def pooled_discriminator(width: int, kernel: int, hidden: int, shape: Shape) -> nn.Sequential:
    """Return S2-B's discriminator: one convolution, one pooling layer and one hidden layer."""
    colours, height, across = shape
    return nn.Sequential(
        nn.Conv2d(colours, width, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(width * (height // 2) * (across // 2), hidden),
        nn.ReLU(),
        nn.Linear(hidden, 1),
    )


def upsampling_generator(inputs: int, width: int, coarsest: int, colours: int) -> nn.Sequential:
    """Return S3's generator: a dense layer to the coarse map, then two upsampling layers with convolutions."""
    values = width * coarsest**2
    return nn.Sequential(
        nn.Linear(inputs, values),
        nn.BatchNorm1d(values),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (width, coarsest, coarsest)),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(width, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(0.2),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(width, colours, 3, padding=1),
        nn.Tanh(),
    )


def classifying_discriminator(colours: int, width: int, coarsest: int, hidden: int, outputs: int) -> nn.Sequential:
    """Return S3's discriminator: two convolutions with pooling, a hidden layer, and one logit per class."""
    layers: list[nn.Module] = []
    for before in (colours, width):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.LeakyReLU(0.2), nn.MaxPool2d(2)]
    return nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Linear(width * coarsest**2, hidden),
        nn.BatchNorm1d(hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, outputs),
    )
