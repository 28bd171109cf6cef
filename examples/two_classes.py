"""Train residual networks with a gradient penalty on a folder with two classes: two_classes.py FOLDER."""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import ganarium

STEPS, LATENT, WIDTH = 10_000, 64, 32


class Block(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.skip = nn.Conv2d(before, after, 1)
        self.first, self.second = nn.Conv2d(before, after, 3, padding=1), nn.Conv2d(after, after, 3, padding=1)

    def forward(self, maps):
        return self.skip(maps) + 0.1 * self.second(F.leaky_relu(self.first(F.leaky_relu(maps, 0.2)), 0.2))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.of_label, self.start = nn.Embedding(2, LATENT), nn.Linear(LATENT, 8 * WIDTH * 4 * 4)
        self.blocks = nn.ModuleList([Block(8 * WIDTH >> i, 8 * WIDTH >> (i + 1)) for i in range(4)])
        self.last = nn.Conv2d(WIDTH // 2, 3, 3, padding=1)

    def forward(self, latents, label):
        maps = self.start(latents + self.of_label(label)).unflatten(1, (-1, 4, 4))
        for block in self.blocks:
            maps = block(F.interpolate(maps, scale_factor=2.0))
        return torch.tanh(self.last(F.leaky_relu(maps, 0.2)))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.logits = nn.Conv2d(3, WIDTH // 2, 3, padding=1), nn.Linear(8 * WIDTH * 4 * 4, 2)
        self.blocks = nn.ModuleList([Block(WIDTH // 2 << i, WIDTH // 2 << (i + 1)) for i in range(4)])

    def forward(self, images, label):
        maps = self.first(images)
        for block in self.blocks:
            maps = F.avg_pool2d(block(maps), 2)
        return self.logits(F.leaky_relu(maps, 0.2).flatten(1)).gather(1, label[:, None])


class GradientPenalty(ganarium.Remedy):
    def discriminator_term(self, duel):
        (gradient,) = torch.autograd.grad(duel.real_logits.sum(), duel.real, create_graph=True)
        return 0.5 * gradient.square().flatten(1).sum(1)


networks = {"generator": Generator(), "discriminator": Discriminator(), "game": {"conditional": True}}
given = {"data": {"folder": sys.argv[1], "size": 64}, "remedies": {"penalty": GradientPenalty(), "ema": True}}
print(ganarium.study("dcgan", seeds=3, steps=STEPS, n=1000, **networks, **given))
