"""Networks that process each channel of an image as an image of its own, with the same weights."""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import ImageDiscriminatorConfig, LatentConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Draw, normal
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Generator, Subject
from ganarium.networks.heads import Head, projects
from ganarium.networks.init import Drawing

FEATURES = 64  # of each channel, for the layer that combines channels
SLOPE = 0.2  # slope of the leaky ReLU for negative inputs


@final
class ChannelLatents(nn.Module):
    """A linear function of the latent for each channel, whose values initially have the variance of the latent."""

    title = "one latent for each channel"

    def __init__(self, latent: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels * latent, latent))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters with standard deviation 1/√fan-in."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) / sqrt(self.weight.shape[1]))

    def forward(self, latents: Tensor) -> Tensor:
        """Map [n, latent] to [n·c, latent]."""
        return F.linear(latents, self.weight).reshape(-1, self.weight.shape[1])


@final
class SharedChannelsGenerator(Generator):
    """A generator that computes a latent for each channel, and generates every channel with the same network.

    With per-pixel noise, the noise planes of the first channel follow the numbers that `settings.latent` counts, then
    those of the second.
    """

    def __init__(self, inner: Callable[[Subject], Generator], settings: LatentConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        self.channels = _channels(subject, "generator")
        self.inner = inner(replace(subject, shape=(1, *subject.shape[1:])))
        self.of_channels = ChannelLatents(settings.latent, self.channels)
        self.numbers, self.planes = settings.latent, self.inner.latent - settings.latent
        self.latent = self.numbers + self.channels * self.planes
        self.crosses_samples, self.steady, self.init = self.inner.crosses_samples, self.inner.steady, self.inner.init

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws of the network for n samples."""
        return self.inner.draws(n * self.channels)

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one image for each latent."""
        numbers, noise = torch.split(latents, [self.numbers, self.channels * self.planes], 1)
        planes = noise.reshape(len(latents) * self.channels, self.planes)
        given = torch.cat([self.of_channels(numbers), planes], 1)
        pictures: Tensor = self.inner(given, _repeated(label, self.channels), draws)
        return pictures.reshape(-1, *self.subject.shape)


@final
class SharedChannelsDiscriminator(Discriminator):
    """A discriminator that computes features of every channel with the same network, and combines them.

    The layer that combines the features lets a logit depend on combinations of channels. Labels are used by the last
    layer if they are projected, and by the network of one channel otherwise.
    """

    def __init__(
        self,
        inner: Callable[[ImageDiscriminatorConfig, Subject], Discriminator],
        settings: ImageDiscriminatorConfig,
        subject: Subject,
    ) -> None:
        super().__init__(subject)
        self.channels = _channels(subject, "discriminator")
        self.labelled = bool(subject.classes) and not projects(settings, subject)
        of_channel = Subject((1, *subject.shape[1:]), subject.classes if self.labelled else 0, FEATURES)
        self.inner = inner(settings.model_copy(update={"batch_features": "none"}), of_channel)
        self.combine = nn.Linear(self.channels * FEATURES, self.channels * FEATURES)
        self.out = Head(self.channels * FEATURES, settings, subject)
        self.crosses_samples = self.inner.crosses_samples or self.out.crosses_samples
        self.steady, self.init = self.inner.steady, self.inner.init

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws of the network for n samples."""
        return self.inner.draws(n * self.channels)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Return the combined features of all channels, [n, d]."""
        given = _repeated(label, self.channels) if self.labelled else None
        features = self.inner(pictures.flatten(0, 1)[:, None], given, draws)
        joined = F.leaky_relu(features.reshape(-1, self.combine.in_features), SLOPE)
        return F.leaky_relu(self.combine(joined), SLOPE)

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Map features [n, d] to raw logits."""
        answers: Tensor = self.out(features, label)
        return answers


def _channels(subject: Subject, player: str) -> int:
    if len(subject.shape) != 3:
        raise SettingsError(f"{player}.shared_channels supports images only: remove it for points")
    return subject.shape[0]


def _repeated(label: Tensor | None, channels: int) -> Tensor | None:
    """Return the label of each image once for each channel."""
    return None if label is None else label.repeat_interleave(channels, 0)
