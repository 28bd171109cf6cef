import math

import pytest
import torch

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, integers
from ganarium.metrics.histograms import (
    class_histogram,
    corrected_kl,
    histogram_kl,
    kl_floor,
    matched_share,
    missing_classes,
    purity,
)

EVEN = torch.ones(4)


def test_counts_every_class_even_those_that_are_absent():
    counts = class_histogram(torch.tensor([0, 2, 2, 4]), 6)
    assert counts.tolist() == [1, 0, 2, 0, 1, 0]
    assert class_histogram(torch.tensor([], dtype=torch.int64), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("labels", [torch.tensor([0, 3]), torch.tensor([-1, 0]), torch.tensor([0.0]), EVEN[None]])
def test_refuses_labels_that_are_none(labels):
    with pytest.raises(InputError, match="labels"):
        class_histogram(labels, 3)


def test_kl_is_zero_exactly_where_the_shares_agree():
    reference = torch.tensor([0.1, 0.2, 0.7])
    assert histogram_kl(torch.tensor([10, 20, 70]), reference) == pytest.approx(0, abs=1e-7)
    assert histogram_kl(torch.tensor([11, 19, 70]), reference) > 1e-4


def test_kl_has_its_closed_forms_in_nats():
    assert histogram_kl(torch.tensor([5, 0, 0, 0]), EVEN) == pytest.approx(math.log(4))
    assert histogram_kl(torch.tensor([3, 3, 0, 0]), EVEN) == pytest.approx(math.log(2))
    forth = histogram_kl(torch.tensor([3, 1]), torch.tensor([0.5, 0.5]))
    assert forth == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


def test_kl_goes_from_sample_to_reference():
    assert histogram_kl(torch.tensor([1, 1]), torch.tensor([1, 0])) == math.inf
    assert histogram_kl(torch.tensor([1, 0]), torch.tensor([1, 1])) == pytest.approx(math.log(2))


def test_real_samples_reach_the_floor_on_average():
    n, classes, repeats = 1000, 10, 400
    streams = Streams(0)
    even = torch.ones(classes)
    values = [
        histogram_kl(class_histogram(streams.at("labels", integers(n, high=classes), step), classes), even)
        for step in range(repeats)
    ]
    assert sum(values) / repeats == pytest.approx(kl_floor(classes, n), rel=0.08)
    assert kl_floor(classes, n) == pytest.approx(9 / 2000)


def test_the_corrected_kl_is_zero_on_average_for_the_thousand_modes_of_stacked_digits():
    n, classes, repeats = 10_000, 1000, 30
    streams, even = Streams(1), torch.ones(1000)
    counts = [class_histogram(streams.at("modes", integers(n, high=classes), s), classes) for s in range(repeats)]
    plain = sum(histogram_kl(c, even) for c in counts) / repeats
    corrected = sum(corrected_kl(c, even) for c in counts) / repeats
    assert plain == pytest.approx(0.0509, abs=5e-4)
    assert abs(corrected) < 0.03 * plain  # second order in 1/n


def test_the_correction_counts_the_classes_that_occur():
    counts = torch.tensor([3, 1, 0, 0])
    assert corrected_kl(counts, EVEN) == pytest.approx(histogram_kl(counts, EVEN) - 1 / 8)


def test_a_class_is_missing_below_a_tenth_of_its_share():
    share = torch.tensor([0.5, 0.3, 0.2])
    assert missing_classes(torch.tensor([500, 300, 200]), share) == 0
    assert missing_classes(torch.tensor([969, 31, 0]), share) == 1
    assert missing_classes(torch.tensor([971, 29, 0]), share) == 2


def test_a_class_that_the_data_lack_is_not_missed():
    assert missing_classes(torch.tensor([5, 0]), torch.tensor([1.0, 0.0])) == 0


@pytest.mark.parametrize(
    "counts",
    [
        torch.zeros(4),
        torch.tensor([1, -1, 1, 1]),
        torch.ones(4, 4),
        torch.ones(3),
        torch.tensor([math.nan] * 4),
    ],
)
def test_refuses_counts_that_are_none(counts):
    with pytest.raises(InputError):
        histogram_kl(counts, EVEN)
    with pytest.raises(InputError):
        missing_classes(counts, EVEN)


def test_purity_is_the_share_of_the_most_frequent_label_of_each_cluster():
    labels = torch.tensor([0, 0, 1, 2, 2, 2, 1, 0])
    assert purity(labels, labels) == purity(torch.arange(8), labels) == 1, "no cluster has two labels"
    assert purity(torch.zeros(8, dtype=torch.int64), labels) == 3 / 8, "the share of the most frequent label"
    assert purity(torch.tensor([0, 0, 0, 1, 1, 1, 1, 3]), labels) == (2 + 3 + 1) / 8
    assert purity(labels, torch.tensor([7, 7, 3, 3, 3, 3, 3, 7])) == 1, "two clusters may have the same label"


def test_each_label_is_matched_with_one_cluster():
    labels = torch.tensor([0, 0, 1, 2, 2, 2, 1, 0])
    assert matched_share(labels, labels) == matched_share((labels + 1) % 3, labels) == 1, "names do not matter"
    assert matched_share(torch.arange(8), labels) == 3 / 8, "the other clusters of a label do not count"
    assert matched_share(torch.arange(8), torch.zeros(8, dtype=torch.int64)) == 1 / 8
    assert matched_share(torch.zeros(8, dtype=torch.int64), labels) == 3 / 8
    other = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1])  # 0 with 2 or 0, 1 with the other: 2 + 1 rows are best
    assert matched_share(other, labels) == matched_share(labels, other) == 3 / 8


def test_random_clusters_match_by_chance():
    clusters, labels = (Streams(0).at(name, integers(50_000, high=10), 0) for name in ("clusters", "labels"))
    assert purity(clusters, labels) == pytest.approx(0.1, abs=0.01)
    assert matched_share(clusters, labels) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("measure", [purity, matched_share])
@pytest.mark.parametrize(("clusters", "labels"), [([0, 1], [0]), ([], []), ([-1, 0], [0, 0]), ([1, 1], [-1, 2])])
def test_refuses_clusters_that_are_none(measure, clusters, labels):
    with pytest.raises(InputError):
        measure(torch.tensor(clusters, dtype=torch.int64), torch.tensor(labels, dtype=torch.int64))


@pytest.mark.parametrize(("classes", "n"), [(0, 10), (10, 0)])
def test_refuses_a_floor_of_nothing(classes, n):
    with pytest.raises(InputError):
        kl_floor(classes, n)
