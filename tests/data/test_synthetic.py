"""Drawn pictures can be read back from their truth, and are functions of (seed, split, settings, number)."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from ganarium.config.synthetic import LinesConfig, PointsConfig, PolygonsConfig, PuzzlesConfig, SyntheticConfig
from ganarium.core.errors import GanariumError
from ganarium.data.datasets import ImageSet
from ganarium.data.synthetic import base, lines, plus_marks, polygons, puzzles
from ganarium.data.synthetic.placement import pack

LOADERS: dict[type[SyntheticConfig], Callable[..., ImageSet]] = {
    PointsConfig: plus_marks.load,
    LinesConfig: lines.load,
    PolygonsConfig: polygons.load,
    PuzzlesConfig: puzzles.load,
}
KINDS = pytest.mark.parametrize("kind", LOADERS)
LABELLED = pytest.mark.parametrize("kind", [PointsConfig, LinesConfig, PolygonsConfig])
TOUCHING = np.ones((3, 3))  # neighbours, diagonals included
SEEDS = st.integers(0, 2**31)


def draw(kind: type[SyntheticConfig], split: str = "train", **chosen: Any) -> ImageSet:
    return LOADERS[kind](kind(**chosen), split)


def pictures(images: ImageSet) -> np.ndarray:
    return images.images[:, 0].numpy()


# ---- all sets


@KINDS
def test_a_picture_does_not_depend_on_how_many_are_asked_for(kind):
    few, many = draw(kind, count=7), draw(kind, count=230)
    assert np.array_equal(pictures(few), pictures(many)[:7])
    for name, rows in few.truth.items():
        np.testing.assert_array_equal(rows, many.truth[name][:7])
        assert len(many.truth[name]) == 230


@KINDS
def test_the_same_seed_draws_the_same_pictures_and_another_seed_others(kind):
    assert draw(kind, count=30, seed=5).hash == draw(kind, count=30, seed=5).hash
    assert draw(kind, count=30, seed=5).hash != draw(kind, count=30, seed=6).hash


@KINDS
def test_splits_share_no_picture_with_ink(kind, monkeypatch):
    monkeypatch.setattr(base, "HELD_OUT", 300)
    splits = [draw(kind, split, count=300) for split in ("train", "validation", "test")]
    # One mark alone has only so many places, so pictures with fewer than three cannot tell.
    keys = [{p.tobytes() for p in pictures(s) if p.sum() > 255 * 12} for s in splits]
    assert all(len(key) > 200 for key in keys)
    assert all(a.isdisjoint(b) for a, b in combinations(keys, 2))


@KINDS
def test_no_block_repeats_another(kind):
    first, second = np.split(pictures(draw(kind, count=2 * base.BLOCK)), 2)
    assert not np.array_equal(first, second)


def test_validation_and_test_have_ten_thousand_pictures_whatever_the_count():
    assert [len(draw(PuzzlesConfig, split, count=3)) for split in ("train", "validation", "test")] == [
        3,
        10_000,
        10_000,
    ]


@LABELLED
def test_labels_are_balanced_and_name_what_is_drawn(kind):
    images = draw(kind, count=200)
    assert np.bincount(images.labels.numpy()).tolist() == [20] * 10
    drawn = images.truth["sides" if kind is PolygonsConfig else "count"]
    assert [int(images.classes[label]) for label in images.labels] == drawn.tolist()


def test_puzzles_have_no_labels():
    images = draw(PuzzlesConfig, count=3)
    assert images.labels is None
    assert images.classes == ()


@KINDS
def test_pictures_are_bytes_of_the_size_asked_for(kind):
    images = draw(kind, count=3, size=40)
    assert images.images.shape == (3, 1, 40, 40)
    assert images.images.dtype.is_floating_point is False
    assert images.images.max() == 255
    assert "CC0" in images.card.licence


# ---- points


@settings(max_examples=8, deadline=None)
@given(size=st.integers(16, 64), seed=SEEDS)
def test_points_are_rebuilt_exactly_from_their_centres(size, seed):
    images = draw(PointsConfig, count=100, size=size, seed=seed)
    rebuilt = np.zeros_like(pictures(images))
    for picture, centres, count in zip(rebuilt, images.truth["centres"], images.truth["count"], strict=True):
        assert (centres[count:] == -1).all()
        for x, y in centres[:count]:
            assert 1 <= min(x, y) <= max(x, y) <= size - 2
            picture[y - 1 : y + 2, x] = picture[y, x - 1 : x + 2] = 255
    assert np.array_equal(rebuilt, pictures(images))


@pytest.mark.parametrize("size", [16, 28, 256])
def test_points_never_touch_so_that_counting_clusters_counts_marks(size):
    images = draw(PointsConfig, count=100 if size > 100 else 1000, size=size)
    assert [ndimage.label(p, TOUCHING)[1] for p in pictures(images)] == images.truth["count"].tolist()


def test_points_come_as_near_as_the_rule_allows():
    """Two centres may differ by (3, 2), their pixels then by two; (2, 2) and (3, 1) touch."""
    origin = np.zeros(2, int)
    offsets = np.moveaxis(np.indices((6, 6)), 0, -1)
    near = {tuple(map(int, d)) for d in offsets[plus_marks.touching(origin, offsets)]}
    assert {(0, 0), (3, 0), (3, 1), (2, 2), (1, 3)} <= near
    assert near.isdisjoint({(4, 0), (3, 2), (2, 3), (3, 3), (0, 4)})


def test_pictures_in_which_nothing_fits_end_in_an_error_and_not_in_an_endless_loop():
    def propose(rng, shape):
        return rng.integers(0, 2, (*shape, 2))

    with pytest.raises(GanariumError, match=r"larger data\.size"):
        pack(np.random.default_rng(0), np.array([1, 9]), propose, plus_marks.touching)


# ---- lines


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Shortest distance of two segments, from 150 points on each; a little too large."""
    t = np.linspace(0, 1, 150)[:, None]
    p, q = (s[0] + t * (s[1] - s[0]) for s in (a, b))
    return float(np.sqrt(((p[:, None] - q) ** 2).sum(-1)).min())


