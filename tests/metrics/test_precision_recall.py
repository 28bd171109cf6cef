import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal, permutation
from ganarium.metrics.nearest_neighbours import kth_distances, nearest, nearest_other
from ganarium.metrics.precision_recall import expected_coverage, manifold_scores

STREAMS = Streams(0)


def gaussian(name: str, n: int, d: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, d), step).double()


def textbook(real: Tensor, fake: Tensor, k: int) -> list[float]:
    """All four, sample by sample."""

    def distance(a: Tensor, b: Tensor) -> float:
        return float((a - b).square().sum().sqrt())

    def radius(rows: Tensor, i: int) -> float:
        return sorted(distance(rows[i], row) for j, row in enumerate(rows) if j != i)[k - 1]

    real_radii = [radius(real, i) for i in range(len(real))]
    fake_radii = [radius(fake, j) for j in range(len(fake))]
    holds = [[distance(r, f) < reach for f in fake] for r, reach in zip(real, real_radii, strict=True)]
    precision = sum(any(row[j] for row in holds) for j in range(len(fake))) / len(fake)
    recall = sum(any(distance(r, f) < s for f, s in zip(fake, fake_radii, strict=True)) for r in real) / len(real)
    return [precision, recall, sum(map(sum, holds)) / (k * len(fake)), sum(map(any, holds)) / len(real)]


def test_agrees_with_the_definitions_sample_by_sample():
    real, fake = gaussian("real", 60, 3), 1.3 * gaussian("fake", 45, 3) + 0.4
    assert list(manifold_scores(real, fake, 3)) == pytest.approx(textbook(real, fake, 3), abs=1e-12)
    assert list(manifold_scores(real, fake, 5)) == pytest.approx(textbook(real, fake, 5), abs=1e-12)


def test_four_points_on_the_line_have_them_by_hand():
    real = torch.tensor([[0.0], [1], [3], [10]])  # nearest others at 1, 1, 2, 7
    fake = torch.tensor([[0.5], [4.5], [20]])  # nearest others at 4, 4, 15.5
    scores = manifold_scores(real, fake, 1)
    assert scores.precision == pytest.approx(2 / 3)  # 0.5 and 4.5
    assert scores.recall == 1
    assert scores.density == pytest.approx((2 + 2 + 0) / 3)
    assert scores.coverage == 1


def test_a_sample_against_itself_is_all_there():
    real = gaussian("real", 200, 4)
    assert manifold_scores(real, real) == (1, 1, 1, 1)


def test_one_law_has_density_one_and_the_expected_coverage():
    pairs = [manifold_scores(gaussian("left", 300, 5, s), gaussian("right", 300, 5, s)) for s in range(20)]
    mean = torch.tensor(pairs).mean(0)
    assert mean[2].item() == pytest.approx(1, abs=0.02)
    assert mean[3].item() == pytest.approx(expected_coverage(300, 300), abs=0.005)


def test_coverage_of_unequal_samples_is_as_expected():
    pairs = [manifold_scores(gaussian("left", 300, 5, s), gaussian("right", 100, 5, s), 3) for s in range(30)]
    mean = torch.tensor(pairs).mean(0)[3].item()
    assert mean == pytest.approx(expected_coverage(300, 100, 3), abs=0.015)


def test_expected_coverage_at_ten_thousand():
    assert expected_coverage(10_000, 10_000) == pytest.approx(0.9688, abs=5e-5)
    assert expected_coverage(10_000, 10_000, 3) == pytest.approx(0.8750, abs=5e-5)


def test_exchange_exchanges_precision_and_recall():
    real, fake = gaussian("real", 200, 3), 2 * gaussian("fake", 150, 3)
    forth, back = manifold_scores(real, fake), manifold_scores(fake, real)
    assert (forth.precision, forth.recall) == (back.recall, back.precision)
    assert forth.precision < forth.recall


def test_no_score_knows_the_block_size_or_the_order():
    real, fake = gaussian("real", 130, 3), gaussian("fake", 90, 3)
    whole = manifold_scores(real, fake)
    assert [manifold_scores(real, fake, block=block) for block in (1, 17, 1000)] == [whole] * 3
    shuffled = fake[STREAMS.at("order", permutation(90), 0)]
    assert list(manifold_scores(real, shuffled)) == pytest.approx(list(whole), abs=1e-12)


def test_collapse_keeps_precision_and_loses_recall():
    real, fake = gaussian("real", 400, 3), 0.2 * gaussian("fake", 400, 3)
    scores = manifold_scores(real, fake)
    assert scores.precision > 0.98
    assert scores.recall < 0.2
    assert scores.coverage < 0.3


def test_a_dropped_class_loses_recall_and_coverage_alone():
    real, fake = gaussian("real", 400, 3), gaussian("fake", 400, 3)
    classes = 20 * (torch.arange(400) % 4)[:, None]
    whole = manifold_scores(real + classes, fake + classes)
    lost = manifold_scores(real + classes, fake + classes % 60)
    assert whole.recall - lost.recall > 0.2
    assert whole.coverage - lost.coverage > 0.2
    assert lost.precision == pytest.approx(whole.precision, abs=0.02)


def test_noise_loses_precision_step_by_step():
    real, fresh, noise = (gaussian(name, 400, 6) for name in ("real", "fresh", "noise"))
    scores = [manifold_scores(real, fresh + strength * noise) for strength in (0, 0.5, 1, 2, 4)]
    for name in ("precision", "density", "coverage"):
        values = [getattr(score, name) for score in scores]
        assert values == sorted(values, reverse=True)
        assert values[-1] < 0.3 * values[0]


def test_a_point_off_the_data_is_in_no_ball():
    real = gaussian("real", 100, 3)
    scores = manifold_scores(real, torch.full((50, 3), 100.0))
    assert scores == (0, 0, 0, 0)


def test_a_row_is_not_its_own_neighbour_even_when_it_has_copies():
    rows = torch.tensor([[0.0], [0], [2], [5]])
    assert kth_distances(rows).tolist() == [0, 0, 2, 3]
    assert kth_distances(rows, 3, block=3).tolist() == [5, 5, 3, 5]
    assert nearest_other(rows, torch.tensor([3, 2, 3]), block=2).tolist() == [3, 2, 3]


def test_copies_lie_at_exactly_zero_far_from_the_origin():
    rows = gaussian("real", 300, 8).float() + 1e4
    distances, which = nearest(rows, rows[100:110].clone(), block=4)
    assert distances.tolist() == [0.0] * 10
    assert which.tolist() == list(range(100, 110))


def test_what_is_known_of_the_real_rows_changes_no_bit():
    real, fake = gaussian("real", 250, 9), gaussian("fake", 310, 9) + 0.1
    assert manifold_scores(real, fake, 4, reach_real=kth_distances(real, 4)) == manifold_scores(real, fake, 4)
