"""Metrics as functions of arrays: of two feature matrices, of images, of labels, or of the scores of several runs.

    from ganarium import metrics
    metrics.frechet_distance(real, fake)        # features [n, d] and [m, d]

All functions accept tensors and NumPy arrays, and need neither a run nor a network. Arguments are in the order (real,
generated). Distances of finite samples are above 0 even for equal distributions, so report the value for two real
samples of the same sizes as well; `ganarium.evaluate(images, against="mnist")` does so, and computes the features.
Functions raise `InputError`, a `UsageError`, for wrong shapes and for values that are not finite.
"""

from typing import TYPE_CHECKING

from ganarium.core.lazy_import import lazy_names

if TYPE_CHECKING:
    from ganarium.metrics.classifier_two_sample import two_sample_auc
    from ganarium.metrics.estimate import jackknifed
    from ganarium.metrics.frechet import extrapolated_frechet, frechet_distance
    from ganarium.metrics.histograms import (
        class_histogram,
        corrected_kl,
        histogram_kl,
        kl_floor,
        matched_share,
        missing_classes,
        purity,
    )
    from ganarium.metrics.interval import Estimate
    from ganarium.metrics.mean_discrepancy import blockwise_kernel_distance, kernel_distance
    from ganarium.metrics.memorization import authenticity, copied_share, copying_z, distance_ratio, nearer_share
    from ganarium.metrics.mode_coverage import ModeReport, mode_report
    from ganarium.metrics.nearest_neighbours import kth_distances, nearest
    from ganarium.metrics.pairwise_distances import energy_distance
    from ganarium.metrics.precision_recall import Manifold, expected_coverage, manifold_scores
    from ganarium.metrics.prediction_entropies import ClassifierScore, classifier_score
    from ganarium.metrics.rank_statistics import chance_above
    from ganarium.metrics.seed_statistics import over_seeds, paired_difference, unpaired_difference
    from ganarium.metrics.sliced import sliced_wasserstein
    from ganarium.metrics.ssim import pairwise_similarity, structural_similarity, two_scale_similarity

__all__ = [
    "ClassifierScore",
    "Estimate",
    "Manifold",
    "ModeReport",
    "authenticity",
    "blockwise_kernel_distance",
    "chance_above",
    "class_histogram",
    "classifier_score",
    "copied_share",
    "copying_z",
    "corrected_kl",
    "distance_ratio",
    "energy_distance",
    "expected_coverage",
    "extrapolated_frechet",
    "frechet_distance",
    "histogram_kl",
    "jackknifed",
    "kernel_distance",
    "kl_floor",
    "kth_distances",
    "manifold_scores",
    "matched_share",
    "missing_classes",
    "mode_report",
    "nearer_share",
    "nearest",
    "over_seeds",
    "paired_difference",
    "pairwise_similarity",
    "purity",
    "sliced_wasserstein",
    "structural_similarity",
    "two_sample_auc",
    "two_scale_similarity",
    "unpaired_difference",
]

MODULES = {
    "classifier_two_sample": ("two_sample_auc",),
    "estimate": ("jackknifed",),
    "frechet": ("extrapolated_frechet", "frechet_distance"),
    "interval": ("Estimate",),
    "histograms": (
        "class_histogram",
        "corrected_kl",
        "histogram_kl",
        "kl_floor",
        "matched_share",
        "missing_classes",
        "purity",
    ),
    "mean_discrepancy": ("blockwise_kernel_distance", "kernel_distance"),
    "memorization": ("authenticity", "copied_share", "copying_z", "distance_ratio", "nearer_share"),
    "mode_coverage": ("ModeReport", "mode_report"),
    "nearest_neighbours": ("kth_distances", "nearest"),
    "pairwise_distances": ("energy_distance",),
    "precision_recall": ("Manifold", "expected_coverage", "manifold_scores"),
    "prediction_entropies": ("ClassifierScore", "classifier_score"),
    "rank_statistics": ("chance_above",),
    "seed_statistics": ("over_seeds", "paired_difference", "unpaired_difference"),
    "sliced": ("sliced_wasserstein",),
    "ssim": ("pairwise_similarity", "structural_similarity", "two_scale_similarity"),
}
__getattr__, __dir__ = lazy_names(__name__, MODULES)
