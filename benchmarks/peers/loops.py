"""Training loops in the style of tutorials: data loader, eager float32, default Adam, losses read at every step."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

Losses = tuple[float, float]  # discriminator, generator


@dataclass(frozen=True, eq=False)
class Setting:
    """Arguments of a training loop.

    average: a copy of the generator, for loops that average its weights
    images: float [n, C, H, W] in the generator's output range
    classes: number of classes of a class-conditional generator, else 0
    latent: size of the latents, which are `uniform` on [−1, 1) or normal
    gammas, decay, horizon: weights of the penalties, decay of the average, length of the schedule, where used
    """

    generator: nn.Sequential
    discriminator: nn.Sequential
    average: nn.Sequential
    images: Tensor
    labels: Tensor | None
    classes: int
    batch: int
    latent: int
    uniform: bool
    lr: float
    betas: tuple[float, float]
    device: torch.device
    gammas: tuple[float, float] = (0.0, 0.0)
    decay: float = 0.0
    horizon: int = 1

    def batches(self) -> Iterator[list[Tensor]]:
        """Yield batches of shuffled data on the device, epoch after epoch."""
        columns = [self.images] if self.labels is None else [self.images, self.labels]
        loader = DataLoader(TensorDataset(*columns), batch_size=self.batch, shuffle=True, drop_last=True)
        while True:
            for row in loader:
                yield [column.to(self.device) for column in row]

    def noise(self) -> Tensor:
        """Return random latents for one batch."""
        if self.uniform:
            return torch.rand(self.batch, self.latent, device=self.device) * 2 - 1
        return torch.randn(self.batch, self.latent, device=self.device)

    def optimizers(self) -> tuple[torch.optim.Adam, torch.optim.Adam]:
        """Return the optimizers of the discriminator and the generator."""
        discriminator = torch.optim.Adam(self.discriminator.parameters(), lr=self.lr, betas=self.betas)
        return discriminator, torch.optim.Adam(self.generator.parameters(), lr=self.lr, betas=self.betas)


def adversarial(setting: Setting) -> Iterator[Losses]:
    """Train with sigmoid and BCE; the generator's step reuses the discriminator's images, as in the DCGAN tutorial."""
    generator, discriminator = setting.generator, nn.Sequential(setting.discriminator, nn.Sigmoid())
    of_discriminator, of_generator = setting.optimizers()
    criterion = nn.BCELoss()
    ones = torch.ones(setting.batch, 1, device=setting.device)
    zeros = torch.zeros_like(ones)
    for (real,) in setting.batches():
        of_discriminator.zero_grad()
        loss_real = criterion(discriminator(real), ones)
        loss_real.backward()
        fake = generator(setting.noise())
        loss_fake = criterion(discriminator(fake.detach()), zeros)
        loss_fake.backward()
        of_discriminator.step()
        of_generator.zero_grad()
        loss = criterion(discriminator(fake), ones)
        loss.backward()
        of_generator.step()
        yield (loss_real + loss_fake).item(), loss.item()


def classes(setting: Setting) -> Iterator[Losses]:
    """Train with cross-entropy over the data's classes and a class "generated"; the generator is conditional."""
    generator, discriminator = setting.generator, setting.discriminator
    of_discriminator, of_generator = setting.optimizers()
    criterion = nn.CrossEntropyLoss()
    for real, digit in setting.batches():
        of_discriminator.zero_grad()
        fake = generator(torch.cat([setting.noise(), F.one_hot(digit, setting.classes)], 1))
        generated = torch.full_like(digit, setting.classes)
        loss_discriminator = criterion(discriminator(real), digit) + criterion(discriminator(fake.detach()), generated)
        loss_discriminator.backward()
        of_discriminator.step()
        of_generator.zero_grad()
        loss = criterion(discriminator(fake), digit)
        loss.backward()
        of_generator.step()
        yield loss_discriminator.item(), loss.item()


def slope(logits: Tensor, pictures: Tensor) -> Tensor:
    """Return the mean squared gradient norm with respect to the images, as a differentiable tensor."""
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def relativistic(setting: Setting) -> Iterator[Losses]:
    """Train with the relativistic loss, R1 and R2 at every step, a cosine schedule and weight averaging (R3GAN)."""
    generator, discriminator = setting.generator, setting.discriminator
    optimizers = of_discriminator, of_generator = setting.optimizers()
    schedules = [CosineAnnealingLR(optimizer, setting.horizon, setting.lr / 4) for optimizer in optimizers]
    softplus = nn.Softplus()
    for (real,) in setting.batches():
        fake = generator(setting.noise()).detach()
        real.requires_grad_()
        fake.requires_grad_()
        of_discriminator.zero_grad()
        on_real, on_fake = discriminator(real), discriminator(fake)
        penalty = setting.gammas[0] / 2 * slope(on_real, real) + setting.gammas[1] / 2 * slope(on_fake, fake)
        loss_discriminator = softplus(on_fake - on_real).mean() + penalty
        loss_discriminator.backward()
        of_discriminator.step()
        of_generator.zero_grad()
        loss = softplus(discriminator(real.detach()) - discriminator(generator(setting.noise()))).mean()
        loss.backward()
        of_generator.step()
        average(setting)
        for schedule in schedules:
            schedule.step()
        yield loss_discriminator.item(), loss.item()


def penalized(setting: Setting) -> Iterator[Losses]:
    """Train class-conditional players with BCE on logits, R1 at every step, a cosine schedule and weight averaging."""
    generator, discriminator = setting.generator, setting.discriminator
    optimizers = of_discriminator, of_generator = setting.optimizers()
    schedules = [CosineAnnealingLR(optimizer, setting.horizon) for optimizer in optimizers]
    criterion = nn.BCEWithLogitsLoss()
    ones = torch.ones(setting.batch, 1, device=setting.device)
    zeros = torch.zeros_like(ones)
    for real, label in setting.batches():
        real.requires_grad_()
        kind = F.one_hot(label, setting.classes).float()
        fake = generator(torch.cat([setting.noise(), kind], 1))
        of_discriminator.zero_grad()
        on_real = discriminator(torch.cat([real.flatten(1), kind], 1))
        on_fake = discriminator(torch.cat([fake.detach().flatten(1), kind], 1))
        loss_discriminator = criterion(on_real, ones) + criterion(on_fake, zeros)
        loss_discriminator = loss_discriminator + setting.gammas[0] / 2 * slope(on_real, real)
        loss_discriminator.backward()
        of_discriminator.step()
        of_generator.zero_grad()
        loss = criterion(discriminator(torch.cat([fake.flatten(1), kind], 1)), ones)
        loss.backward()
        of_generator.step()
        average(setting)
        for schedule in schedules:
            schedule.step()
        yield loss_discriminator.item(), loss.item()


@torch.no_grad()
def average(setting: Setting) -> None:
    """Update the moving average of the generator's weights."""
    for kept, live in zip(setting.average.parameters(), setting.generator.parameters(), strict=True):
        kept.mul_(setting.decay).add_(live, alpha=1 - setting.decay)
