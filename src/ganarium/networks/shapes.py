"""A generator of objects with straight edges: unions of convex parts, drawn by their half-planes (BSP-Net)."""

from math import e, log, pi, sqrt
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import Output
from ganarium.config.networks import ShapesGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Draw, normal, uniform
from ganarium.networks.base import NO_DRAWS, Draws, Generator, Subject, append_label
from ganarium.networks.dense import OUTPUTS, HiddenLayers
from ganarium.networks.init import Drawing

INNER = 64  # number of hidden units of the decoder that all objects share
SLOPE = 0.2  # slope of the leaky ReLU for negative inputs
UNIT = log(e - 1)  # softplus(UNIT) = 1
CLEAREST = 3.0  # largest value before the activation of an object's pixels; keeps the gradient of absent objects
SPREAD = 0.5  # initial standard deviation of the biases of codes, which makes the objects different


@final
class ShapesGenerator(Generator):
    """A generator of shapes: latent → hidden layers → a code for each object → pose, presence and edges → image.

    Pixels are measured from the image's centre. A pixel's value before the activation is its distance in pixels
    inside the nearest edge, times a learned slope: the minimum over the edges of a part, then the maximum over parts
    and objects.
    """

    def __init__(self, settings: ShapesGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        if len(subject.shape) != 3 or subject.shape[0] != 1:
            raise SettingsError(
                "generator=shapes supports images with a single channel only: use another generator, or data with "
                "greyscale images"
            )
        height, width = subject.shape[1:]
        self.init = settings.init
        self.output: Output = settings.output
        self.objects, self.code = settings.objects, settings.code
        self.hidden = HiddenLayers(settings.latent + subject.classes, settings)
        self.codes = Scaled(self.hidden.outputs, settings.objects * settings.code, spread=SPREAD)
        self.inner = nn.Linear(settings.code, INNER)
        self.pose = Pose(settings.code)
        self.presence = Scaled(INNER, 1, gain=0.5)
        self.edges = Edges(INNER, settings.parts, settings.edges)
        self.render = Rendering(height, width, settings.size)

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws for the dropout masks of the hidden layers."""
        return self.hidden.draws(n)

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one image for each latent."""
        hidden = self.hidden(append_label(latents, label, self.subject.classes), draws)
        codes = F.leaky_relu(self.codes(hidden), SLOPE).unflatten(1, (self.objects, self.code))
        inner = F.leaky_relu(self.inner(codes), SLOPE)
        values = self.render(self.pose(codes), self.edges(inner))
        if self.objects > 1:
            values = torch.minimum(values, CLEAREST * torch.tanh(self.presence(inner) + 0.5)[..., None])
        return OUTPUTS[self.output](values.amax(1, keepdim=True))


@final
class Scaled(nn.Linear):
    """A dense layer with initial weights of standard deviation gain/√inputs and biases of standard deviation spread."""

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0, spread: float = 0.0) -> None:
        super().__init__(inputs, outputs)
        self.gain, self.spread = gain, spread

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * self.gain / sqrt(self.in_features))
        self.bias.copy_(drawn("bias", normal(*self.bias.shape)) * self.spread)


@final
class Pose(nn.Linear):
    """A dense layer whose outputs are the pose of an object: centre (x, y), direction (x, y) and logarithm of its size.

    Initially, objects lie around the middle of the image, and hardly turned.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, 5)

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * 0.5 / sqrt(self.in_features))
        self.bias.zero_()
        self.bias[2] = 1.0


@final
class Edges(nn.Linear):
    """A dense layer whose outputs are the edges of an object: direction (x, y) and distance, [..., parts, edges, 3].

    Initially, the directions of a part are evenly distributed and all distances are equal.
    """

    def __init__(self, inputs: int, parts: int, edges: int) -> None:
        super().__init__(inputs, parts * edges * 3)
        self.parts, self.edges = parts, edges

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * 0.3 / sqrt(self.in_features))
        even = torch.arange(self.edges, device=self.bias.device) * (2 * pi / self.edges)
        angle = even + 2 * pi * drawn("turn", uniform(self.parts, 1))
        self.bias.copy_(torch.stack([angle.cos(), angle.sin(), torch.full_like(angle, UNIT)], -1).flatten())

    def forward(self, inner: Tensor) -> Tensor:
        """Map [..., inputs] to [..., parts, edges, 3]."""
        edges: Tensor = super().forward(inner).unflatten(-1, (self.parts, self.edges, 3))
        return edges


@final
class Rendering(nn.Module):
    """Distances of pixels from the edges of objects, times a learned slope."""

    title = "distances from edges"

    def __init__(self, height: int, width: int, size: float) -> None:
        super().__init__()
        self.sides = height, width
        self.size = size * min(height, width)  # in pixels
        self.log_slope = nn.Parameter(torch.empty(()))

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Fill the layer's own parameter."""
        self.log_slope.zero_()

    def forward(self, pose: Tensor, edges: Tensor) -> Tensor:
        """Map poses [n, objects, 5] and edges [n, objects, parts, edges, 3] to values [n, objects, height, width].

        Centres are in halves of the image's sides from its centre, and distances in multiples of the initial distance
        before a softplus.
        """
        height, width = self.sides
        y, x = (torch.arange(side, dtype=edges.dtype, device=edges.device) + (0.5 - side / 2) for side in self.sides)
        centre_x, centre_y, turn_x, turn_y, log_size = pose[:, :, None, None].unbind(-1)
        turn_x, turn_y = F.normalize(torch.stack([turn_x, turn_y], -1), dim=-1).unbind(-1)
        straight_x, straight_y = F.normalize(edges[..., :2], dim=-1).unbind(-1)
        normal_x, normal_y = straight_x * turn_x - straight_y * turn_y, straight_x * turn_y + straight_y * turn_x
        reach = self.size * log_size.exp() * F.softplus(edges[..., 2])
        distance = reach + normal_x * centre_x * (width / 2) + normal_y * centre_y * (height / 2)
        across = normal_x[..., None] * x
        down = normal_y[..., None] * y - distance[..., None]
        outside = down[..., :, None] + across[..., None, :]  # [n, objects, parts, edges, height, width]
        return -outside.amax(3).amin(2) * self.log_slope.exp()
