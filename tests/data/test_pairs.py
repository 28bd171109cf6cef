"""Both domains show the same kind of things, and the answers are what a perfect translation makes."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from ganarium.config.synthetic import PairsConfig
from ganarium.data.datasets import PairSet
from ganarium.data.synthetic import base, pairs, strokes
from ganarium.data.synthetic.pairs import DOMAINS

EACH = pytest.mark.parametrize("domains", DOMAINS)
PICTURES = ("x", "y", "x_as_y", "y_as_x")


def draw(domains: str = "outline-filled", split: str = "train", **chosen: Any) -> PairSet:
    return pairs.load(PairsConfig(domains=domains, **{"count": 100, **chosen}), split)


def arrays(drawn: PairSet) -> dict[str, np.ndarray]:
    """All pictures [n, H, W] by name."""
    return {name: getattr(drawn, name)[:, 0].numpy() for name in PICTURES}


def things(drawn: PairSet, side: str) -> dict[str, np.ndarray]:
    return {name[2:]: rows for name, rows in drawn.truth.items() if name.startswith(f"{side}.")}


def distance(x: np.ndarray, y: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """From points (x, y) [H, W] to the nearest of polylines [s, k, 2]."""
    start, step = lines[:, :-1].reshape(-1, 1, 1, 2), np.diff(lines, axis=1).reshape(-1, 1, 1, 2)
    to = np.stack([x, y], axis=-1) - start
    along = np.clip((to * step).sum(-1) / (step**2).sum(-1), 0, 1)
    return np.linalg.norm(to - along[..., None] * step, axis=-1).min(axis=0)


# ---- seed, number, split


@EACH
def test_a_row_does_not_depend_on_how_many_are_asked_for(domains):
    few, many = draw(domains, count=7), draw(domains, count=230)
    for name, rows in arrays(few).items():
        assert np.array_equal(rows, arrays(many)[name][:7])
        assert not np.array_equal(arrays(many)[name][:100], arrays(many)[name][100:200])
    for name, rows in few.truth.items():
        np.testing.assert_array_equal(rows, many.truth[name][:7])
        assert len(many.truth[name]) == 230


@EACH
def test_the_same_seed_draws_the_same_pairs_and_another_seed_others(domains):
    assert draw(domains, seed=5).hash == draw(domains, seed=5).hash
    assert draw(domains, seed=5).hash != draw(domains, seed=6).hash


@EACH
def test_splits_share_no_picture_and_held_out_ones_have_their_own_number(domains, monkeypatch):
    monkeypatch.setattr(base, "HELD_OUT", 120)
    splits = [draw(domains, split) for split in ("train", "validation", "test")]
    assert [len(split) for split in splits] == [100, 120, 120]
    keys = [{p.tobytes() for name in ("x", "y") for p in arrays(split)[name]} for split in splits]
    assert all(a.isdisjoint(b) for a, b in combinations(keys, 2))


def test_domains_do_not_show_the_same_digits():
    assert not np.array_equal(draw("thin-thick").truth["x.turn"], draw("upright-turned").truth["x.turn"])


@EACH
def test_pictures_are_grey_bytes_and_the_domains_named(domains):
    drawn = draw(domains, size=40, count=3)
    assert [getattr(drawn, name).shape for name in PICTURES] == [(3, 1, 40, 40)] * 4
    assert [pictures.max() for pictures in arrays(drawn).values()] == [255] * 4
    assert "-".join(drawn.domains) == domains
    assert "CC0" in drawn.card.licence


# ---- paired and unpaired


@EACH
def test_paired_rows_are_each_other_s_answers(domains):
    drawn = draw(domains, paired=True)
    assert np.array_equal(drawn.y, drawn.x_as_y)
    assert np.array_equal(drawn.y_as_x, drawn.x)
    assert not np.array_equal(drawn.x, drawn.y)
    for name, rows in things(drawn, "x").items():
        np.testing.assert_array_equal(rows, things(drawn, "y")[name])


@EACH
def test_pairing_changes_y_and_leaves_x(domains):
    alone, paired = draw(domains), draw(domains, paired=True)
    assert np.array_equal(alone.x, paired.x)
    assert np.array_equal(alone.x_as_y, paired.x_as_y)
    assert not np.array_equal(alone.y, paired.y)


@pytest.mark.slow
@EACH
def test_unpaired_rows_are_other_things_of_classes_that_do_not_tell_each_other(domains):
    drawn = draw(domains, count=1000)
    name = "sides" if domains == "outline-filled" else "digit"
    x, y = (things(drawn, side)[name] for side in ("x", "y"))
    assert np.bincount(y)[-10:].tolist() == [100] * 10
    assert np.mean(x == y) == pytest.approx(0.1, abs=0.04)
    answers = {p.tobytes() for p in arrays(drawn)["x_as_y"]}
    assert answers.isdisjoint(p.tobytes() for p in arrays(drawn)["y"])


@EACH
def test_painting_the_truth_in_the_other_domain_is_the_answer_and_painting_it_back_the_picture(domains):
    drawn = draw(domains)
    for side, names in (("x", ("x", "x_as_y")), ("y", ("y_as_x", "y"))):
        first, second = DOMAINS[domains].paint(things(drawn, side), 28)
        assert np.array_equal(first, arrays(drawn)[names[0]])
        assert np.array_equal(second, arrays(drawn)[names[1]])


# ---- outline and filled


def test_outlines_lie_inside_the_filled_polygons_and_leave_them_empty_in_the_middle():
    drawn = draw()
    outline, filled = arrays(drawn)["x"], arrays(drawn)["x_as_y"]
    assert (outline <= filled).all()
    column, row = drawn.truth["x.centre"].astype(int).T
    rows = np.arange(100)
    assert (filled[rows, row, column] == 255).all()
    large = drawn.truth["x.circumradius"] * np.cos(np.pi / drawn.truth["x.sides"]) > 3.5
    assert large.sum() > 80
    assert (outline[rows, row, column][large] == 0).all()


@pytest.mark.parametrize("size", [28, 80])
def test_areas_are_those_of_a_polygon_and_of_one_2_px_of_28_further_in(size):
    drawn = draw(size=size)
    for outline, filled, side in (("x", "x_as_y", "x"), ("y_as_x", "y", "y")):
        truth = things(drawn, side)
        sides, apothem = truth["sides"], truth["circumradius"] * np.cos(np.pi / truth["sides"])
        outer, inner = (sides * a**2 * np.tan(np.pi / sides) for a in (apothem, apothem - 2 * size / 28))
        ink = {name: arrays(drawn)[name].sum(axis=(1, 2)) / 255 for name in (outline, filled)}
        np.testing.assert_allclose(ink[filled], outer, rtol=0.04)
        np.testing.assert_allclose(ink[outline], outer - inner, rtol=0.04)
        assert np.abs(ink[outline] / (outer - inner) - 1).mean() < 0.01


# ---- digits


@pytest.mark.parametrize(("name", "pen"), [("x", 1.6), ("x_as_y", 4.0)])
@pytest.mark.parametrize("size", [24, 44])
def test_ink_reaches_half_a_pen_from_the_strokes_and_is_no_brighter_where_they_meet(name, pen, size):
    drawn = draw("thin-thick", count=10, size=size)
    radius = pen * size / 56
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    for ink, lines in zip(arrays(drawn)[name] / 255, drawn.truth["x.strokes"], strict=True):
        away = distance(x, y, lines[~np.isnan(lines[:, 0, 0])])
        np.testing.assert_allclose(ink, np.clip(radius - away + 0.5, 0, 1), atol=0.2)
        assert (ink[away < radius - 0.8] == 1).all()
        assert (ink[away > radius + 0.8] == 0).all()


def test_thin_digits_lie_inside_thick_ones():
    drawn = arrays(draw("thin-thick"))
    for thin, thick in (("x", "x_as_y"), ("y_as_x", "y")):
        assert (drawn[thin] <= drawn[thick]).all()
        assert (drawn[thin].sum(axis=(1, 2)) < 0.6 * drawn[thick].sum(axis=(1, 2))).all()


def test_turning_by_a_quarter_is_exact_and_three_quarters_more_give_the_picture_back():
    drawn = arrays(draw("upright-turned"))
    for upright, turned in (("x", "x_as_y"), ("y_as_x", "y")):
        assert np.array_equal([np.rot90(p) for p in drawn[upright]], drawn[turned])
        assert np.array_equal([np.rot90(p, 3) for p in drawn[turned]], drawn[upright])
        assert not np.array_equal(drawn[upright], drawn[turned])


def test_upright_digits_have_ink_where_their_strokes_are():
    drawn = draw("upright-turned")
    for name, side in (("x", "x"), ("y_as_x", "y")):
        for picture, lines in zip(arrays(drawn)[name], drawn.truth[f"{side}.strokes"], strict=True):
            column, row = lines[~np.isnan(lines).any(axis=-1)].astype(int).T
            assert (picture[row, column] > 100).all()


def test_each_digit_is_nearest_to_digits_of_its_own_kind():
    known, asked = draw("thin-thick", count=600), draw("thin-thick", seed=1)
    near, far = (arrays(drawn)["x_as_y"].reshape(len(drawn), -1) / 255 for drawn in (known, asked))
    squares = (near**2).sum(axis=1) - 2 * far @ near.T
    read = known.truth["x.digit"][squares.argmin(axis=1)]
    assert np.mean(read == asked.truth["x.digit"]) >= 0.98


def test_digits_vary_in_all_that_is_drawn_by_chance_and_stay_clear_of_the_edge():
    truth = things(draw("thin-thick", count=1000, size=24), "x")
    for name, (low, high) in {
        "slant": strokes.SLANT,
        "turn": (-strokes.TURN, strokes.TURN),
        "scale": strokes.SCALE,
    }.items():
        reach = high - low
        assert low <= truth[name].min() < low + 0.05 * reach
        assert high - 0.05 * reach < truth[name].max() <= high
    lines, margin = truth["strokes"], 2.5 * 24 / 28
    assert margin <= np.nanmin(lines)
    assert np.nanmax(lines) <= 24 - margin
    middle = (np.nanmin(lines, axis=(1, 2)) + np.nanmax(lines, axis=(1, 2))) / 2
    assert (middle.std(axis=0) > 0.5).all()


def test_slant_turn_and_scale_are_read_back_from_the_strokes():
    truth = things(draw("thin-thick", count=300), "x")
    read = []
    for digit, lines in zip(truth["digit"], truth["strokes"], strict=True):
        skeleton = strokes.SKELETONS[digit, : strokes.COUNTS[digit]].reshape(-1, 2)
        box = np.column_stack([(skeleton - 0.5) * (strokes.WIDTH, strokes.HEIGHT), np.ones(len(skeleton))])
        (across, down, _), *_ = np.linalg.lstsq(box, lines[: strokes.COUNTS[digit]].reshape(-1, 2))
        turn = np.arctan2(across[1], across[0])
        width = np.linalg.norm(across)
        height = np.linalg.det([across, down]) / width
        read.append((-(across @ down) / width / height, turn, width, height))
    known = np.column_stack([truth["slant"], truth["turn"], truth["scale"]])
    for name, a, b in zip(("slant", "turn", "width", "height"), np.transpose(read), known.T, strict=True):
        several = truth["digit"] != 1  # a one is too narrow to tell its width
        assert np.corrcoef(a[several], b[several])[0, 1] > 0.85, name
        assert np.mean(a[several]) == pytest.approx(np.mean(b[several]), abs=0.02), name


def test_bent_digits_hold_together_and_their_straight_strokes_are_no_longer_straight():
    truth = things(draw("thin-thick"), "x")
    seven = truth["strokes"][truth["digit"] == 7]
    np.testing.assert_array_equal(seven[:, 0, -1], seven[:, 1, 0])
    eight = truth["strokes"][truth["digit"] == 8]
    np.testing.assert_allclose(eight[:, :2, 0], eight[:, :2, -1])
    bars = seven[:, 0] - seven[:, :1, 0]
    (x, y), (end_x, end_y) = np.moveaxis(bars, -1, 0), bars[:, -1:].T
    off = np.abs(x * end_y.T - y * end_x.T).max(axis=1) / np.hypot(end_x, end_y)[0]
    assert 0.1 < np.median(off) < 1


def test_skeletons_lie_in_the_unit_box_with_as_many_strokes_and_closed_ones_as_a_hand_needs():
    assert strokes.SKELETONS.min() >= -1e-9
    assert strokes.SKELETONS.max() <= 1 + 1e-9
    there = np.arange(3) < strokes.COUNTS[:, None]
    assert there.sum(axis=1).tolist() == [1, 2, 2, 2, 3, 3, 2, 2, 2, 2]
    assert (strokes.CLOSED & there).sum(axis=1).tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 2, 1]


@EACH
@pytest.mark.parametrize("size", [24, 128])
def test_the_smallest_and_the_largest_size_can_be_drawn(domains, size, monkeypatch):
    monkeypatch.setattr(base, "BLOCK", 10)
    for pictures in arrays(draw(domains, count=10, size=size)).values():
        assert pictures.shape == (10, size, size)
        assert (pictures.max(axis=(1, 2)) == 255).all()
