"""Nearest training images, and points between four corners."""

from pathlib import Path

import pytest
import torch

import ganarium
from ganarium.core.random_streams import Streams, integers, normal
from ganarium.testing.training import small
from ganarium.training.generator_inputs import spherical, spherical_between
from ganarium.training.nearest_images import TrainingImages, _smallest, root_mean_squares

IMAGES = Streams(0).at("test.nearest", integers(50, 1, 6, 6, high=256), 0).to(torch.uint8)


def test_distances_are_root_mean_squares_of_pixels():
    black, white = torch.zeros(1, 1, 6, 6), torch.full((1, 1, 6, 6), 255, dtype=torch.uint8)
    assert root_mean_squares(black, white).item() == 1
    found = root_mean_squares(IMAGES[:3] / 255, IMAGES)
    expected = (IMAGES[:3, None] / 255 - IMAGES / 255).flatten(2).square().mean(2).sqrt()
    assert torch.allclose(found, expected)
    assert torch.equal(found.argmin(1), torch.arange(3))
    assert found.diagonal().eq(0).all()


def test_products_give_the_same_smallest_distances():
    expected = root_mean_squares(IMAGES[:9] / 255, IMAGES[9:]).amin(1)
    assert torch.allclose(_smallest(IMAGES[:9], IMAGES[9:]), expected, atol=1e-4)


@pytest.mark.slow
def test_a_training_image_is_nearest_to_itself(tmp_path: Path):
    run = ganarium.train(small("train.steps=1"), out=tmp_path / "run")
    training = TrainingImages(run)
    found = training.nearest(training.images[5] / 255)
    assert found.rows[0] == 5
    assert found.distances[0] == 0
    assert torch.equal(found.images[0], training.images[5])
    assert training.typical is not None
    assert 0 < training.typical < 1


def test_corners_are_exact_and_edges_are_great_circles():
    corners = Streams(0).at("test.corners", normal(4, 7), 0)
    for i, (x, y) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        assert torch.equal(spherical_between(corners, x, y), corners[i])
    on_edge = spherical_between(corners, 0.3, 0)
    assert torch.equal(on_edge, spherical(corners[0], corners[1], torch.tensor([0.3]))[0])
    same = spherical_between(corners[:1].expand(4, 7), 0.3, 0.6)
    assert torch.allclose(same, corners[0], atol=1e-6)


@pytest.mark.parametrize("x", [0.0, 0.25, 0.5, 1.0])
def test_norms_stay_between_those_of_the_corners(x: float):
    corners = Streams(0).at("test.corners", normal(4, 64), 0)
    norms = corners.norm(dim=1)
    found = spherical_between(corners, x, 0.7).norm()
    assert norms.min() - 1e-4 <= found <= norms.max() + 1e-4