def directions_apart(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two segments' directions, 0 to 90."""
    first, second = (np.degrees(np.arctan2(*(s[1] - s[0])[::-1])) for s in (a, b))
    return float(abs((first - second + 90) % 180 - 90))


@settings(max_examples=6, deadline=None)
@given(size=st.integers(32, 90), seed=SEEDS)
def test_no_two_lines_are_both_nearly_parallel_and_near(size, seed):
    for ends, count in zip(
        *(draw(LinesConfig, count=10, size=size, seed=seed).truth[k] for k in ("ends", "count")), strict=True
    ):
        for a, b in combinations(ends[:count], 2):
            assert directions_apart(a, b) > 12 or gap(a, b) > 4


def test_crossing_lines_and_near_but_askew_ones_do_occur():
    ends = draw(LinesConfig, count=100).truth["ends"]
    askew = [(gap(a, b), directions_apart(a, b)) for k in (7, 8, 9) for a, b in combinations(ends[k, :k], 2)]
    assert any(distance < 0.5 and angle > 12 for distance, angle in askew)
    assert any(distance > 4 and angle < 12 for distance, angle in askew)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ([(0, 3), (10, 3)], 3),  # beside
        ([(13, 4), (20, 4)], 5),  # past the end
        ([(5, -5), (5, 5)], 0),  # across
        ([(5, 2), (5, 9)], 2),  # its end near the middle
        ([(12, 0), (20, 0)], 2),  # on the same straight line
    ],
)
def test_distance_of_lines_by_hand(other, expected):
    line, other = np.array([0, 10 + 0j]), np.array([complex(*end) for end in other])
    assert lines.distance(line, other) == pytest.approx(expected)
    assert lines.distance(other, line) == pytest.approx(expected)


@settings(max_examples=6, deadline=None)
@given(size=st.integers(32, 90), seed=SEEDS)
def test_lines_are_long_inside_and_inked_from_end_to_end_and_nowhere_else(size, seed):
    images = draw(LinesConfig, count=20, size=size, seed=seed)
    for picture, ends, count in zip(pictures(images), *(images.truth[k] for k in ("ends", "count")), strict=True):
        assert np.isnan(ends[count:]).all()
        ends = ends[:count]
        assert (np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) >= 20 - 1e-9).all()
        assert ((ends > 0) & (ends < size)).all()
        along = (ends[:, :1] + np.linspace(0, 1, 300)[:, None] * (ends[:, 1:] - ends[:, :1])).reshape(-1, 2)
        column, row = along.astype(int).T
        assert (picture[row, column] > 90).all()
        far = np.ones_like(picture, bool)
        far[row, column] = False
        assert not picture[ndimage.binary_erosion(far, TOUCHING, iterations=2, border_value=1)].any()


def test_ink_of_one_line_is_its_width_times_its_length_and_the_pen():
    images = draw(LinesConfig, count=100)
    rows = images.truth["count"] == 1
    length = np.linalg.norm(np.diff(images.truth["ends"][rows, 0], axis=1)[:, 0], axis=1)
    ink = pictures(images)[rows].sum(axis=(1, 2)) / 255
    np.testing.assert_allclose(ink, lines.WIDTH * (length + lines.WIDTH), rtol=0.02)


# ---- polygons


@settings(max_examples=6, deadline=None)
@given(size=st.integers(32, 96), seed=SEEDS)
def test_polygons_have_the_area_and_the_middle_of_the_closed_form(size, seed):
    images = draw(PolygonsConfig, count=50, size=size, seed=seed)
    sides, radius = images.truth["sides"], images.truth["circumradius"]
    ink = pictures(images) / 255
    area = ink.sum(axis=(1, 2))
    closed_form = sides / 2 * radius**2 * np.sin(2 * np.pi / sides)
    np.testing.assert_allclose(area, closed_form, rtol=0.02)
    assert np.abs(area / closed_form - 1).mean() < 0.002
    middles = np.arange(size) + 0.5
    mean = np.stack([(ink.sum(axis=1) * middles).sum(1), (ink.sum(axis=2) * middles).sum(1)], axis=1) / area[:, None]
    np.testing.assert_allclose(mean, images.truth["centre"], atol=0.13)  # half a scanline


