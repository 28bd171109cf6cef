"""What every generator and discriminator declares about itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

import torch
from torch import Tensor, nn

from ganarium.config.layers import Init, LatentConfig, Output
from ganarium.core.random_streams import Draw, normal, uniform

Draws = Mapping[str, Tensor]
NO_DRAWS: Draws = MappingProxyType({})
OUTPUT_RANGES: Mapping[Output, tuple[float, float]] = {"sigmoid": (0, 1), "tanh": (-1, 1), "linear": (-1, 1)}


@dataclass(frozen=True)
class Subject:
    """What a network is about.

    shape: of one picture (C, H, W) or point (d,)
    classes: how many labels it is told; 0 for none
    outputs: how many numbers a discriminator answers with
    """

    shape: tuple[int, ...]
    classes: int = 0
    outputs: int = 1

    @property
    def values(self) -> int:
        """Numbers in one picture or point."""
        return prod(self.shape)


class Network(nn.Module, ABC):
    """A player's network.

    crosses_samples: whether some layer looks at more than one sample of a batch in training
    init: the law of the first weights of layers that have none of their own
    """

    crosses_samples = False
    init: Init = "he"

    def draws(self, n: int) -> dict[str, Draw]:  # noqa: ARG002
        """What n samples need of randomness in training besides the latents; none unless overridden."""
        return {}


class Generator(Network):
    """Latents [n, latent] and labels -> pictures [n, C, H, W] or points [n, d] in `output_range`.

    latent: numbers in one latent, planes of noise among them where the family adds them pixel by pixel
    """

    def __init__(self, settings: LatentConfig, subject: Subject) -> None:
        super().__init__()
        self.subject = subject
        self.latent = settings.latent
        self.noise = settings.noise
        self.output_range = OUTPUT_RANGES[settings.output]

    def latents(self, *n: int) -> Draw:
        """The draw of n latents."""
        law = normal if self.noise == "normal" else _symmetric
        return law(*n, self.latent)

    @abstractmethod
    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one picture or point for each latent."""


class Translator(Network):
    """Pictures [n, C, H, W] of one domain -> pictures of the same shape in another, both in `output_range`."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self.output_range = OUTPUT_RANGES[output]

    @abstractmethod
    def forward(self, pictures: Tensor, draws: Draws = NO_DRAWS) -> Tensor:
        """Translate each picture."""


class Discriminator(Network):
    """Pictures and labels -> answers, by way of features.

    Answers are raw logits [n], or [n, outputs] where `subject.outputs` asks for more than one number, or
    [n, patches] of a network that judges patches.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject

    @abstractmethod
    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """The last hidden layer, [n, d]."""

    @abstractmethod
    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Features [n, d] -> answers."""

    def forward(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Judge each picture."""
        return self.head(self.features(pictures, label, draws), label)


def _symmetric(*shape: int) -> Draw:
    return uniform(*shape, low=-1.0, high=1.0)


def full(x: Tensor) -> Tensor:
    """In fp32 at least: what leaves a network that may have computed in bf16."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def told(x_nd: Tensor, label: Tensor | None, classes: int) -> Tensor:
    """Append the label to each row: class numbers int64 [n] as one-hot, or mixtures float [n, K] as given."""
    return torch.cat([x_nd, mixture(label, classes, x_nd)], 1) if classes else x_nd


def mixture(label: Tensor | None, classes: int, like: Tensor) -> Tensor:
    """Labels as floats [n, K]: class numbers int64 [n] as one-hot, or mixtures float [n, K] as given."""
    assert label is not None, "a network that is told labels must be given them"
    numbers = torch.arange(classes, device=label.device)
    return (label if label.is_floating_point() else label[:, None] == numbers).to(like.dtype)
