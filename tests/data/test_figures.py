"""Figures can be read back from their truth, are clearly apart from their ground, and follow from seed and number."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from ganarium.config.synthetic import FiguresConfig
from ganarium.data.datasets import ImageSet
from ganarium.data.synthetic import base, figures

GEOMETRY = ("points", "centre", "circumradius", "inner", "rotation")


def draw(split: str = "train", **chosen: Any) -> ImageSet:
    return figures.load(FiguresConfig(**{"count": 100, **chosen}), split)


def coverage(images: ImageSet) -> np.ndarray:
    """How far each pixel is from the ground to the colour, read from the channel that changes most: [n, H, W]."""
    rows = np.arange(len(images))
    colour, ground = (images.truth[name].astype(float) for name in ("colour", "ground"))
    channel = np.abs(colour - ground).argmax(axis=1)
    low, high = (c[rows, channel][:, None, None] for c in (ground, colour))
    return (images.images.numpy()[rows, channel] - low) / (high - low)


def inside(truth: dict[str, Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points lie in the figure: below the straight line from an outer corner to the next inner one.

    A polygon's inner corners are the middles of its sides.
    """
    x, y = (x - truth["centre"][0]) / truth["circumradius"], (y - truth["centre"][1]) / truth["circumradius"]
    radius = np.hypot(x, y)
    if truth["points"] == 0:
        return radius < 1
    half = np.pi / truth["points"]
    off = np.abs((np.arctan2(y, x) - truth["rotation"] + half) % (2 * half) - half)
    u, v = radius * np.cos(off), radius * np.sin(off)
    inner_u, inner_v = truth["inner"] * np.cos(half), truth["inner"] * np.sin(half)
    return (1 - u) * inner_v > (1 - inner_u) * v


# ---- seed, number, split


def test_a_figure_does_not_depend_on_how_many_are_asked_for():
    few, many = draw(count=7, size=16), draw(count=230, size=16)
    assert np.array_equal(few.images, many.images[:7])
    for name, rows in few.truth.items():
        np.testing.assert_array_equal(rows, many.truth[name][:7])
        assert len(many.truth[name]) == 230
    assert not np.array_equal(many.images[:100], many.images[100:200])


def test_the_same_seed_draws_the_same_figures_and_another_seed_others():
    assert draw(size=16, seed=5).hash == draw(size=16, seed=5).hash
    assert draw(size=16, seed=5).hash != draw(size=16, seed=6).hash


def test_splits_share_no_figure_and_held_out_ones_have_their_own_number(monkeypatch):
    monkeypatch.setattr(base, "HELD_OUT", 120)
    splits = [draw(split, size=16) for split in ("train", "validation", "test")]
    assert [len(split) for split in splits] == [100, 120, 120]
    keys = [{picture.numpy().tobytes() for picture in split.images} for split in splits]
    assert all(a.isdisjoint(b) for a, b in combinations(keys, 2))


# ---- classes


def test_labels_are_balanced_and_name_what_is_drawn():
    images = draw(size=16)
    assert np.bincount(images.labels.numpy()).tolist() == [10] * 10
    assert np.array_equal(images.labels.numpy(), images.truth["kind"])
    corners = (~np.isnan(images.truth["vertices"][..., 0])).sum(axis=1)
    named = dict(zip(images.classes, zip(images.truth["points"], corners, strict=False), strict=False))
    assert named == {
        "triangle": (3, 3),
        "square": (4, 4),
        "pentagon": (5, 5),
        "hexagon": (6, 6),
        "heptagon": (7, 7),
        "octagon": (8, 8),
        "circle": (0, 0),
        "star of 4": (4, 8),
        "star of 5": (5, 10),
        "star of 6": (6, 12),
    }


def test_stars_are_far_from_polygons_and_figures_large_enough_to_tell_their_corners():
    truth = draw(count=300).truth
    star = truth["kind"] >= 7
    assert (truth["inner"][star] >= 0.4).all()
    assert (truth["inner"][star] <= 0.55).all()
    np.testing.assert_allclose(truth["inner"][:7], [*np.cos(np.pi / np.arange(3, 9)), 1])
    assert 14 <= truth["circumradius"].min() < 14.5
    assert 25.5 < truth["circumradius"].max() <= 26


# ---- shape


