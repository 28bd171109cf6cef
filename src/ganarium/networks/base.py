"""Abstract base classes of generators, translators and discriminators."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Self

import torch
from torch import Tensor, nn

from ganarium.config.layers import Init, LatentConfig, Output
from ganarium.core.random_streams import Draw, normal, uniform
from ganarium.networks.init import Drawing, initialize

Draws = Mapping[str, Tensor]
NO_DRAWS: Draws = MappingProxyType({})
OUTPUT_RANGES: Mapping[Output, tuple[float, float]] = {
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "linear": (-1, 1),
    "binary": (-1, 1),
}


@dataclass(frozen=True)
class Subject:
    """Shape of the data, and numbers of classes and outputs, for which a network is built.

    shape: of one image (C, H, W) or point (d,)
    classes: number of classes of the labels that the network receives; 0 without labels
    outputs: number of outputs of a discriminator for each sample
    """

    shape: tuple[int, ...]
    classes: int = 0
    outputs: int = 1

    @property
    def values(self) -> int:
        """Return the number of values in one image or point."""
        return prod(self.shape)


class Network(nn.Module, ABC):
    """The base class of all generators, translators and discriminators.

    crosses_samples: whether some layer depends on more than one sample of a batch in training
    steady: whether the network performs the same tensor operations at every step, so that a step can be recorded
    init: initialization scheme of the layers without a scheme of their own
    """

    crosses_samples = False
    steady = True
    init: Init = "he"

    def draws(self, n: int) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws for n training samples, other than latents; none by default."""
        return {}

    def allocate(self, device: torch.device) -> Self:
        """Allocate a network that was built on the meta device; unlike `to_empty`, this does not import sympy."""

        def empty(tensor: Tensor) -> Tensor:
            return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=device)

        self._apply(empty)  # type: ignore[no-untyped-call]
        return self

    def initialize_weights(self, drawn: Drawing) -> None:
        """Fill every parameter and buffer in place; `drawn(name, draw)` supplies the random numbers."""
        initialize(self, self.init, drawn)


class Generator(Network):
    """The base class of generators.

    Maps latents [n, latent] and labels to images [n, C, H, W] or points [n, d] in `output_range`.

    latent: dimension of the latent, including noise planes in the families with per-pixel noise
    """

    def __init__(self, settings: LatentConfig, subject: Subject) -> None:
        super().__init__()
        self.subject = subject
        self.latent = settings.latent
        self.noise = settings.noise
        self.output_range = OUTPUT_RANGES[settings.output]

    def latents(self, *n: int) -> Draw:
        """Return the random draw of n latents."""
        distribution = normal if self.noise == "normal" else _symmetric
        return distribution(*n, self.latent)

    @abstractmethod
    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one image or point for each latent."""


class Translator(Network):
    """The base class of translators, which map images [n, C, H, W] of one domain to another, within `output_range`."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self.output_range = OUTPUT_RANGES[output]

    @abstractmethod
    def forward(self, pictures: Tensor, draws: Draws = NO_DRAWS) -> Tensor:
        """Translate each image."""


class Discriminator(Network):
    """The base class of discriminators, which map images and labels to features, and features to logits.

    Logits are raw outputs [n], or [n, outputs] if `subject.outputs` is greater than 1, or [n, patches] for a patch
    discriminator.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject

    @abstractmethod
    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Return the last hidden layer, [n, d]."""

    @abstractmethod
    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Map features [n, d] to raw logits."""

    def forward(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Return the raw logits of each image."""
        return self.head(self.features(pictures, label, draws), label)


def _symmetric(*shape: int) -> Draw:
    return uniform(*shape, low=-1.0, high=1.0)


def at_least_fp32(x: Tensor) -> Tensor:
    """Convert a network output, which may be bf16, to at least fp32."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def append_label(x_nd: Tensor, label: Tensor | None, classes: int) -> Tensor:
    """Append the label to each row: class numbers int64 [n] as one-hot, mixtures float [n, K] unchanged."""
    return torch.cat([x_nd, mixture(label, classes, x_nd)], 1) if classes else x_nd


def mixture(label: Tensor | None, classes: int, like: Tensor) -> Tensor:
    """Return labels as floats [n, K]: class numbers int64 [n] as one-hot, mixtures float [n, K] unchanged."""
    assert label is not None, "a class-conditional network needs labels"
    numbers = torch.arange(classes, device=label.device)
    return (label if label.is_floating_point() else label[:, None] == numbers).to(like.dtype)
