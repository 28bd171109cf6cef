"""Your own generator, discriminator, loss and remedy, as a plug-in.

    ganarium --plugin examples/own_parts.py train digits generator=small discriminator=small objective=squared-hinge \
        remedies.drift.weight=0.001 train.steps=2000

The parameters of a class or function that do not describe the data are its settings: `generator.width=32`.
"""

from math import prod

from torch import Tensor, nn

import ganarium


@ganarium.register.generator("small")
class SmallGenerator(nn.Module):
    """Two dense layers; the label selects a vector that is added to the latent."""

    def __init__(self, latent: int, shape: tuple[int, ...], classes: int, width: int = 256) -> None:
        super().__init__()
        self.shape = shape
        self.of_label = nn.Embedding(classes, latent) if classes else None
        self.layers = nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, prod(shape)), nn.Tanh())

    def forward(self, latents: Tensor, label: Tensor | None = None) -> Tensor:
        if self.of_label is not None:
            latents = latents + self.of_label(label)
        return self.layers(latents).reshape(len(latents), *self.shape)


@ganarium.register.discriminator("small")
class SmallDiscriminator(nn.Module):
    """Two dense layers with dropout; the label selects a vector that is added to the hidden layer."""

    def __init__(self, shape: tuple[int, ...], classes: int, width: int = 256, dropout: float = 0.3) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(prod(shape), width), nn.LeakyReLU(0.2))
        self.of_label = nn.Embedding(classes, width) if classes else None
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 1))

    def forward(self, images: Tensor, label: Tensor | None = None) -> Tensor:
        hidden = self.hidden(images)
        if self.of_label is not None:
            hidden = hidden + self.of_label(label)
        return self.out(hidden).squeeze(1)


@ganarium.register.objective("squared-hinge", signed_logits=True)
def squared_hinge(margin: float = 1.0):
    """Squared distance of each logit to its side of the margin."""

    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return (margin - real_logits).relu() ** 2 + (margin + fake_logits).relu() ** 2

    def generator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return -fake_logits

    return discriminator_loss, generator_loss


@ganarium.register.remedy("drift", neutral={"weight": 0.0})
class Drift(ganarium.Remedy):
    """Keep the logits of real images close to 0, as in the progressive GAN (Karras et al. 2018, appendix A.1)."""

    def __init__(self, weight: float = 0.001) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return self.weight * duel.real_logits**2
