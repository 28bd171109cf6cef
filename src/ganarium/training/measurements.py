"""Measurements from the logits, gradients and weights of the last step of a logging interval."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganarium.metrics.rank_statistics import chance_above
from ganarium.runs.events import Histogram, Layers
from ganarium.training.engine import Engine
from ganarium.training.player import Player

BINS = 16
DIGITS = 5  # significant digits of the values logged for each layer


def gradient_norms(engine: Engine) -> dict[str, float]:
    """Return the Euclidean norm of each player's last gradient."""
    return {
        f"gradient.{side}": float(_norm(_gradients(player.parameters), of=player.parameters[0]))
        for side, player in engine.state.players.items()
    }


def logits_are_finite(engine: Engine) -> bool:
    """Return whether the discriminator's logits of the last step are all finite."""
    assert engine.last is not None
    return bool(engine.last.real.isfinite().all() and engine.last.fake.isfinite().all())


def lead(engine: Engine) -> dict[str, float]:
    """Return the fraction of (real, generated) pairs whose real image has the higher logit, in the last step."""
    assert engine.last is not None
    return {"judged.lead": chance_above(engine.last.real, engine.last.fake)}


def histogram(engine: Engine) -> Histogram:
    """Return histograms of D(x) and of D(G(z)) in the last step, as fractions in 16 equal bins on [0, 1]."""
    assert engine.last is not None
    return Histogram(engine.step, _shares(engine.last.real.sigmoid()), _shares(engine.last.fake.sigmoid()))


def layers(engine: Engine) -> Layers:
    """Return the norms of each layer's gradient and relative update in the last step; waits for the device once."""
    names, rows = [], []
    for side, player in engine.state.players.items():
        for layer, places in _layers(player).items():
            new, old = ([weights[i].detach() for i in places] for weights in (player.parameters, engine.before[side]))
            gradients = [slope for i in places if (slope := player.parameters[i].grad) is not None]
            moves = torch._foreach_sub(new, old)
            names.append(layer)
            rows.append(torch.stack([_norm(each, of=new[0]) for each in (gradients, moves, new, old)]))
    gradient, move, after, before = torch.stack(rows).cpu().T
    relative = move / torch.maximum(after, before).clamp_min(torch.finfo(torch.float32).tiny)
    return Layers(engine.step, _by_name(names, gradient), _by_name(names, relative))


def _layers(player: Player) -> dict[str, list[int]]:
    """Return the indices of each layer's weights among a player's parameters."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(player.names):
        found.setdefault(name.rpartition(".")[0], []).append(i)
    return found


def _norm(tensors: Sequence[Tensor], of: Tensor) -> Tensor:
    """Return the joint Euclidean norm of the tensors as float64; 0 if there are none."""
    if not tensors:
        return of.new_zeros((), dtype=torch.float64)
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(list(tensors), 2, torch.float64)))
    return norm


def _by_name(names: list[str], values: Tensor) -> dict[str, float]:
    return {name: float(f"{value:.{DIGITS}g}") for name, value in zip(names, values.tolist(), strict=True)}


def _shares(values: Tensor) -> list[float]:
    counts = torch.histc(values.float().cpu(), BINS, 0, 1)
    return [round(share, 6) for share in (counts / values.numel()).tolist()]


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.grad for parameter in parameters if parameter.grad is not None]
