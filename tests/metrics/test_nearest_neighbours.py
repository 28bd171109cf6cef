"""Distances and neighbours equal those of differences in float64, wherever the rows lie and whichever are equal."""

import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, integers, normal
from ganarium.metrics import nearest_neighbours
from ganarium.metrics.memorization import authentic
from ganarium.metrics.nearest_neighbours import distance_blocks, extremes, kth_distances, nearest, nearest_other
from ganarium.metrics.precision_recall import Manifold, manifold_scores

BLOCKS = (1, 7, 64, 1000)
STRETCHES = (5, 1000)  # shorter and longer than a row of distances
WIDTHS = (2, 40)


def gaussian(name: str, n: int, d: int) -> Tensor:
    return Streams(0).at(name, normal(n, d), 0)


def with_blanks(rows: Tensor) -> Tensor:
    """A tenth of the rows are equal."""
    rows = rows.clone()
    rows[::10] = 0.3
    return rows


def in_two_clusters(rows: Tensor, apart: float) -> Tensor:
    return 0.1 * rows + torch.where(torch.arange(len(rows)) % 2 == 0, apart, -apart)[:, None]


CASES = {
    "spread out": lambda rows: rows,
    "a tenth equal": with_blanks,
    "all equal": lambda rows: rows[:1].expand(len(rows), -1) * 0 + 0.1,
    "ten kinds": lambda rows: with_blanks(rows)[torch.arange(len(rows)) % 10] + 0.7,
    "far away": lambda rows: rows + 1e4,
    "clusters at ±100": lambda rows: in_two_clusters(rows, 100),
    "clusters at ±1e4": lambda rows: in_two_clusters(rows, 1e4),
    "equal in clusters at ±100": lambda rows: in_two_clusters(with_blanks(rows), 100),
    "whole numbers": lambda rows: rows.round(),
    "one far row": lambda rows: torch.cat([rows[1:], 1e5 * rows[:1]]),
}


@pytest.fixture(params=STRETCHES)
def stretch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extremes are looked for in short stretches of a row, or in the whole row."""
    monkeypatch.setattr(nearest_neighbours, "STRETCH", request.param)


@pytest.fixture(params=[(case, d) for case in CASES for d in WIDTHS], ids=lambda each: f"{each[0]}, {each[1]} wide")
def two(request: pytest.FixtureRequest) -> tuple[Tensor, Tensor]:
    """Training rows and others; some of the others are training rows."""
    case, d = request.param
    train, others = (CASES[case](gaussian(name, 120, d)) for name in ("train", "others"))
    return train, torch.cat([others[:90], train[50:60]])


def exact(x: Tensor, y: Tensor) -> Tensor:
    return (x.double()[:, None] - y.double()).norm(dim=2)


def exact_others(x: Tensor) -> Tensor:
    return exact(x, x).fill_diagonal_(torch.inf)


def exact_manifold(real: Tensor, fake: Tensor, k: int = 5) -> Manifold:
    """What lies at a ball's radius, but for rounding, is outside."""
    real_radius, fake_radius = (exact_others(rows).sort(1).values[:, k - 1] * (1 - 1e-9) for rows in (real, fake))
    distances = exact(real, fake)
    in_real_ball, in_fake_ball = distances < real_radius[:, None], distances < fake_radius
    return Manifold(
        in_real_ball.any(0).double().mean().item(),
        in_fake_ball.any(1).double().mean().item(),
        in_real_ball.sum(0).double().mean().item() / k,
        in_real_ball.any(1).double().mean().item(),
    )


def close(found: Tensor, expected: Tensor, digits: int = 12) -> bool:
    return torch.allclose(found, expected, rtol=10.0**-digits, atol=0)


@pytest.mark.slow
def test_distances_are_those_of_differences_and_exactly_0_of_equal_rows(two: tuple[Tensor, Tensor]):
    train, others = two
    expected = exact(train, others)
    for block in BLOCKS:
        found = torch.cat([distances for _, distances in distance_blocks(train, others, block)])
        assert close(found, expected, 9)
        assert (found == 0).equal(expected == 0)


@pytest.mark.slow
@pytest.mark.usefixtures("stretch")
def test_the_kth_distances_are_those_of_differences_at_any_block_size(two: tuple[Tensor, Tensor]):
    train, _ = two
    ordered = exact_others(train).sort(1).values
    for k in (1, 5):
        found = [kth_distances(train, k, block) for block in BLOCKS]
        assert close(found[0], ordered[:, k - 1])
        assert all(each.equal(found[0]) for each in found)


@pytest.mark.slow
@pytest.mark.usefixtures("stretch")
def test_the_nearest_are_those_of_differences_at_any_block_size(two: tuple[Tensor, Tensor]):
    train, others = two
    expected = exact(others, train)
    found = [nearest(train, others, block) for block in BLOCKS]
    distances, which = found[0]
    assert close(distances, expected.amin(1))
    assert close(expected.gather(1, which[:, None])[:, 0], expected.amin(1))
    assert all(each[0].equal(distances) and each[1].equal(which) for each in found)


@pytest.mark.slow
@pytest.mark.usefixtures("stretch")
def test_the_nearest_other_training_rows_are_those_of_differences_at_any_block_size(two: tuple[Tensor, Tensor]):
    train, _ = two
    of = Streams(0).at("of", integers(200, high=len(train)), 0)
    found = [nearest_other(train, of, block) for block in BLOCKS]
    assert close(found[0], exact_others(train).amin(1)[of])
    assert all(each.equal(found[0]) for each in found)


@pytest.mark.slow
def test_manifold_scores_are_those_of_differences_at_any_block_size(two: tuple[Tensor, Tensor]):
    train, others = two
    expected = exact_manifold(train, others)
    for block in BLOCKS:
        assert manifold_scores(train, others, block=block) == pytest.approx(expected, abs=1e-12)


def test_which_samples_are_authentic_does_not_depend_on_the_block_size(two: tuple[Tensor, Tensor]):
    train, others = two
    own = exact_others(train).amin(1)
    distances, which = nearest(train, others)
    expected = own[which] < exact(others, train).amin(1)
    for block in BLOCKS:
        assert authentic(train, distances, which, block).equal(expected)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("n", [1, 99, 100, 801, 1800, 2345])
def test_the_extremes_of_a_row_are_those_of_topk(n: int, largest: bool):
    values = gaussian(f"values {n}", 6, n)
    values[0, n // 2] = torch.inf if largest else -torch.inf
    for k in {1, min(9, n)}:
        found, expected = extremes(values, k, largest=largest), values.topk(k, largest=largest)
        assert found.values.equal(expected.values)
        assert found.indices.equal(expected.indices)


@pytest.mark.usefixtures("stretch")
def test_of_equal_training_rows_the_first_is_the_nearest():
    train = torch.cat([gaussian("train", 20, 40)] * 9)
    for block in BLOCKS:
        distances, which = nearest(train, train[:20], block)
        assert distances.eq(0).all()
        assert which.tolist() == list(range(20))