def test_polygons_vertices_follow_from_centre_radius_and_rotation_and_lie_inside():
    images = draw(PolygonsConfig, count=100)
    assert (images.truth["circumradius"] >= 14).all()
    assert (images.truth["circumradius"] <= 26).all()
    for n, radius, rotation, centre, vertices in zip(
        *(images.truth[k] for k in ("sides", "circumradius", "rotation", "centre", "vertices")), strict=True
    ):
        assert 0 <= rotation < 2 * np.pi / n
        angle = rotation + 2 * np.pi * np.arange(n) / n
        circle = centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        np.testing.assert_allclose(vertices[:n], circle)
        assert np.isnan(vertices[n:]).all()
        assert ((circle >= 0) & (circle <= 60)).all()


def test_polygons_ink_every_pixel_inside_and_none_outside():
    images = draw(PolygonsConfig, count=30)
    middles = np.arange(60) + 0.5
    for picture, n, radius, rotation, centre in zip(
        pictures(images),
        *(images.truth[k] for k in ("sides", "circumradius", "rotation", "centre")),
        strict=True,
    ):
        x, y = np.meshgrid(middles - centre[0], middles - centre[1])
        edge = rotation + np.pi / n + 2 * np.pi * np.arange(n)[:, None, None] / n
        outside = (x * np.cos(edge) + y * np.sin(edge)).max(axis=0) - radius * np.cos(np.pi / n)
        assert (picture[outside < -0.75] == 255).all()
        assert (picture[outside > 0.75] == 0).all()


# ---- puzzles


def reread(images: ImageSet, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Both pieces of picture i as they lay before the second was moved, from the truth: bool [H, W]."""
    left, top, width, height = images.truth["rectangle"][i]
    cut = images.truth["cut"][i, : images.truth["segments"][i] + 1]
    size = images.shape[-1]
    y, x = np.indices((size, size)) + 0.5
    along, across, knots = (y, x, cut) if images.truth["upright"][i] else (x, y, cut[:, ::-1])
    inside = (x > left) & (x < left + width) & (y > top) & (y < top + height)
    before = across < np.interp(along, knots[:, 1], knots[:, 0])
    return inside & before, inside & ~before


@settings(max_examples=8, deadline=None)
@given(size=st.integers(24, 64), seed=SEEDS)
def test_puzzles_are_rebuilt_exactly_and_moving_back_gives_the_whole_rectangle(size, seed):
    images = draw(PuzzlesConfig, count=20, size=size, seed=seed)
    for i, picture in enumerate(pictures(images)):
        first, second = reread(images, i)
        dx, dy = images.truth["shift"][i]
        moved = ndimage.shift(second.astype(int), (dy, dx), order=0).astype(bool)
        assert moved.sum() == second.sum()
        assert np.array_equal(picture, 255 * (first | moved))
        _, _, width, height = images.truth["rectangle"][i]
        assert (first | second).sum() == width * height
        assert min(first.sum(), second.sum()) >= 0.2 * width * height


@pytest.mark.parametrize("size", [24, 28, 61])
def test_puzzles_show_two_pieces_with_two_empty_pixels_between_them(size):
    images = draw(PuzzlesConfig, count=150, size=size)
    for picture in pictures(images):
        named, pieces = ndimage.label(picture)
        assert pieces == 2
        assert not (ndimage.binary_dilation(named == 1, TOUCHING, iterations=2) & (named == 2)).any()


def test_puzzles_are_cut_both_ways_by_one_to_three_segments_through_and_through():
    images = draw(PuzzlesConfig, count=200)
    truth = images.truth
    assert set(truth["segments"]) == {1, 2, 3}
    assert 60 < truth["upright"].sum() < 140
    for (left, top, width, height), cut, segments, upright in zip(
        *(truth[k] for k in ("rectangle", "cut", "segments", "upright")), strict=True
    ):
        assert np.isnan(cut[segments + 1 :]).all()
        sides = (top, top + height) if upright else (left, left + width)
        assert cut[[0, segments], int(upright)].tolist() == pytest.approx(sides)


# ---- the ends of what the settings allow


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (PointsConfig, 16),
        (PointsConfig, 256),
        (LinesConfig, 32),
        (LinesConfig, 256),
        (PolygonsConfig, 32),
        (PolygonsConfig, 256),
        (PuzzlesConfig, 24),
        (PuzzlesConfig, 256),
    ],
)
def test_the_smallest_and_the_largest_size_can_be_drawn(kind, size):
    images = draw(kind, count=10, size=size)
    assert images.shape == (1, size, size)
    ink = (pictures(images) > 0).any(axis=(1, 2))
    assert ink.tolist() == [kind in (PolygonsConfig, PuzzlesConfig)] + [True] * 9
