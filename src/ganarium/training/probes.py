"""What is measured at the end of a span, from what the last step left behind."""

import torch
from torch import Tensor

from ganarium.training.engine import Engine

BINS = 16


def gradient_norms(engine: Engine) -> dict[str, float]:
    """Euclidean norm of each player's last gradient."""
    return {
        f"gradient.{side}": float(
            torch.linalg.vector_norm(torch.stack(torch._foreach_norm(_gradients(player.parameters))))
        )
        for side, player in engine.match.players.items()
    }


def judged_histograms(engine: Engine) -> tuple[list[float], list[float]]:
    """Shares of 16 equal bins of D(x) and of D(G(z)) on [0, 1] in the last step."""
    assert engine.last is not None
    return _shares(engine.last.real.sigmoid()), _shares(engine.last.fake.sigmoid())


def _shares(values: Tensor) -> list[float]:
    counts = torch.histc(values.float().cpu(), BINS, 0, 1)
    return [round(share, 6) for share in (counts / values.numel()).tolist()]


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.grad for parameter in parameters if parameter.grad is not None]
