"""Pictures of what a run makes, beside what it learns from."""

import numpy as np
import pytest
import torch

from ganarium.data.datasets import random_rows
from ganarium.data.files.arrays import image_set
from ganarium.data.load import load_data
from ganarium.plotting.images import grid
from ganarium.training.grids import picture_beside_real, picture_of_data, picture_of_points


@pytest.mark.parametrize("asked", [None, [3, 3, 7, 0]])
def test_real_pictures_of_the_classes_asked_for_stand_on_the_left_and_generated_ones_on_the_right(tiny, asked):
    source = load_data(tiny().data)
    made = torch.linspace(0, 1, 4 * 256).view(4, 1, 16, 16)
    label = None if asked is None else torch.tensor(asked)
    panel = np.asarray(picture_beside_real(made, label, source))[..., 0]
    right = np.asarray(grid((255 * made).round().to(torch.uint8).numpy()))
    assert np.array_equal(panel[:, -right.shape[1] :], right)
    order = random_rows(len(source), len(source))
    of_class = {number: iter(order[source.labels[order] == number].tolist()) for number in range(10)}
    rows = order[:4] if asked is None else [next(of_class[number]) for number in asked]
    left = np.asarray(grid(source.images[rows].numpy()))
    assert np.array_equal(panel[:, : left.shape[1]], left)


def test_more_pictures_than_a_class_has_begin_with_its_first_one_again(tiny):
    source = load_data(tiny().data)
    label = torch.full((70,), 2)
    panel = picture_beside_real(torch.zeros(70, 1, 16, 16), label, source)
    assert panel.height > 0
    some = source.subset(len(source))
    twos = some.images[some.labels == 2]
    again = np.asarray(grid(twos[torch.arange(70) % len(twos)].numpy()))
    assert np.array_equal(np.asarray(panel)[:, : again.shape[1], 0], again)


def test_points_are_drawn_before_the_datas_own(tiny):
    source = load_data(tiny("data=ring", "generator.output=linear").data)
    nowhere, there = torch.full((500, 2), 99.0), source.subset(500).points
    pictures = [np.asarray(picture_beside_real(points, None, source)).astype(int) for points in (nowhere, there)]
    blue = [int((picture[..., 2] - picture[..., 0] > 60).sum()) for picture in pictures]
    assert blue[0] == 0 < blue[1]


def test_a_grid_of_sorted_data_shows_both_kinds():
    images = torch.zeros(400, 1, 16, 16, dtype=torch.uint8)
    images[200:] = 255
    source = image_set(images, torch.arange(400) // 200)
    shown = np.asarray(picture_of_data(source))
    made = picture_beside_real(torch.zeros(64, 1, 16, 16), None, source)
    assert 0.3 < (shown == 255).mean() < 0.7
    assert 0.1 < (np.asarray(made) == 255).mean() < 0.4


def test_points_in_more_than_two_dimensions_are_drawn_in_the_plane_of_their_principal_axes():
    angle = torch.linspace(0, 6.28, 400)
    circle = 0.01 * torch.randn(400, 5, generator=torch.Generator().manual_seed(0))
    circle[:, 2:4] += 3 * torch.stack([angle.cos(), angle.sin()], 1)
    pictures = [np.asarray(picture_of_points(points, circle)).astype(int) for points in (circle, circle + 50)]
    blue = [picture[..., 2] - picture[..., 0] > 60 for picture in pictures]
    assert blue[0].sum() > 0 == blue[1].sum()
    rows, columns = (np.flatnonzero(blue[0].any(axis)) for axis in (1, 0))
    assert min(np.ptp(rows), np.ptp(columns)) > 250
