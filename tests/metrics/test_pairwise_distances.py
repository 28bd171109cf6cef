"""Distances of pairs, against all pairs written out, and the energy distance against its law."""

from itertools import combinations

import pytest
import torch
from scipy.stats import energy_distance as of_two_samples

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.metrics.pairwise_distances import distance_within, energy_distance, mean_distance


def rows(n: int, d: int = 3, name: str = "rows") -> torch.Tensor:
    return Streams(0).at(name, normal(n, d), 0)


def test_the_mean_is_over_all_pairs_of_different_rows():
    x = rows(7)
    written_out = [(a - b).norm().item() for a, b in combinations(x, 2)]
    assert mean_distance(x) == pytest.approx(sum(written_out) / len(written_out))


def test_kinds_are_measured_each_by_itself_and_one_alone_has_no_distance():
    x, kinds = rows(9), torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 0])
    found = distance_within(x, kinds, 4)
    assert found[:2].tolist() == pytest.approx([mean_distance(x[kinds == k]) for k in (0, 1)])
    assert found[2:].isnan().all()


def test_on_the_line_the_energy_distance_is_the_one_that_is_known():
    """scipy's is the root of that of all pairs, rows with themselves among them."""
    a, b = rows(40, 1), rows(30, 1, "others") + 0.5
    with_themselves = of_two_samples(a[:, 0].numpy(), b[:, 0].numpy()) ** 2
    own = sum(mean_distance(x) / len(x) for x in (a, b))  # what rows with themselves, at 0, take off the means
    assert energy_distance(a, b) == pytest.approx(with_themselves - own, abs=1e-6)


def test_it_is_0_on_average_for_one_law_however_few_and_symmetric():
    pairs = [(rows(5, 2, f"a{i}"), rows(8, 2, f"b{i}")) for i in range(400)]
    distances = torch.tensor([energy_distance(a, b) for a, b in pairs])
    assert abs(distances.mean()) < 4 * distances.std() / len(pairs) ** 0.5
    assert energy_distance(*pairs[0]) == pytest.approx(energy_distance(*pairs[0][::-1]))


def test_far_apart_it_is_twice_the_way():
    a, b = rows(50), rows(50, name="others") + torch.tensor([1000.0, 0, 0])
    assert energy_distance(a, b) == pytest.approx(2000, rel=0.01)


def test_one_row_has_no_pair():
    with pytest.raises(InputError, match="n >= 2"):
        mean_distance(rows(1))
