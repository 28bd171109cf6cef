"""What every measure refuses, in its own words."""

import re

import pytest
import torch

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, permutation
from ganarium.metrics.classifier_two_sample import hanley_mcneil, two_sample_auc
from ganarium.metrics.frechet import extrapolated_frechet
from ganarium.metrics.histograms import corrected_kl
from ganarium.metrics.mean_discrepancy import blockwise_kernel_distance, kernel_distance
from ganarium.metrics.memorization import authenticity, copied_share, copying_z, distance_ratio, nearer_share
from ganarium.metrics.mode_coverage import mode_report
from ganarium.metrics.nearest_neighbours import kth_distances, nearest
from ganarium.metrics.precision_recall import expected_coverage, manifold_scores
from ganarium.metrics.prediction_entropies import classifier_score
from ganarium.metrics.rank_statistics import chance_above
from ganarium.metrics.sliced import sliced_wasserstein
from ganarium.metrics.ssim import pairwise_similarity, structural_similarity, two_scale_similarity

ROWS = torch.arange(120.0).reshape(40, 3).sin()
WIDE = ROWS[:, :2]
HOLED = ROWS.clone().index_fill(0, torch.tensor([3]), torch.nan)
ORDER = Streams(0).at("order", permutation(40), 0)
PICTURES = torch.arange(3 * 14 * 14.0).reshape(3, 1, 14, 14) / 1000
PAIR = torch.tensor([[0, 1]])
SOME, HALF_COPIES = torch.arange(1.0, 9), torch.tensor([0.0, 0, 0, 1])

ON_FEATURES = {
    "extrapolated_frechet": lambda real, fake: extrapolated_frechet(real, fake, ORDER),
    "kernel_distance": kernel_distance,
    "blockwise_kernel_distance": lambda real, fake: blockwise_kernel_distance(real, fake, 10),
    "manifold_scores": manifold_scores,
    "two_sample_auc": lambda real, fake: two_sample_auc(real, fake, ORDER, ORDER),
    "sliced_wasserstein": lambda real, fake: sliced_wasserstein(real, fake, ROWS),
    "nearest": nearest,
    "authenticity": authenticity,
}


@pytest.mark.parametrize("measure", ON_FEATURES.values(), ids=ON_FEATURES)
def test_features_must_be_a_finite_matrix_of_one_width(measure):
    measure(ROWS, ROWS.flip(0))  # what is usable is not refused
    for unusable, complaint in (
        (WIDE, "widths"),
        (HOLED, "not all finite"),
        (ROWS[:0], "n >= "),
        (ROWS[0], "n >= "),
        (ROWS[:, :0], "n >= "),
    ):
        with pytest.raises(InputError, match=complaint):
            measure(ROWS, unusable)
        with pytest.raises(InputError, match=complaint):
            measure(unusable, ROWS)


REFUSED = {
    "not [n, d] with n >= 30": lambda: extrapolated_frechet(ROWS, ROWS[:29], ORDER[:29]),
    "fake order of shape (40,) is invalid; pass a permutation of 0 … 39": lambda: extrapolated_frechet(
        ROWS, ROWS, ORDER * 0
    ),
    "real order of shape (39,) is invalid; pass a permutation of 0 … 39": lambda: extrapolated_frechet(
        ROWS, ROWS, ORDER, ORDER[1:]
    ),
    "permutation": lambda: extrapolated_frechet(ROWS, ROWS, ORDER.float()),
    "too few for two blocks of 21": lambda: blockwise_kernel_distance(ROWS, ROWS, 21),
    "too few for two blocks of 1; pass more rows or reduce size (minimum 2)": lambda: blockwise_kernel_distance(
        ROWS, ROWS, 1
    ),
    "not [n, d] with n >= 41": lambda: manifold_scores(ROWS, ROWS, 40),
    "k=0 neighbours are too few; use at least 1": lambda: manifold_scores(ROWS, ROWS, 0),
    "k=-1 neighbours": lambda: kth_distances(ROWS, -1),
    "pass more than 5 real rows": lambda: expected_coverage(5, 10),
    "ridge=0 is not allowed; use a finite number above 0": lambda: two_sample_auc(ROWS, ROWS, ORDER, ORDER, 0),
    "real order": lambda: two_sample_auc(ROWS, ROWS, ORDER + 1, ORDER),
    "area 1.5 from 3 and 4 rows": lambda: hanley_mcneil(1.5, 3, 4),
    "p=3 is not supported; use p=1 or p=2": lambda: sliced_wasserstein(ROWS, ROWS, ROWS, 3),
    "at least one direction has length 0": lambda: sliced_wasserstein(ROWS, ROWS, ROWS * 0),
    "probabilities have shape (3,); pass [n, K]": lambda: classifier_score(torch.ones(3)),
    "must have rows that are non-negative and sum to 1; apply softmax": lambda: classifier_score(ROWS),
    "sum to 1": lambda: classifier_score(torch.full((2, 2), torch.nan)),
    "counts are not whole": lambda: corrected_kl(torch.tensor([0.5, 0.5]), torch.ones(2)),
    "real images have shape (1, 14, 14); pass a non-empty batch [n, C, H, W]": lambda: structural_similarity(
        PICTURES[0], PICTURES
    ),
    "fake images have values outside [0, 1]": lambda: structural_similarity(PICTURES, PICTURES * 255),
    "images have shapes (3, 1, 14, 14) and (2, 1, 14, 14)": lambda: structural_similarity(PICTURES, PICTURES[1:]),
    "images have 6×14 pixels; use at least 7×7": lambda: structural_similarity(*[PICTURES[:, :, :6]] * 2),
    "images have 14×13 pixels; use at least 14×14": lambda: two_scale_similarity(*[PICTURES[..., :13]] * 2),
    "given images have shape (0, 1, 14, 14)": lambda: pairwise_similarity(PICTURES[:0], PAIR),
    "pairs have shape (2,) and type torch.int64": lambda: pairwise_similarity(PICTURES, PAIR[0]),
    "each pair must contain two different image indices from 0 to 2": lambda: pairwise_similarity(PICTURES, PAIR * 0),
    "two different image indices": lambda: pairwise_similarity(PICTURES, PAIR + 2),
    "first of shape (0,) cannot be used; pass finite numbers of shape [n]": lambda: chance_above(SOME[:0], SOME),
    "second of shape (8,)": lambda: chance_above(SOME, SOME / 0),
    "held_out of shape (40, 3)": lambda: nearer_share(ROWS, SOME),
    "fake of shape (0,)": lambda: copying_z(SOME, SOME[:0]),
    "at least half of the held-out samples are copies": lambda: distance_ratio(HALF_COPIES, SOME),
    "quantile=0 is not allowed; use a number between 0 and 1": lambda: copied_share(SOME, SOME, 0),
    "all held-out samples are equally near": lambda: copied_share(SOME * 0, SOME),
    "centres [k, 3] and sigma 1 are invalid; pass [k, 2]": lambda: mode_report(ROWS, 1, ROWS),
    "sigma 0 are invalid": lambda: mode_report(WIDE, 0, WIDE),
    "fake features are not all finite": lambda: mode_report(WIDE, 1, HOLED[:, :2]),
}


@pytest.mark.parametrize(("complaint", "call"), REFUSED.items(), ids=REFUSED)
def test_refuses_in_one_line_that_says_what_to_give(complaint, call):
    with pytest.raises(InputError, match=re.escape(complaint)) as refusal:
        call()
    assert "\n" not in str(refusal.value)
