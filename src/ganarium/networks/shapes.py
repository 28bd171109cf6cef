"""A generator of objects with straight edges: unions of convex parts, drawn by their half-planes (BSP-Net)."""

from math import cos, e, log, pi, prod, sqrt
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import HiddenLayersConfig, Output
from ganarium.config.networks import ShapesGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import normal
from ganarium.networks.base import NO_DRAWS, Draws, Generator, Subject, append_label
from ganarium.networks.dense import OUTPUTS, HiddenLayers
from ganarium.networks.init import Drawing

INNER = 64  # number of hidden units of the decoder that all objects share
SLOPE = 0.2  # slope of the leaky ReLU for negative inputs
UNIT = log(e - 1)  # softplus(UNIT) = 1
CLEAREST = 3.0  # largest value before the activation of an object's pixels; keeps the gradient of absent objects
RANGE = 0.625  # largest change of an edge's direction, as a share of the initial angle between two edges
FEWEST_SIDES = 3  # of regular polygons
LARGEST_LOGIT = 3.0  # of the weights of regular polygons
GAIN = 0.05  # of the initial weights of edges: objects start almost alike and regular
SPREAD = 0.5  # initial standard deviation of the biases of codes, which makes the objects different


@final
class ShapesGenerator(Generator):
    """A generator of shapes: latent → hidden layers → a code for each object → poses, presence and edges → image.

    Before the activation, a pixel has its distance in pixels inside the nearest edge, times a learned slope: the
    minimum over the edges of a part, then the maximum over parts and objects.
    """

    def __init__(self, settings: ShapesGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        if len(subject.shape) != 3 or subject.shape[0] != 1:
            raise SettingsError(
                "generator=shapes supports images with a single channel only: use another generator, or data with "
                "greyscale images"
            )
        self.init = settings.init
        self.output: Output = settings.output
        self.codes = Codes(settings.latent + subject.classes, settings)
        self.shape_latents = settings.shape_latents
        if settings.shape_latents is not None and not settings.shape_latents + subject.classes:
            raise SettingsError(
                "generator.shape_latents=0 needs labels, since edges would depend on nothing: use "
                "game.conditional=true, or generator.shape_latents=1"
            )
        few = settings.shape_latents
        self.shape_codes = None if few is None else Codes(few + subject.classes, settings)
        self.poses = Poses(settings)
        self.inner = nn.Linear(settings.code, INNER)
        self.presence = ScaledLinear(settings.code, 1, gain=0.5) if settings.objects > 1 else None
        self.hard_presence = settings.presence == "hard"
        regular = settings.angles == "regular"
        self.edges = (RegularPolygons if regular else Edges)(INNER, settings)
        self.render = (PolygonRendering if regular else Rendering)(settings, subject.shape[1], subject.shape[2])

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Generate one image for each latent."""
        codes = self.codes(append_label(latents, label, self.subject.classes))
        shape_codes = codes
        if self.shape_codes is not None:
            shape_codes = self.shape_codes(append_label(latents[:, : self.shape_latents], label, self.subject.classes))
        values = self.render(self.poses(codes), self.edges(F.leaky_relu(self.inner(shape_codes), SLOPE)))
        if self.presence is not None:
            presence = CLEAREST * torch.tanh(self.presence(codes) + 0.5)[..., None]
            values = limited(values, presence, hard=self.hard_presence)
        return OUTPUTS[self.output](values.amax(1, keepdim=True))


def limited(values: Tensor, presence: Tensor, *, hard: bool) -> Tensor:
    """Return values [n, objects, height, width], at most the presence of their object [n, objects, 1, 1].

    hard: whether an object is either absent or as clear as can be; gradients are those of a soft limit
    """
    soft = torch.minimum(values, presence)
    if not hard:
        return soft
    shown = torch.minimum(values, CLEAREST * torch.where(presence < 0, -1.0, 1.0))
    return soft + (shown - soft).detach()


@final
class Codes(nn.Module):
    """Hidden layers and a code for each object: [n, inputs] -> [n, objects, code]."""

    title = "codes"

    def __init__(self, inputs: int, settings: ShapesGeneratorConfig) -> None:
        super().__init__()
        self.shape = settings.objects, settings.code
        self.hidden = HiddenLayers(inputs, HiddenLayersConfig(hidden=settings.hidden, activation=settings.activation))
        self.out = ScaledLinear(self.hidden.outputs, settings.objects * settings.code, spread=SPREAD)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [n, inputs] to [n, objects, code]."""
        codes: Tensor = self.out(self.hidden(inputs, NO_DRAWS))
        return codes.view(-1, *self.shape)


@final
class ScaledLinear(nn.Linear):
    """A dense layer with initial weights of standard deviation gain/√inputs and biases of standard deviation spread."""

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0, spread: float = 0.0) -> None:
        super().__init__(inputs, outputs)
        self.gain, self.spread = gain, spread

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * self.gain / sqrt(self.in_features))
        self.bias.copy_(drawn("bias", normal(*self.bias.shape)) * self.spread)


