"""The generator of shapes: what it can draw, its sizes, its first weights, and what it refuses."""

from math import cos, pi, sin, sqrt

import pytest
import torch
from torch import Tensor

from ganarium.config.networks import ShapesGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.networks.base import Subject
from ganarium.networks.dense import straight_through_sign
from ganarium.networks.init import initialize
from ganarium.networks.shapes import CLEAREST, PolygonRendering, Rendering, ShapesGenerator, limited

SIDE = 20


def generator(shape: tuple[int, ...] = (1, SIDE, SIDE), classes: int = 0, **settings: object) -> ShapesGenerator:
    network = ShapesGenerator(
        ShapesGeneratorConfig(**({"latent": 4, "hidden": (16,)} | settings)), Subject(shape, classes)
    )
    initialize(network, network.init, lambda part, draw: Streams(0).at(part, draw, 0))
    return network


def rendering(height: int = SIDE, width: int = SIDE, **settings: object) -> Rendering:
    render = Rendering(ShapesGeneratorConfig(**settings), height, width)
    with torch.no_grad():
        render.log_slope.zero_()
    return render


def pose(x: float = 0.0, y: float = 0.0, turn: float = 0.0, size: float = 1.0) -> Tensor:
    """The pose [1, 1, 1, 5] of one object in one piece; x and y in halves of the image's sides."""
    return torch.tensor([x, y, cos(turn), sin(turn), size]).view(1, 1, 1, 5)


def regular(sides: int, turn: float = 0.0) -> Tensor:
    """Edges [1, 1, 1, sides, 2] of a regular polygon at the initial distance from its centre."""
    return torch.tensor([[turn + 2 * pi * k / sides, 1.0] for k in range(sides)])[None, None, None]


def test_a_square_covers_the_pixels_within_its_edges() -> None:
    values = rendering()(pose(), regular(4))[0, 0]
    inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    inside[5:15, 5:15] = True  # edges at a quarter of 20 pixels from the centre
    assert torch.equal(values > 0, inside)


def test_values_are_distances_in_pixels_from_the_nearest_edge() -> None:
    values = rendering()(pose(), regular(4))[0, 0]
    torch.testing.assert_close(values[9, 5:10], torch.tensor([0.5, 1.5, 2.5, 3.5, 4.5]))


def test_the_image_of_a_moved_centre_is_the_moved_image() -> None:
    render = rendering(SIDE, 2 * SIDE)
    still = render(pose(), regular(5, 0.3))
    moved = render(pose(6 / SIDE, -3 / (SIDE / 2)), regular(5, 0.3))  # 6 px right, 3 px up
    torch.testing.assert_close(moved[..., :-3, 6:], still[..., 3:, :-6], rtol=0, atol=1e-5)


