"""Dense residual networks for samples of any shape (He et al. 2016)."""

from math import prod

from torch import Tensor, nn

import ganarium


class Block(nn.Module):
    """Residual block x + W₂ relu(W₁ relu(x)), where W₂ starts at 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        nn.init.zeros_(self.branch[-1].weight)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.branch(hidden)


@ganarium.register.generator("residual-dense")
class ResidualGenerator(nn.Module):
    """Dense residual blocks."""

    def __init__(self, latent: int, shape: tuple[int, ...], width: int = 128, blocks: int = 2) -> None:
        super().__init__()
        inner = [Block(width) for _ in range(blocks)]
        self.layers = nn.Sequential(nn.Linear(latent, width), *inner, nn.ReLU(), nn.Linear(width, prod(shape)))
        self.output = nn.Tanh() if len(shape) == 3 else nn.Identity()  # images are in [-1, 1]
        self.shape = shape

    def forward(self, latents: Tensor) -> Tensor:
        return self.output(self.layers(latents)).reshape(len(latents), *self.shape)


@ganarium.register.discriminator("residual-dense")
class ResidualDiscriminator(nn.Module):
    """Dense residual blocks."""

    def __init__(self, shape: tuple[int, ...], width: int = 128, blocks: int = 2) -> None:
        super().__init__()
        inner = [Block(width) for _ in range(blocks)]
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(prod(shape), width), *inner, nn.ReLU(), nn.Linear(width, 1))

    def forward(self, samples: Tensor) -> Tensor:
        return self.layers(samples)