@final
class Poses(nn.Module):
    """Poses of the pieces of objects: centre (x, y), direction (x, y) of length 1 and size, [..., pieces, 5].

    Centres are in halves of the image's sides from its centre. They stay inside the image, since an object outside it
    would have no gradient. Without `turned`, all objects have the direction (1, 0) and the size 1.
    """

    title = "poses"

    def __init__(self, settings: ShapesGeneratorConfig) -> None:
        super().__init__()
        self.pieces = 2 if settings.split else 1
        self.limit = 1 - settings.size / 2
        self.centre = ScaledLinear(settings.code, 2 * self.pieces, gain=1.0, spread=0.3 if settings.split else 0.0)
        self.turn = ScaledLinear(settings.code, 3) if settings.turned else None

    def forward(self, codes: Tensor) -> Tensor:
        """Map codes [..., inputs] to poses [..., pieces, 5]."""
        centre = self.limit * torch.tanh(self.centre(codes).view(*codes.shape[:-1], self.pieces, 2))
        one = torch.ones_like(centre[..., :1])
        if self.turn is None:
            return torch.cat([centre, one, torch.zeros_like(one), one], -1)
        turn = self.turn(codes)[..., None, :]  # the same for all pieces
        return torch.cat([centre, F.normalize(turn[..., :2], dim=-1) * one, (0.3 * turn[..., 2:]).exp() * one], -1)


@final
class Edges(nn.Linear):
    """A dense layer whose outputs are the edges of an object: direction and distance, [..., parts, edges, 2].

    The parts that split the object are the last ones. Directions are in radians. They stay within RANGE of evenly
    distributed directions, so that few edges can leave a part open; those of whole parts with `angles="even"` are
    evenly distributed and constant. Distances are in multiples of the initial distance. Initially, the parts that split
    an object cover one half of it.
    """

    def __init__(self, inputs: int, settings: ShapesGeneratorConfig) -> None:
        self.shape = settings.parts + settings.split, settings.edges
        self.whole = settings.parts
        self.fixed = settings.parts if settings.angles == "even" else 0  # parts, the first ones
        self.turns = prod(self.shape) - self.fixed * settings.edges
        super().__init__(inputs, self.turns + prod(self.shape))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * GAIN / sqrt(self.in_features))
        distances = torch.zeros(self.shape)
        distances[self.whole :] = 3.0
        distances[self.whole :, 0] = -3.0
        self.bias.copy_(torch.cat([torch.zeros(self.turns), distances.flatten()]))

    def forward(self, inner: Tensor) -> Tensor:
        """Map [..., inputs] to [..., parts, edges, 2]."""
        parts, edges = self.shape
        turn, distance = torch.tensor_split(super().forward(inner), [self.turns], -1)
        turn = F.pad(turn.reshape(*inner.shape[:-1], parts - self.fixed, edges), (0, 0, self.fixed, 0))
        even = torch.arange(edges, dtype=inner.dtype, device=inner.device) * (2 * pi / edges)
        direction = even + 2 * pi / edges * RANGE * torch.tanh(turn)
        return torch.stack([direction, F.softplus(distance.reshape(*inner.shape[:-1], *self.shape) + UNIT)], -1)


@final
class RegularPolygons(nn.Linear):
    """A dense layer whose outputs are the weights of regular polygons and their size, [..., parts, edges - 1].

    The polygon with the largest logit has weight 1 and all others 0; gradients are those of a softmax, so that each
    polygon is compared with all others. Logits are limited, so that no gradient vanishes. The size is the distance from
    the centre to the corners, in multiples of the initial one.
    """

    def __init__(self, inputs: int, settings: ShapesGeneratorConfig) -> None:
        self.shape = settings.parts, settings.edges - 1
        super().__init__(inputs, prod(self.shape))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * GAIN / sqrt(self.in_features))
        self.bias.zero_()

    def forward(self, inner: Tensor) -> Tensor:
        """Map [..., inputs] to [..., parts, edges - 1]."""
        values = super().forward(inner).view(*inner.shape[:-1], *self.shape)
        soft = (LARGEST_LOGIT * torch.tanh(values[..., :-1] / LARGEST_LOGIT)).softmax(-1)
        largest = torch.zeros_like(soft).scatter(-1, soft.argmax(-1, keepdim=True), 1.0)
        return torch.cat([soft + (largest - soft).detach(), F.softplus(values[..., -1:] + UNIT)], -1)


