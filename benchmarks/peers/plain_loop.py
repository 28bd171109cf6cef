"""The dense GAN of S2-A as tutorials write it: a data loader, a sigmoid and BCE, two passes, eager float32."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

NOISE, HIDDEN, BATCH, RATE = 100, 256, 128, 2e-4


def steps(images: Tensor) -> Iterator[None]:
    """Make one step each time something is asked for; images are float [n, 784] in [0, 1]."""
    generator = nn.Sequential(nn.Linear(NOISE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 784), nn.Sigmoid())
    discriminator = nn.Sequential(nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1), nn.Sigmoid())
    of_generator = torch.optim.Adam(generator.parameters(), RATE)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), RATE)
    criterion = nn.BCELoss()
    loader = DataLoader(TensorDataset(images), batch_size=BATCH, shuffle=True, drop_last=True)
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    while True:
        for (real,) in loader:
            fake = generator(torch.rand(BATCH, NOISE) * 2 - 1)
            of_discriminator.zero_grad()
            loss = criterion(discriminator(real), ones) + criterion(discriminator(fake.detach()), zeros)
            loss.backward()
            of_discriminator.step()
            of_generator.zero_grad()
            criterion(discriminator(fake), ones).backward()
            of_generator.step()
            yield
