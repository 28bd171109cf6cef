"""Dense networks, with fully connected layers of any size (S1, S2-A, S4)."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import DenseActivation, HiddenLayersConfig, Output
from ganarium.config.networks import DenseDiscriminatorConfig, DenseGeneratorConfig
from ganarium.core.random_streams import Draw, uniform
from ganarium.networks.base import (
    NO_DRAWS,
    Discriminator,
    Draws,
    Generator,
    Subject,
    append_label,
    at_least_fp32,
    mixture,
)
from ganarium.networks.fourier import FourierFeatures
from ganarium.networks.heads import Head, appended_classes
from ganarium.networks.norms import (
    REFERENCES,
    Reference,
    crosses_samples,
    has_bias,
    normalization,
    normalized,
    normed_classes,
    refuse_virtual,
)

PIECES = 5  # number of linear functions whose maximum a maxout unit returns (Goodfellow 2013, §3)

ACTIVATIONS: Mapping[DenseActivation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "maxout": lambda x: x.view(len(x), -1, PIECES).max(2).values,
}
OUTPUTS: Mapping[Output, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda x: torch.sigmoid(at_least_fp32(x)),
    "tanh": lambda x: torch.tanh(at_least_fp32(x)),
    "linear": at_least_fp32,
    "binary": lambda x: straight_through_sign(at_least_fp32(x)),
}


def straight_through_sign(x: Tensor) -> Tensor:
    """Return −1 for values below 0 and 1 for others, with the gradient of tanh (Dong & Yang 2018, §3)."""
    smooth = torch.tanh(x)
    return torch.where(x < 0, -1.0, 1.0) + (smooth - smooth.detach())


@final
class Masking(nn.Module):
    """Dropout with externally drawn random numbers, one for each value."""

    def __init__(self, settings: HiddenLayersConfig) -> None:
        super().__init__()
        self.share = settings.dropout
        self.kept_scale = 1 / (1 - settings.dropout) if settings.dropout_rescaled else 1.0

    @property
    def title(self) -> str:
        """Return the name of the layer in a layer table."""
        scaled = "" if self.kept_scale != 1 else ", not rescaled"
        return f"dropout {self.share:g}{scaled}" if self.share else ""

    def forward(self, x: Tensor, chance: Tensor | None) -> Tensor:
        """Apply dropout; without random numbers, drop nothing."""
        return x if chance is None else x * (chance >= self.share) * self.kept_scale


class HiddenLayers(nn.Module):
    """Dense layers, each followed by a normalization, an activation and, if masks are drawn, dropout."""

    def __init__(self, inputs: int, settings: HiddenLayersConfig, classes: int = 0) -> None:
        super().__init__()
        sizes = (inputs, *settings.hidden)
        pieces = PIECES if settings.activation == "maxout" else 1
        bias = has_bias(settings.biases, settings.norm, maps=False)
        self.layers = nn.ModuleList(nn.Linear(before, after * pieces, bias) for before, after in pairwise(sizes))
        self.norms = nn.ModuleList(
            normalization(settings.norm, size * pieces, maps=False, classes=classes) for size in settings.hidden
        )
        self.sizes = settings.hidden
        self.outputs = sizes[-1]
        self.activation: DenseActivation = settings.activation
        self.masked = Masking(settings)

    def draws(self, n: int) -> dict[str, Draw]:
        """Return random draws of one uniform number for each hidden unit; none without dropout."""
        return {f"mask{i}": uniform(n, size) for i, size in enumerate(self.sizes)} if self.masked.share else {}

    def forward(self, x: Tensor, draws: Draws, mixture_nk: Tensor | None = None) -> Tensor:
        """Map [n, inputs] to [n, outputs]; conditional normalizations also use the class mixtures."""
        for i, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = ACTIVATIONS[self.activation](normalized(norm, layer(x), mixture_nk))
            x = self.masked(x, draws.get(f"mask{i}"))
        return x


@final
class DenseGenerator(Generator):
    """A dense generator: latent (and one-hot label) → hidden layers → image."""

    def __init__(self, settings: DenseGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        normed = normed_classes(settings, settings.norm, subject.classes)
        self.appended = 0 if normed else subject.classes
        self.input = FourierFeatures(settings.latent, settings)
        self.hidden = HiddenLayers(self.input.outputs + self.appended, settings, normed)
        self.init = settings.init
        self.out = nn.Linear(self.hidden.outputs, subject.values, bias=settings.biases != "none")
        self.output: Output = settings.output
        self.crosses_samples = crosses_samples(self)
        self.reference = Reference(self.latents(REFERENCES)) if settings.norm == "virtual" else None

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws for the dropout masks of the reference batch, if any, and of the samples."""
        return self.hidden.draws(n if self.reference is None else REFERENCES + n)

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one image or point for each latent."""
        mixture_nk = mixture(label, self.subject.classes, latents) if self.subject.classes else None
        if self.reference is not None:
            latents, mixture_nk = self.reference.prepend(latents, mixture_nk)
        values = append_label(self.input(latents), mixture_nk, self.appended)
        hidden = self.hidden(values, draws, mixture_nk)
        if self.reference is not None:
            hidden = hidden[REFERENCES:]
        output = OUTPUTS[self.output](self.out(hidden))
        return output.view(-1, *self.subject.shape)


@final
class DenseDiscriminator(Discriminator):
    """A dense discriminator: image (and one-hot label) → hidden layers → one raw logit."""

    def __init__(self, settings: DenseDiscriminatorConfig, subject: Subject) -> None:
        super().__init__(subject)
        refuse_virtual("discriminator", settings.norm)
        self.appended = appended_classes(settings, subject)
        self.input = FourierFeatures(subject.values, settings)
        self.hidden = HiddenLayers(self.input.outputs + self.appended, settings)
        self.init = settings.init
        self.out = Head(self.hidden.outputs, settings, subject, bias=settings.biases != "none")
        self.crosses_samples = crosses_samples(self) or self.out.crosses_samples

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws for the dropout masks."""
        return self.hidden.draws(n)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Return the last hidden layer, [n, d]."""
        values = append_label(self.input(pictures.flatten(1)), label, self.appended)
        features: Tensor = self.hidden(values, draws)
        return features

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Map features [n, d] to raw logits."""
        answers: Tensor = self.out(features, label)
        return answers