class Rendering(nn.Module):
    """Distances of pixels inside the edges of objects, times a learned slope."""

    title = "distances from edges"

    def __init__(self, settings: ShapesGeneratorConfig, height: int, width: int) -> None:
        super().__init__()
        self.sides = height, width
        self.size = settings.size * min(height, width)  # in pixels
        self.parts, self.split, self.whole_pixels = settings.parts, settings.split, settings.whole_pixels
        self.log_slope = nn.Parameter(torch.empty(()))

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Fill the layer's own parameter."""
        self.log_slope.zero_()

    def forward(self, poses: Tensor, edges: Tensor) -> Tensor:
        """Return the values of each object's pixels, [n, objects, height, width].

        poses: [n, objects, pieces, 5]
        edges: [n, objects, parts, edges, 2]
        """
        inside = self._inside(poses, edges[:, :, None])  # [n, objects, pieces, parts, height, width]
        values = inside[:, :, :, : self.parts].amax(3)
        if self.split:
            cut = inside[:, :, :, self.parts :].amax(3)
            values = torch.minimum(values, torch.stack([cut[:, :, 0], -cut[:, :, 1]], 2))
        return values.amax(2) * self.log_slope.exp()

    def _inside(self, poses: Tensor, edges: Tensor) -> Tensor:
        """Return each pixel's distance inside each part, [..., parts, height, width].

        poses: [..., 5]
        edges: [..., parts, edges, 2]
        """
        height, width = self.sides
        y, x = (torch.arange(side, dtype=edges.dtype, device=edges.device) + (0.5 - side / 2) for side in self.sides)
        centre_x, centre_y, turn_x, turn_y, size = poses[..., None, None, :].unbind(-1)
        centre_x, centre_y = self._placed(centre_x * (width / 2)), self._placed(centre_y * (height / 2))
        direction, distance = edges.unbind(-1)
        along, aside = direction.cos(), direction.sin()
        normal_x, normal_y = along * turn_x - aside * turn_y, along * turn_y + aside * turn_x
        reach = self.size * size * distance + normal_x * centre_x + normal_y * centre_y
        across, down = normal_x[..., None] * x, normal_y[..., None] * y - reach[..., None]
        outside = down[..., :, None] + across[..., None, :]  # [..., parts, edges, height, width]
        return -outside.amax(-3)

    def _placed(self, centre: Tensor) -> Tensor:
        return centre + (centre.round() - centre).detach() if self.whole_pixels else centre


@final
class PolygonRendering(Rendering):
    """Weighted means of the distances of pixels inside regular polygons, times a learned slope."""

    def _inside(self, poses: Tensor, edges: Tensor) -> Tensor:
        """Return each pixel's mean distance inside the polygons of each part, [..., parts, height, width].

        poses: [..., 5]
        edges: weights and size, [..., parts, edges - 1]
        """
        height, width = self.sides
        y, x = (torch.arange(side, dtype=edges.dtype, device=edges.device) + (0.5 - side / 2) for side in self.sides)
        centre_x, centre_y, turn_x, turn_y, scale = poses[..., None, None, :].unbind(-1)
        across, down = x - self._placed(centre_x * (width / 2)), (y - self._placed(centre_y * (height / 2))).mT
        along, aside = across * turn_x + down * turn_y, down * turn_x - across * turn_y  # [..., height, width]
        size = self.size * scale * edges[..., -1:]
        with torch.no_grad():
            angle = torch.atan2(aside, along)
        total = torch.zeros((), dtype=edges.dtype, device=edges.device)
        for index, sides in enumerate(range(FEWEST_SIDES, edges.shape[-1] + 2)):
            step = 2 * pi / sides
            nearest = (angle / step).round() * step  # direction of the nearest edge
            outside = along * nearest.cos() + aside * nearest.sin()
            inside = (size * cos(pi / sides))[..., None] - outside[..., None, :, :]
            total = total + edges[..., index, None, None] * inside
        return total
