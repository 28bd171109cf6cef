"""`ganarium.metrics` as a person uses it: NumPy arrays and tensors of any type give the same numbers."""

import inspect

import numpy as np
import pytest
import torch

from ganarium import metrics
from ganarium.core.errors import InputError, UsageError
from ganarium.core.random_streams import numpy_generator

RNG = numpy_generator(0, "public-metrics")
REAL, FAKE = RNG.normal(size=(64, 3)), RNG.normal(size=(70, 3)) + 0.5
PICTURES = RNG.uniform(size=(4, 1, 16, 16))
LABELS = np.arange(20) % 4
CENTRES = np.array([[0.0, 0.0], [2.0, 0.0]])
DISTANCES = RNG.uniform(1, 2, size=(2, 30))
SHARES = RNG.uniform(size=(9, 4))
SHARES /= SHARES.sum(1, keepdims=True)

CALLS = {
    "authenticity": (metrics.authenticity, (REAL, FAKE)),
    "blockwise_kernel_distance": (lambda *rows: metrics.blockwise_kernel_distance(*rows, size=20), (REAL, FAKE)),
    "chance_above": (metrics.chance_above, (*DISTANCES,)),
    "class_histogram": (lambda labels: metrics.class_histogram(labels, 4), (LABELS,)),
    "classifier_score": (metrics.classifier_score, (SHARES,)),
    "copied_share": (metrics.copied_share, (*DISTANCES,)),
    "copying_z": (metrics.copying_z, (*DISTANCES,)),
    "corrected_kl": (metrics.corrected_kl, (LABELS, LABELS + 1)),
    "distance_ratio": (metrics.distance_ratio, (*DISTANCES,)),
    "energy_distance": (metrics.energy_distance, (REAL, FAKE)),
    "extrapolated_frechet": (metrics.extrapolated_frechet, (REAL, FAKE)),
    "frechet_distance": (metrics.frechet_distance, (REAL, FAKE)),
    "histogram_kl": (metrics.histogram_kl, (LABELS + 1, LABELS + 2)),
    "jackknifed": (lambda rows: metrics.jackknifed(lambda some: float(some.mean()), rows), (REAL,)),
    "kernel_distance": (metrics.kernel_distance, (REAL, FAKE)),
    "kth_distances": (metrics.kth_distances, (REAL,)),
    "manifold_scores": (metrics.manifold_scores, (REAL, FAKE)),
    "matched_share": (metrics.matched_share, (LABELS, LABELS + 1)),
    "missing_classes": (metrics.missing_classes, (LABELS, LABELS + 1)),
    "mode_report": (lambda centres, points: metrics.mode_report(centres, 0.5, points), (CENTRES, FAKE[:, :2])),
    "nearer_share": (metrics.nearer_share, (*DISTANCES,)),
    "nearest": (metrics.nearest, (REAL, FAKE)),
    "over_seeds": (metrics.over_seeds, (DISTANCES[0],)),
    "paired_difference": (metrics.paired_difference, (*DISTANCES,)),
    "pairwise_similarity": (metrics.pairwise_similarity, (PICTURES, np.array([[0, 1], [2, 3]]))),
    "purity": (metrics.purity, (LABELS, LABELS + 1)),
    "sliced_wasserstein": (metrics.sliced_wasserstein, (REAL, FAKE)),
    "structural_similarity": (metrics.structural_similarity, (PICTURES[:2], PICTURES[2:])),
    "two_sample_auc": (metrics.two_sample_auc, (REAL, FAKE)),
    "two_scale_similarity": (metrics.two_scale_similarity, (PICTURES[:2], PICTURES[2:])),
    "unpaired_difference": (metrics.unpaired_difference, (*DISTANCES,)),
}
WITHOUT_ARRAYS = {"expected_coverage", "kl_floor"}


def numbers(result) -> list[float]:
    parts = result if isinstance(result, tuple) else (result,)
    return [float(one) for part in parts for one in np.asarray(part, np.float64).ravel()]


def test_every_function_of_arrays_is_here():
    functions = {name for name in metrics.__all__ if inspect.isfunction(getattr(metrics, name))}
    assert functions == CALLS.keys() | WITHOUT_ARRAYS


@pytest.mark.parametrize(("measure", "arrays"), CALLS.values(), ids=CALLS)
def test_arrays_and_tensors_give_the_same_numbers_and_stay_as_they_are(measure, arrays):
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    expected = numbers(measure(*arrays))
    assert expected
    of_any_kind = (
        [torch.from_numpy(array.copy()) for array in arrays],
        [np.asfortranarray(array)[::-1][::-1] for array in arrays],
        [array.astype(array.dtype.newbyteorder()) for array in arrays],
    )
    for others in of_any_kind:
        assert numbers(measure(*others)) == expected
    assert all(np.array_equal(array, was) for array, was in zip(arrays, before, strict=True))


def test_gradients_are_ignored():
    rows = torch.from_numpy(FAKE.copy()).requires_grad_()
    assert metrics.frechet_distance(REAL, rows) == metrics.frechet_distance(REAL, FAKE)


def test_integers_of_any_width_are_numbers():
    rows = (REAL * 100).round() + 1000
    expected = metrics.frechet_distance(rows, rows[::2])
    for kind in (np.uint16, np.uint32, np.int16, np.float32):
        assert metrics.frechet_distance(rows.astype(kind), rows[::2].astype(kind)) == expected


UNUSABLE = {
    "text": ([["a", "b"]], "real features: pass a tensor or a NumPy array of numbers, not list"),
    "ragged": ([[1.0], [1.0, 2.0]], "real features: pass a tensor or a NumPy array of numbers"),
    "objects": (np.array([[None]]), "real features: pass a tensor or a NumPy array of numbers"),
    "none": (None, "real features: pass a tensor or a NumPy array of numbers, not NoneType"),
    "complex": (REAL * 1j, "real features has complex values; pass real numbers"),
    "images": (
        PICTURES,
        r"shape \(4, 1, 16, 16\), not \[n, d\] with n >= 2; compute one row of features for each sample",
    ),
    "holes": (np.full((8, 3), np.nan), "real features are not all finite"),
}


@pytest.mark.parametrize(("rows", "complaint"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_feature_matrix_is_named_in_one_line(rows, complaint):
    with pytest.raises(InputError, match=complaint) as refusal:
        metrics.frechet_distance(rows, FAKE)
    assert "\n" not in str(refusal.value)


def test_a_number_of_directions_is_checked():
    assert metrics.sliced_wasserstein(REAL, FAKE, 8) > 0
    with pytest.raises(UsageError, match="directions=0: must be 1 or more"):
        metrics.sliced_wasserstein(REAL, FAKE, 0)