@pytest.mark.parametrize("size", [40, 64])
def test_each_pixel_is_covered_by_as_much_as_the_truth_says(size):
    images = draw(count=10, size=size)
    fine = (np.arange(6 * size) + 0.5) / 6
    x, y = np.meshgrid(fine, fine)
    for ink, *values in zip(coverage(images), *(images.truth[name] for name in GEOMETRY), strict=True):
        expected = inside(dict(zip(GEOMETRY, values, strict=True)), x, y).reshape(size, 6, size, 6).mean(axis=(1, 3))
        np.testing.assert_allclose(ink, expected, atol=0.25)  # scanlines and the grid here err by 1/8 and 1/12
        assert np.abs(ink - expected).mean() < 0.003


def test_area_is_that_of_the_vertices_and_a_circles_is_pi_r_squared():
    images = draw()
    area = coverage(images).sum(axis=(1, 2))
    circle = images.truth["kind"] == 6
    assert np.isnan(images.truth["vertices"][circle]).all()
    np.testing.assert_allclose(area[circle], np.pi * images.truth["circumradius"][circle] ** 2, rtol=0.003)
    for ink, vertices in zip(area[~circle], images.truth["vertices"][~circle], strict=True):
        x, y = vertices[~np.isnan(vertices[:, 0])].T
        shoelace = (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2
        assert ink == pytest.approx(shoelace, rel=0.015)


def test_vertices_lie_inside_the_picture_and_in_turn_at_both_radii():
    images = draw()
    for vertices, points, centre, radius, inner, rotation in zip(
        *(images.truth[name] for name in ("vertices", *GEOMETRY)), strict=True
    ):
        corners = vertices[~np.isnan(vertices[:, 0])]
        assert ((corners >= 0) & (corners <= 64)).all()
        assert ((centre >= radius) & (centre <= 64 - radius)).all()
        assert 0 <= rotation <= 2 * np.pi / max(points, 3)
        if points:
            reach = [radius, radius * inner] * points if len(corners) > points else [radius] * points
            angle = rotation + 2 * np.pi * np.arange(len(corners)) / len(corners)
            around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            np.testing.assert_allclose(corners, centre + np.array(reach)[:, None] * around)


# ---- colour


def test_the_middle_has_the_colour_and_the_picture_s_corner_the_ground():
    images = draw()
    column, row = images.truth["centre"].astype(int).T
    pictures = images.images.numpy()
    assert np.array_equal(pictures[np.arange(100), :, row, column], images.truth["colour"])
    assert np.array_equal(pictures[:, :, 0, 0], images.truth["ground"])


def test_edges_mix_the_same_share_of_both_colours_in_all_channels():
    images = draw(count=30)
    share = coverage(images)[:, None]
    colour, ground = (images.truth[name].astype(float)[..., None, None] for name in ("colour", "ground"))
    mixed = share * colour + (1 - share) * ground
    np.testing.assert_allclose(images.images.numpy(), mixed, atol=1.01)
    assert ((share > 0.2) & (share < 0.8)).any(axis=(1, 2, 3)).all()


def test_colour_and_ground_are_at_least_96_apart_as_the_eye_weighs_channels():
    truth = draw(count=2000, size=16).truth
    red, green, blue = (truth["colour"].astype(float) - truth["ground"]).T
    apart = np.sqrt(0.299 * red**2 + 0.587 * green**2 + 0.114 * blue**2)
    assert 96 <= apart.min() < 98
    assert figures.contrast(np.zeros(3, np.uint8), np.full(3, 255, np.uint8)) == pytest.approx(255)


def test_grounds_are_uniform_and_colours_of_every_brightness():
    truth = draw(count=2000, size=16).truth
    shares = np.histogram(truth["ground"], bins=8, range=(0, 256))[0] / truth["ground"].size
    np.testing.assert_allclose(shares, 1 / 8, atol=0.02)
    assert (np.histogram(truth["colour"], bins=8, range=(0, 256))[0] > 0.08 * truth["colour"].size).all()


@pytest.mark.parametrize("size", [16, 256])
def test_the_smallest_and_the_largest_size_can_be_drawn(size, monkeypatch):
    monkeypatch.setattr(base, "BLOCK", 10)
    images = draw(count=10, size=size)
    assert images.shape == (3, size, size)
    np.testing.assert_allclose(
        coverage(images)[6].sum(), np.pi * images.truth["circumradius"][6] ** 2, rtol=0.01 if size == 16 else 0.001
    )