def test_turning_and_resizing_an_object_equals_turning_and_resizing_its_edges() -> None:
    turned = rendering()(pose(0.2, 0.1, turn=0.7, size=1.3), regular(3))
    torch.testing.assert_close(turned, rendering(size=0.25 * 1.3)(pose(0.2, 0.1), regular(3, 0.7)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("sides", [3, 6, 12])
def test_ink_of_a_regular_polygon_has_the_area_of_the_polygon(sides: int) -> None:
    render = rendering(120, 120)
    ink = (render(pose(), regular(sides, 0.2)) > 0).sum()
    assert float(ink) == pytest.approx(30**2 * sides * torch.tan(torch.tensor(pi / sides)).item(), rel=0.02)


def test_the_parts_of_an_object_are_united() -> None:
    bar = torch.tensor([[0, 2.0], [pi / 2, 0.3], [pi, 2.0], [1.5 * pi, 0.3]])
    across = bar + torch.tensor([pi / 2, 0.0])
    plus, one, other = (
        rendering(parts=len(parts))(pose(), torch.stack(parts)[None, None])
        for parts in ([bar, across], [bar], [across])
    )
    assert torch.equal(plus > 0, (one > 0) | (other > 0))
    assert (plus > 0).sum() > (one > 0).sum()


def test_edges_start_evenly_distributed_at_the_initial_distance() -> None:
    network = generator(edges=6, parts=3)
    edges = network.edges(torch.zeros(network.edges.in_features))
    torch.testing.assert_close(edges[..., 0].diff(dim=-1), torch.full((3, 5), pi / 3))
    torch.testing.assert_close(edges[..., 1], torch.ones(3, 6))


@pytest.mark.parametrize(("parts", "split"), [(2, 0), (1, 2)])
def test_even_angles_never_change_but_those_of_the_second_shape_do(parts: int, split: int) -> None:
    network = generator(parts=parts, split=split, angles="even")
    inner = torch.randn(100, network.edges.in_features, generator=torch.Generator().manual_seed(0))
    directions, distances = network.edges(inner * 30).unbind(-1)
    even = torch.tensor([0, pi / 2, pi, 3 * pi / 2])
    torch.testing.assert_close(directions[:, :parts], even.expand(100, parts, 4))
    assert not split or (directions[:, parts:].std(0) > 0.01).all()
    assert (distances[:, :parts].std(0) > 0.01).all()


@pytest.mark.parametrize("size", [0.05, 1.0])
def test_centres_stay_inside_the_image(size: float) -> None:
    network = generator(objects=5, size=size)
    codes = 100 * torch.randn(50, 5, network.poses.centre.in_features, generator=torch.Generator().manual_seed(0))
    centres = network.poses(codes)[..., :2]
    assert centres.abs().max() < 1
    assert centres.std() > 0.2


def test_objects_share_one_decoder_but_start_in_different_places() -> None:
    network = generator(objects=5)
    centres = network.poses(network.codes.out.bias.view(5, -1))[:, 0, :2]
    assert network.poses.centre.weight.shape == (2, 32)
    assert torch.pdist(centres).min() > 0.01


def test_images_depend_on_the_label_and_not_on_the_rest_of_the_batch() -> None:
    network = generator(classes=3, objects=2)
    z = Streams(1).at("z", network.latents(4), 0)
    together = network(z, torch.tensor([0, 1, 2, 0]))
    alone = network(z[1:2], torch.tensor([1]))
    torch.testing.assert_close(together[1:2], alone)
    assert not torch.equal(alone, network(z[1:2], torch.tensor([2])))


def test_binary_images_are_exactly_two_levels_and_still_train_every_parameter() -> None:
    network = generator(output="binary", objects=3, parts=2, turned=True, split=1)
    images = network(Streams(1).at("z", network.latents(16), 0))
    assert set(images.unique().tolist()) <= {-1.0, 1.0}
    weights = torch.arange(float(SIDE * SIDE)).view(SIDE, SIDE)
    (images * weights).sum().backward()
    assert all(part.grad is not None and part.grad.abs().sum() > 0 for part in network.parameters())


def test_the_straight_through_sign_has_the_gradient_of_tanh() -> None:
    x = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
    (hard,) = torch.autograd.grad(straight_through_sign(x).sum(), x)
    (smooth,) = torch.autograd.grad(torch.tanh(x).sum(), x)
    torch.testing.assert_close(hard, smooth)
    assert straight_through_sign(x).tolist() == [-1, -1, -1, 1, 1, 1, 1]


@pytest.mark.parametrize("shape", [(3, SIDE, SIDE), (2,)])
def test_colours_and_points_are_refused_with_a_reason(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingsError, match="single channel only"):
        generator(shape)


def test_a_corner_keeps_its_place_when_a_polygon_turns() -> None:
    """A triangle's corner lies at twice the distance of its edges, opposite to an edge."""
    render = rendering(200, 200)
    for turn in (0.0, 0.4):
        ink = render(pose(), regular(3, turn))[0, 0] > 0
        y, x = (torch.nonzero(ink).T + 0.5 - 100).float()
        reach = torch.hypot(x, y).max().item()
        assert reach == pytest.approx(100, abs=sqrt(2))


def test_the_pieces_of_a_split_object_fit_together_after_they_moved() -> None:
    noise = torch.randn(4, 4, 2, generator=torch.Generator().manual_seed(0)) * 0.2
    edges = regular(4) + noise
    edges = torch.cat([edges[:, :, :2], edges[:, :, 2:] * torch.tensor([1, 0.4])], 2)  # the second shape is smaller
    render = rendering(40, 40, parts=2, split=2, whole_pixels=True, size=0.12)
    still, moved = (
        render(torch.cat([pose(*first), pose(*second)], 2), edges)[0, 0] > 0
        for first, second in (((0, 0), (0, 0)), ((-0.61, 0.1), (0.31, -0.2)))  # −12.2 and 2 px, 6.2 and −4 px
    )
    whole = rendering(40, 40, parts=2, size=0.12)(pose(), edges[:, :, :2])[0, 0] > 0
    inner = whole & (rendering(40, 40, parts=2, size=0.12)(pose(), edges[:, :, 2:])[0, 0] > 0)
    assert torch.equal(still, whole)
    assert 0 < inner.sum() < whole.sum()
    assert torch.equal(moved, inner.roll((2, -12), (0, 1)) | (whole & ~inner).roll((-4, 6), (0, 1)))


def test_whole_pixels_leave_the_gradient_of_the_centre_unchanged() -> None:
    gradients = []
    for whole_pixels in (False, True):
        at = pose(0.2, 0.1).requires_grad_()
        rendering(whole_pixels=whole_pixels)(at, regular(4))[..., 9, 5].sum().backward()
        gradients.append(at.grad)
    torch.testing.assert_close(*gradients)


def test_edges_depend_on_the_label_and_the_first_latents_only() -> None:
    network = generator(classes=2, shape_latents=1, turned=True, output="linear")
    seen: list[Tensor] = []
    network.edges.register_forward_hook(lambda _network, _inputs, edges: seen.append(edges))
    z = torch.zeros(4, 4)
    z[1, 1:], z[2, 0] = 1, 1
    images = network(z, torch.tensor([0, 0, 0, 1]))
    (edges,) = seen
    assert torch.equal(edges[0], edges[1])
    assert not torch.equal(images[0], images[1])  # another pose
    assert not torch.equal(edges[0], edges[2])
    assert not torch.equal(edges[0], edges[3])


def test_edges_that_would_depend_on_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"shape_latents=0 needs labels.*game\.conditional=true"):
        generator(shape_latents=0)
    with pytest.raises(ValueError, match=r"shape_latents=5 exceeds latent=4; use at most 4"):
        generator(shape_latents=5)


def test_with_hard_presence_objects_are_absent_or_clear() -> None:
    values = torch.tensor([-5.0, 0.0, 5.0]).expand(1, 4, 1, 3)
    presence = torch.tensor([-2.9, -0.1, 0.1, 2.9]).view(1, 4, 1, 1)
    absent, clear = [-5.0, -CLEAREST, -CLEAREST], [-5.0, 0.0, CLEAREST]
    expected = torch.tensor([absent, absent, clear, clear]).view(1, 4, 1, 3)
    torch.testing.assert_close(limited(values, presence, hard=True), expected)


def test_hard_presence_has_the_gradients_of_soft_presence() -> None:
    gradients = []
    for hard in (False, True):
        values = torch.linspace(-4, 4, 12).view(1, 2, 2, 3).requires_grad_()
        presence = torch.tensor([-0.5, 0.7]).view(1, 2, 1, 1).requires_grad_()
        limited(values, presence, hard=hard).sum().backward()
        gradients.append((values.grad, presence.grad))
    torch.testing.assert_close(gradients[1], gradients[0])


def test_only_soft_objects_can_be_faint() -> None:
    latents = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    brightest = {}
    for presence in ("soft", "hard"):
        network = generator(objects=2, turned=True, size=0.3, presence=presence)
        with torch.no_grad():
            network.presence.weight.mul_(5)
            network.render.log_slope.fill_(2.0)
        brightest[presence] = network(latents).amax((1, 2, 3))
    faint = {presence: (values.abs() < 0.9).sum() for presence, values in brightest.items()}
    assert faint["soft"] > 0
    assert faint["hard"] == 0


def polygons(weights: list[float], **where: float) -> Tensor:
    """The values of a weighted mean of regular polygons with 3, 4, … sides, whose corners have the initial distance."""
    render = PolygonRendering(ShapesGeneratorConfig(), SIDE, SIDE)
    torch.nn.init.zeros_(render.log_slope)
    return render(pose(**where), torch.tensor([*weights, 1.0])[None, None, None]).detach()


@pytest.mark.parametrize("sides", [3, 4, 5, 8, 12])
def test_a_regular_polygon_equals_the_same_polygon_of_single_edges(sides: int) -> None:
    where = {"x": 0.13, "y": -0.07, "turn": 0.4, "size": 1.2}
    edges = regular(sides) * torch.tensor([1.0, cos(pi / sides)])
    weights = [float(sides == other) for other in range(3, 13)]
    torch.testing.assert_close(polygons(weights, **where), rendering()(pose(**where), edges), atol=1e-4, rtol=0)


def test_values_between_two_polygons_are_their_weighted_mean() -> None:
    mean = 0.3 * polygons([1.0, 0.0]) + 0.7 * polygons([0.0, 1.0])
    torch.testing.assert_close(polygons([0.3, 0.7]), mean)


def test_one_polygon_is_drawn_but_the_logits_of_all_have_a_gradient() -> None:
    network = generator(edges=7, angles="regular", turned=True)
    z = Streams(1).at("z", network.latents(8), 0)
    with torch.no_grad():
        network.edges.bias[2] = 20  # of five sides; a softmax without a limit would have no gradient
    weights = network.edges(torch.zeros(network.edges.in_features))[..., :-1]
    torch.testing.assert_close(weights, torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0]]))
    network(z).square().sum().backward()
    assert (network.edges.bias.grad.abs() > 0).all()
    assert all(part.grad is not None and part.grad.abs().sum() > 0 for part in network.parameters())


@pytest.mark.parametrize(("settings", "message"), [({"split": 2}, "whole objects"), ({"edges": 2}, "at least 3 edges")])
def test_regular_polygons_are_whole_objects_with_three_edges_or_more(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ShapesGeneratorConfig(angles="regular", **settings)
