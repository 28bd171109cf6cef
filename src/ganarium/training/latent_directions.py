"""Latent directions along which a generator's samples change most, without labels or training.

If the generator's first layer is linear in the latent, as in all built-in families, the directions are the eigenvectors
of WᵀW with the largest eigenvalues, where W are the weights of that layer (Shen & Zhou 2021, Closed-form factorization
of latent semantics in GANs, arXiv 2007.06600, eq. 5). Otherwise, they are the eigenvectors of the mean of JᵀJ over
random latents, where J is the Jacobian of the generator, computed from differences.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganarium.networks.base import Generator
from ganarium.networks.residual import Basis
from ganarium.training.sampler import Sampler

LINEAR = (nn.Linear, nn.ConvTranspose2d, Basis)
MOST = 10  # number of directions
PROBES = 2  # latents that the search for the first layer compares
MOST_DIMENSIONS = 512  # latent dimensions that are searched if the first layer is not linear; the rest is left out
GENERATED = 2_048  # approximate number of samples from which Jacobians are computed
HALF_STEP = 0.25  # of the differences, in the unit of the latent: large enough for a visible change


@dataclass(frozen=True)
class Directions:
    """Orthonormal directions [k, latent], the strongest first, and how they were found.

    strengths: square roots of their eigenvalues, [k]
    deviation: standard deviation of the latents along any direction
    """

    directions: Tensor
    strengths: Tensor
    from_first_layer: bool
    deviation: float

    def moved(self, latent: Tensor, offsets: list[float]) -> Tensor:
        """Return a latent [latent] moved along the directions by offsets in standard deviations; missing ones are 0."""
        by = torch.zeros(len(self.directions))
        by[: len(offsets)] = torch.tensor(offsets)
        return latent + self.deviation * by @ self.directions


def strongest_directions(sampler: Sampler, most: int = MOST) -> Directions:
    """Return the latent directions along which the samples of a generator change most, at most `most`."""
    generator = sampler.generator
    deviation = 3**-0.5 if generator.noise == "uniform" else 1.0
    weight = first_layer_weight(generator, *_probes(sampler))
    if weight is not None:
        return Directions(*_padded(*principal(weight.T @ weight, most), generator.latent), True, deviation)
    change = mean_squared_change(sampler)
    return Directions(*_padded(*principal(change, most), generator.latent), False, deviation)


def principal(gram_dd: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Return the eigenvectors [k, d] with the largest eigenvalues, and the square roots of these.

    The sign of a vector is that of its largest entry, which is positive.
    """
    values, vectors = torch.linalg.eigh(gram_dd.double())
    chosen = vectors.T.flip(0)[:most]
    largest = chosen.gather(1, chosen.abs().argmax(1, keepdim=True))
    return (chosen * largest.sign()).float(), values.flip(0)[:most].clamp_min(0).sqrt().float()


@torch.no_grad()
def first_layer_weight(generator: Generator, latents: Tensor, label: Tensor | None) -> Tensor | None:
    """Return the weights [outputs, d] of the layer that receives the latent, or its first d numbers, unchanged.

    latents, label: two latents [2, latent], with the same label

    None if no linear layer does, as with Fourier features.
    """
    found: list[Tensor] = []

    def look(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if not found and inputs and (shared := _shared_numbers(inputs[0], latents)):
            found.append(_weight(layer)[:, :shared].detach().cpu())

    layers = [layer for layer in generator.modules() if isinstance(layer, LINEAR)]
    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        generator(latents, label)
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None


def _weight(layer: nn.Module) -> Tensor:
    """Return the weights of a linear layer, [outputs, inputs]."""
    if isinstance(layer, Basis):
        norms: Tensor = layer.map.flatten(1).norm(dim=1, keepdim=True)
        return layer.scale * norms
    assert isinstance(layer, nn.Linear | nn.ConvTranspose2d)
    weight = layer.weight.flatten(1)
    return weight.T if isinstance(layer, nn.ConvTranspose2d) else weight


def _shared_numbers(values: Tensor, latents: Tensor) -> int:
    """Return the number of leading numbers in each row of a layer's input that are those of the latents.

    0 if other numbers of the input differ between the rows, since they then also depend on the latents.
    """
    rows = values.reshape(len(values), -1) if len(values) >= len(latents) else values.new_empty(0, 0)
    rows = rows[len(rows) - len(latents) :]  # the samples of a reference batch come first
    if not rows.numel() or (values.dim() == 4 and values.shape[2:] != (1, 1)):
        return 0
    n = min(rows.shape[1], latents.shape[1])
    same = (rows[:, :n].to(latents) == latents[:, :n]).all(0)
    shared = int(same.long().cumprod(0).sum())
    return 0 if (rows[0, shared:] != rows[-1, shared:]).any() else shared


def _probes(sampler: Sampler) -> tuple[Tensor, Tensor | None]:
    generator = sampler.generator
    device = next(generator.parameters()).device
    label = sampler.labels(1)
    return sampler.latents(PROBES).to(device), None if label is None else label.expand(PROBES).to(device)


def mean_squared_change(sampler: Sampler) -> Tensor:
    """Return the mean of JᵀJ over random latents, [d, d], for at most the first `MOST_DIMENSIONS` dimensions.

    J is computed from central differences of the samples; a linear generator has the same J everywhere.
    """
    size = sampler.generator.latent
    d = min(size, MOST_DIMENSIONS)
    total, n = torch.zeros(d, d, dtype=torch.float64), max(1, GENERATED // (2 * d))
    labels, steps = sampler.labels(n), HALF_STEP * torch.eye(d, size)
    for i, latent in enumerate(sampler.latents(n)):
        around = torch.cat([latent + steps, latent - steps])
        label = None if labels is None else labels[i].expand(len(around))
        after, before = sampler.generate(around, label).flatten(1).double().chunk(2)
        jacobian_d = (after - before) / (2 * HALF_STEP)
        total += jacobian_d @ jacobian_d.T
    return total / n


def _padded(directions: Tensor, strengths: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Extend directions by zeros to the whole latent."""
    return torch.nn.functional.pad(directions, (0, size - directions.shape[1])), strengths
