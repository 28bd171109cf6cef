"""The dense family: fully connected layers of any sizes (S1, S2-A, S4)."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.core.settings import networks as settings_of
from ganarium.core.settings.networks import Activation, Dense, Output
from ganarium.core.streams import Draw, uniform
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Generator, Subject, told

ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
}
OUTPUTS: Mapping[Output, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "linear": lambda x: x,
}


class HiddenLayers(nn.Module):
    """Dense layers with an activation and, where masks are drawn, dropout after each."""

    def __init__(self, inputs: int, settings: Dense) -> None:
        super().__init__()
        sizes = (inputs, *settings.hidden)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.outputs = sizes[-1]
        self.activation: Activation = settings.activation
        self.dropout = settings.dropout
        self.kept_scale = 1 / (1 - settings.dropout) if settings.dropout_rescaled else 1.0

    def draws(self, n: int) -> dict[str, Draw]:
        """One uniform number for each hidden unit, when there is dropout."""
        if not self.dropout:
            return {}
        return {f"mask{i}": uniform(n, layer.out_features) for i, layer in enumerate(self._linear())}

    def forward(self, x: Tensor, draws: Draws) -> Tensor:
        """[n, inputs] -> [n, outputs]; without drawn masks no unit is dropped."""
        for i, layer in enumerate(self.layers):
            x = ACTIVATIONS[self.activation](layer(x))
            if (chance := draws.get(f"mask{i}")) is not None:
                x = x * (chance >= self.dropout) * self.kept_scale
        return x

    def _linear(self) -> list[nn.Linear]:
        return [layer for layer in self.layers if isinstance(layer, nn.Linear)]


@final
class DenseGenerator(Generator):
    """Latent (and one-hot label) → hidden layers → picture."""

    def __init__(self, settings: settings_of.DenseGenerator, subject: Subject) -> None:
        super().__init__(settings, subject)
        self.hidden = HiddenLayers(settings.latent + subject.classes, settings)
        self.out = nn.Linear(self.hidden.outputs, subject.values)
        self.output: Output = settings.output

    def draws(self, n: int) -> dict[str, Draw]:
        """The masks of dropout."""
        return self.hidden.draws(n)

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one picture or point for each latent."""
        hidden = self.hidden(told(latents, label, self.subject.classes), draws)
        made = OUTPUTS[self.output](self.out(hidden))
        return made.view(-1, *self.subject.shape)


@final
class DenseDiscriminator(Discriminator):
    """Picture (and one-hot label) → hidden layers → one raw logit."""

    def __init__(self, settings: settings_of.DenseDiscriminator, subject: Subject) -> None:
        super().__init__(subject)
        self.hidden = HiddenLayers(subject.values + subject.classes, settings)
        self.out = nn.Linear(self.hidden.outputs, 1)

    def draws(self, n: int) -> dict[str, Draw]:
        """The masks of dropout."""
        return self.hidden.draws(n)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """The last hidden layer, [n, d]."""
        features: Tensor = self.hidden(told(pictures.flatten(1), label, self.subject.classes), draws)
        return features

    def head(self, features: Tensor) -> Tensor:
        """Features [n, d] -> logits [n]."""
        logits: Tensor = self.out(features)
        return logits.squeeze(1)
