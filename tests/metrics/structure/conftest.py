"""Fresh pictures, noise and garbage, and how the laws that all readers keep are checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from ganarium.core.settings.data import Mnist
from ganarium.data.mnist import load
from ganarium.metrics.structure.reading import Reading

SIGMA = 8  # grey levels of noise
BATCH = 500

Truth = dict[str, Any]
Fault = Callable[[np.random.Generator, int], np.ndarray]


def mnist_digits(n: int, size: int) -> np.ndarray:
    """Handwritten digits [n, 1, size, size] in the middle of an empty picture, or cut to its size."""
    digits = load(Mnist()).images[:n].numpy()
    room = max(size - 28, 0)
    framed = np.pad(digits, ((0, 0), (0, 0), (room // 2, room - room // 2), (room // 2, room - room // 2)))
    cut = (framed.shape[-1] - size) // 2
    return framed[..., cut : cut + size, cut : cut + size]


def garbage(n: int, size: int, channels: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(99)
    shape = (n, channels, size, size)
    flat = np.ones(shape, np.uint8)
    return {
        "white noise": rng.integers(256, size=shape, dtype=np.uint8),
        "black and white noise": (rng.integers(2, size=shape) * 255).astype(np.uint8),
        "a few specks": ((rng.random(shape) < 0.01) * 255).astype(np.uint8),
        "grey": flat * np.linspace(70, 180, n, dtype=np.uint8)[:, None, None, None],
        "white": flat * 255,
        "digits": np.repeat(mnist_digits(n, size), channels, axis=1),
    }


@dataclass(frozen=True)
class Bench:
    """One reader with the set that it reads."""

    paint: Callable[..., tuple[np.ndarray, Truth]]
    read: Callable[[np.ndarray], Reading]
    size: int
    channels: int = 1

    def draw(self, n: int, seed: int, size: int | None = None) -> tuple[np.ndarray, Truth]:
        """Fresh pictures [n, C, size, size] of evenly many labels, and their truth."""
        size = size or self.size
        images, truth = self.paint(np.random.default_rng(seed), size, np.arange(n) % 10)
        return images.reshape(n, self.channels, size, size), truth

    def noisy(self, images: np.ndarray, kind: str, seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, 1])
        noise = rng.normal(0, SIGMA, images.shape) if kind == "normal" else rng.uniform(-SIGMA, SIGMA, images.shape)
        return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def together(parts: list[Reading]) -> Reading:
    names = parts[0].values
    return Reading(
        np.concatenate([part.valid for part in parts]),
        np.concatenate([part.fault for part in parts]),
        {name: np.concatenate([part.values[name] for part in parts]) for name in names},
    )


@pytest.fixture(scope="session")
def bench() -> type[Bench]:
    return Bench


@pytest.fixture(scope="session")
def rubbish() -> Callable[[int, int, int], dict[str, np.ndarray]]:
    return garbage
