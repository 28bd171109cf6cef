"""Train two networks of your own on labelled digits, sample each class and score the samples.

python examples/own_networks.py
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ganarium

STEPS, LATENT, CLASSES = 2000, 64, 10


class Generator(nn.Module):
    """Generator: latents [n, 64] and labels [n] to images [n, 1, 28, 28] in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.of_label = nn.Embedding(CLASSES, LATENT)
        self.start = nn.Linear(LATENT, 64 * 7 * 7)
        self.convolutions = nn.ModuleList([nn.Conv2d(64, 32, 3, padding=1), nn.Conv2d(32, 16, 3, padding=1)])
        self.last = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, latents: Tensor, label: Tensor) -> Tensor:
        maps = self.start(latents + self.of_label(label)).reshape(-1, 64, 7, 7)
        for convolution in self.convolutions:
            maps = F.leaky_relu(convolution(F.interpolate(maps, scale_factor=2.0)), 0.2)
        return torch.tanh(self.last(maps))


class Discriminator(nn.Module):
    """Projection discriminator (Miyato and Koyama 2018): images [n, 1, 28, 28] and labels [n] to logits [n]."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, 128),
            nn.LeakyReLU(0.2),
        )
        self.logit = nn.Linear(128, 1)
        self.of_label = nn.Embedding(CLASSES, 128)

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        features = self.features(images)
        return self.logit(features).squeeze(1) + (features * self.of_label(label)).sum(1)


if __name__ == "__main__":
    run = ganarium.train(
        "digits",
        generator=Generator(),
        discriminator=Discriminator(),
        remedies={"r1": {"gamma": 0.1}, "ema": True},
        steps=STEPS,
        out="runs/own-networks",
    )
    images = ganarium.load(run).sample(10, labels=list(range(CLASSES)))  # one image per class
    print(images.shape)
    for score in ganarium.evaluate(run):
        print(score)
