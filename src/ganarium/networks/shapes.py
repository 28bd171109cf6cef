"""A generator of objects with straight edges: unions of convex parts, drawn by their half-planes (BSP-Net)."""

from math import e, log, pi, sqrt
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import Output
from ganarium.config.networks import ShapesGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Draw, normal
from ganarium.networks.base import NO_DRAWS, Draws, Generator, Subject, append_label
from ganarium.networks.dense import OUTPUTS, HiddenLayers
from ganarium.networks.init import Drawing

INNER = 64  # number of hidden units of the decoder that all objects share
SLOPE = 0.2  # slope of the leaky ReLU for negative inputs
UNIT = log(e - 1)  # softplus(UNIT) = 1
CLEAREST = 3.0  # largest value before the activation of an object's pixels; keeps the gradient of absent objects
RANGE = 0.625  # largest change of an edge's direction, as a share of the initial angle between two edges
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
        self.render = Rendering(settings, height, width)

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
    """A dense layer whose outputs are the edges of an object: direction and distance, [..., parts, edges, 2].

    Directions are in radians. They stay within RANGE of evenly distributed directions, so that few edges can leave a
    part open. Distances are in multiples of the initial distance.
    """

    def __init__(self, inputs: int, parts: int, edges: int) -> None:
        super().__init__(inputs, parts * edges * 2)
        self.parts, self.edges = parts, edges

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * 0.3 / sqrt(self.in_features))
        self.bias.zero_()

    def forward(self, inner: Tensor) -> Tensor:
        """Map [..., inputs] to [..., parts, edges, 2]."""
        turn, distance = super().forward(inner).unflatten(-1, (self.parts, self.edges, 2)).unbind(-1)
        step = 2 * pi / self.edges
        even = torch.arange(self.edges, dtype=inner.dtype, device=inner.device) * step
        return torch.stack([even + step * RANGE * torch.tanh(turn), F.softplus(distance + UNIT)], -1)


@final
class Rendering(nn.Module):
    """Distances of pixels from the edges of objects, times a learned slope."""

    title = "distances from edges"

    def __init__(self, settings: ShapesGeneratorConfig, height: int, width: int) -> None:
        super().__init__()
        self.sides = height, width
        self.size = settings.size * min(height, width)  # in pixels
        self.whole_pixels, self.exclusive = settings.whole_pixels, settings.exclusive
        self.log_slope = nn.Parameter(torch.empty(()))

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Fill the layer's own parameter."""
        self.log_slope.zero_()

    def forward(self, pose: Tensor, edges: Tensor) -> Tensor:
        """Map poses [n, objects, 5] and edges [n, objects, parts, edges, 2] to values [n, objects, height, width].

        Centres are in halves of the image's sides from its centre.
        """
        slope = self.log_slope.exp()
        if not self.exclusive:
            return self._inside(pose, edges) * slope
        inside = self._inside(pose[:, :, None], edges[:, None])  # [n, frames, objects, height, width]
        same = torch.eye(pose.shape[1], dtype=torch.bool, device=pose.device)[..., None, None]
        own, others = (inside.masked_fill(mask, -torch.inf).amax(2) for mask in (~same, same))
        return torch.minimum(own, own - others) * slope

    def _inside(self, pose: Tensor, edges: Tensor) -> Tensor:
        """Return each pixel's distance inside an object, [..., objects, height, width]."""
        height, width = self.sides
        y, x = (torch.arange(side, dtype=edges.dtype, device=edges.device) + (0.5 - side / 2) for side in self.sides)
        centre_x, centre_y, turn_x, turn_y, log_size = pose[..., None, None, :].unbind(-1)
        centre_x, centre_y = self._placed(centre_x * (width / 2)), self._placed(centre_y * (height / 2))
        turn_x, turn_y = F.normalize(torch.stack([turn_x, turn_y], -1), dim=-1).unbind(-1)
        direction, distance = edges.unbind(-1)
        straight_x, straight_y = direction.cos(), direction.sin()
        normal_x, normal_y = straight_x * turn_x - straight_y * turn_y, straight_x * turn_y + straight_y * turn_x
        reach = self.size * log_size.exp() * distance
        across = normal_x[..., None] * x
        down = normal_y[..., None] * y - (reach + normal_x * centre_x + normal_y * centre_y)[..., None]
        outside = down[..., :, None] + across[..., None, :]  # [..., objects, parts, edges, height, width]
        return -outside.amax(-3).amin(-3)

    def _placed(self, centre: Tensor) -> Tensor:
        return centre + (centre.round() - centre).detach() if self.whole_pixels else centre
