"""A duel: one discriminator applied to a batch of real samples and a batch of generated samples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from torch import Tensor

from ganarium.networks.base import Discriminator, at_least_fp32
from ganarium.training.random_draws import Randomness
from ganarium.training.remedies.base import Remedy

View = Literal["real", "fake", "known"]
LogitsOf = Callable[[Tensor, Tensor | None], Tensor]


def as_logits(answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG001
    """Return the raw outputs unchanged, for discriminators whose outputs are logits."""
    return answers


@dataclass(frozen=True)
class DiscriminatorOutput:
    """Discriminator output for one batch: features [n, d], raw outputs, and logits [n] or [n, patches]."""

    features: Tensor
    answers: Tensor
    logits: Tensor


@dataclass(eq=False)
class Duel:
    """One discriminator with a batch of real images, a batch of generated images, and their shared labels.

    `logits_of` computes the logits from (raw outputs, label); `regenerate` generates from other latents, in games with
    latents. Both batches require gradients, so that penalties can differentiate with respect to them; without
    penalties, this has no cost.
    """

    discriminator: Discriminator
    remedies: Mapping[str, Remedy]
    randomness: Randomness
    real: Tensor
    fake: Tensor
    label: Tensor | None
    latents: Tensor
    logits_of: LogitsOf = as_logits
    regenerate: Callable[[Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        for pictures in (self.real, self.fake):
            if not pictures.requires_grad:
                pictures.requires_grad_()

    def output(self, pictures: Tensor, side: View = "fake") -> DiscriminatorOutput:
        """Apply the discriminator to any images, using the duel's labels and the random numbers of `side`."""
        seen = pictures if pictures.requires_grad else pictures.detach().requires_grad_()
        seen = seen.view_as(seen)  # a new tensor: the weights may depend on earlier calls with the same images
        for name, remedy in self.remedies.items():
            seen = remedy.augment(seen, self.randomness(name, side, remedy.draws(len(seen), tuple(seen.shape[1:]))))
        masks = self.randomness("discriminator", side, self.discriminator.draws(len(seen)))
        features = self.discriminator.features(seen, self.label, masks)
        answers = at_least_fp32(self.discriminator.head(features, self.label))
        logits = self.logits_of(answers, self.label)
        for remedy in self.remedies.values():
            logits = remedy.logits(logits, seen)
        return DiscriminatorOutput(at_least_fp32(features), answers, logits)

    def discriminate(self, pictures: Tensor, side: View = "fake") -> Tensor:
        """Return the logits of any images, using the duel's labels and the random numbers of `side`."""
        return self.output(pictures, side).logits

    @cached_property
    def real_output(self) -> DiscriminatorOutput:
        """Return the discriminator's output for the real images."""
        return self.output(self.real, "real")

    @cached_property
    def fake_output(self) -> DiscriminatorOutput:
        """Return the discriminator's output for the generated images."""
        return self.output(self.fake, "fake")

    @property
    def real_logits(self) -> Tensor:
        """Return the logits of the real images, [n] or [n, patches]."""
        return self.real_output.logits

    @property
    def fake_logits(self) -> Tensor:
        """Return the logits of the generated images, [n] or [n, patches]."""
        return self.fake_output.logits


Duels = Sequence[Duel]
