"""Train residual networks with a gradient penalty on a folder with two classes: two_classes.py FOLDER."""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import ganarium

STEPS, LATENT, WIDTH = 4_000, 64, 16


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
        blocks = [part for i in (2, 1, 0) for part in (Block(WIDTH << i + 1, WIDTH << i), nn.Upsample(scale_factor=2))]
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.ConvTranspose2d(WIDTH, 3, 4, stride=2, padding=1)

    def forward(self, latents, label):
        maps = self.blocks(self.start(latents + self.of_label(label)).unflatten(1, (-1, 4, 4)))
        return torch.tanh(self.last(F.leaky_relu(maps, 0.2)))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.logits = nn.Conv2d(3, WIDTH, 4, stride=2, padding=1), nn.Linear(8 * WIDTH * 4 * 4, 2)
        blocks = [part for i in range(3) for part in (nn.AvgPool2d(2), Block(WIDTH << i, WIDTH << i + 1))]
        self.blocks = nn.Sequential(*blocks)

    def forward(self, images, label):
        maps = self.blocks(self.first(images))
        return self.logits(F.leaky_relu(maps, 0.2).flatten(1)).gather(1, label[:, None])


class GradientPenalty(ganarium.Remedy):
    def discriminator_term(self, duel):
        logits = (duel.real_logits + duel.fake_logits).sum()
        gradients = torch.autograd.grad(logits, (duel.real, duel.fake), create_graph=True)
        return sum(0.5 * gradient.square().flatten(1).sum(1) for gradient in gradients)


data, adam = {"folder": sys.argv[1], "size": 64, "held_out": 0.3}, {"lr": 5e-4, "beta1": 0, "beta2": 0.99}
given = {"data": data, "game": {"conditional": True}, "objective": "relativistic", "optim": adam}
given |= {"remedies": {"penalty": GradientPenalty(), "ema": True}, "train": {"steps": STEPS, "batch": 32}}
print(ganarium.study("dcgan", seeds=3, n=1000, generator=Generator(), discriminator=Discriminator(), **given))
