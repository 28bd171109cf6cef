"""Small clean sets to plant faults in."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor

from ganarium.config.datasets import MnistConfig
from ganarium.core.random_streams import numpy_generator
from ganarium.data.datasets import ImageSet
from ganarium.data.mnist import load

MARGIN = 4  # pixels: most of a digit's empty edge, which would be a fault of so few digits


@pytest.fixture(scope="session")
def mnist() -> ImageSet:
    return load(MnistConfig())


@pytest.fixture(scope="session")
def digits(mnist: ImageSet) -> ImageSet:
    """1,200 digits of 20×20, about 120 a class."""
    inner = slice(MARGIN, -MARGIN)
    return replace(mnist, images=mnist.images[:1200, :, inner, inner].contiguous(), labels=mnist.labels[:1200])


@pytest.fixture(scope="session")
def photos() -> ImageSet:
    """1,000 clouds of 32×24 in grey, as rich in values as photographs and without a flat ground."""
    rng = numpy_generator(0, "photos")
    fields = ndimage.gaussian_filter(rng.normal(size=(1000, 40, 32)), (0, 3, 3))[:, 4:-4, 4:-4]
    values = 128 + 300 * fields + rng.normal(size=fields.shape) * 2 + rng.normal(size=(1000, 1, 1)) * 20
    images = torch.from_numpy(np.clip(np.rint(values), 0, 255).astype(np.uint8)[:, None])
    return ImageSet("photos", images, None, (), card=None)


@pytest.fixture(scope="session")
def encoded() -> Callable[..., Tensor]:
    """Pictures written as files of a kind and read again."""

    def through(images: Tensor, kind: str, **options: Any) -> Tensor:
        return torch.from_numpy(np.stack([_encoded(image[0], kind, options) for image in images.numpy()])[:, None])

    return through


def _encoded(image: Any, kind: str, options: dict[str, Any]) -> Any:
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, kind, **options)
    return np.asarray(Image.open(buffer))


@pytest.fixture(scope="session")
def noisy() -> Callable[[Tensor, int], Tensor]:
    """Pictures with each value up to `most` off."""

    def add(images: Tensor, most: int) -> Tensor:
        noise = numpy_generator(0, "noise").integers(-most, most + 1, images.shape)
        return (images.int() + torch.from_numpy(noise)).clamp(0, 255).to(torch.uint8)

    return add
