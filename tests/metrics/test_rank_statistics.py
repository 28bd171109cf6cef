import pytest
import torch
from scipy.stats import mannwhitneyu, rankdata

from ganarium.core.random_streams import Streams, integers, normal
from ganarium.metrics.rank_statistics import chance_above, mann_whitney_z, mid_ranks

STREAMS = Streams(0)
FIRST = STREAMS.at("first", integers(50, high=12), 0)
SECOND = STREAMS.at("second", integers(70, high=9), 0)


def test_equal_values_share_the_mean_of_their_ranks():
    assert mid_ranks(torch.tensor([5.0, 1, 5, 2])).tolist() == [3.5, 1, 3.5, 2]
    assert mid_ranks(FIRST).tolist() == rankdata(FIRST.numpy()).tolist()


def test_the_chance_counts_pairs_and_ties_half():
    pairs = [(a > b) + 0.5 * (a == b) for a in FIRST.tolist() for b in SECOND.tolist()]
    assert chance_above(FIRST, SECOND) == pytest.approx(sum(pairs) / len(pairs), rel=1e-12)
    assert chance_above(torch.tensor([1.0, 2]), torch.tensor([0.0, -1])) == 1


def test_exchange_turns_both_round():
    assert chance_above(FIRST, SECOND) + chance_above(SECOND, FIRST) == pytest.approx(1)
    assert mann_whitney_z(FIRST, SECOND) == pytest.approx(-mann_whitney_z(SECOND, FIRST))


def test_z_is_that_of_scipy_with_ties_and_without():
    smooth = STREAMS.at("smooth", normal(40), 0), STREAMS.at("other", normal(60), 0) - 0.4
    for first, second in ((FIRST, SECOND), smooth):
        peer = mannwhitneyu(
            *(x.double().numpy() for x in (first, second)), method="asymptotic", use_continuity=False
        ).pvalue
        z = mann_whitney_z(first, second)
        assert z > 0
        assert torch.special.erfc(torch.tensor(z / 2**0.5, dtype=torch.float64)).item() == pytest.approx(peer, rel=1e-8)


def test_where_all_tie_there_is_no_difference():
    assert mann_whitney_z(torch.full((30,), 0.1), torch.full((7,), 0.1)) == 0
