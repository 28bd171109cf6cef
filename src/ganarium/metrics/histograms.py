"""Class histograms of a sample, compared with a reference distribution over the classes."""

from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.validation import Array, tensor


def class_histogram(labels: Array, classes: int) -> Tensor:
    """Return the number of labels in each class, int64 [K], for labels [n] from 0 to K − 1, where K = `classes`."""
    labels = tensor("labels", labels)
    if labels.ndim != 1 or labels.is_floating_point():
        raise InputError(f"labels have shape {tuple(labels.shape)} and type {labels.dtype}; pass integers of shape [n]")
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        raise InputError(f"labels range from {labels.min()} to {labels.max()}; pass labels from 0 to {classes - 1}")
    return labels.long().bincount(minlength=classes)


def histogram_kl(counts: Array, reference: Array) -> float:
    """Return KL(sample ‖ reference) in nats: 0 for equal shares, infinite if the reference lacks a class of the sample.

    Not symmetric (Metz et al. 2017, arXiv 1611.02163).
    counts: [K] counts of the sample; reference: [K] shares or counts
    """
    p, q = _shares(counts, "counts"), _shares(reference, "reference")
    if len(p) != len(q):
        raise InputError(
            f"the sample has {len(p)} classes and the reference {len(q)}; pass one number per class for both"
        )
    present = p > 0
    return (p[present] * (p[present] / q[present]).log()).sum().item()


def kl_floor(classes_present: int, n: int) -> float:
    """Return the expected `histogram_kl` of n labels drawn from the reference itself: (K − 1)/(2n) nats.

    The formula is of first order in 1/n (Miller 1955) and accurate from about five expected labels per class.
    """
    if classes_present < 1 or n < 1:
        raise InputError(f"{classes_present} classes and {n} labels are too few; pass at least one class and one label")
    return (classes_present - 1) / (2 * n)


def corrected_kl(counts: Array, reference: Array) -> float:
    """Return `histogram_kl` minus `kl_floor`, its expected bias given the number of classes present (Miller 1955).

    counts: [K] numbers of labels, not shares. The result is 0 on average for labels drawn from the reference
    itself, and may be slightly negative.
    """
    counts = tensor("counts", counts)
    if not counts.double().frac().eq(0).all():
        raise InputError("counts are not whole numbers; pass numbers of labels instead of shares")
    kl = histogram_kl(counts, reference)
    return kl - kl_floor(int((counts > 0).sum()), int(counts.sum()))


def missing_classes(counts: Array, share: Array, below: float = 0.1) -> int:
    """Return the number of classes whose share is less than `below` times the expected share.

    counts: [K] of the sample; share: [K] expected shares or counts. A class with expected share 0 is never missing.
    """
    got, due = _shares(counts, "counts"), _shares(share, "share")
    if len(got) != len(due):
        raise InputError(f"there are {len(got)} counts and {len(due)} shares; pass one number per class for both")
    return int((got < below * due).sum())


def purity(clusters: Array, labels: Array) -> float:
    """Return the share of rows whose label is the most frequent label of their cluster (Manning et al. 2008, §16.3).

    clusters, labels: integers [n] from 0. Not symmetric. 1 if no cluster has two labels, also if all labels are equal.
    """
    return _contingency(clusters, labels).amax(1).sum().item() / len(labels)


def matched_share(clusters: Array, labels: Array) -> float:
    """Return the share of rows whose label is that of their cluster, for the best one-to-one assignment of labels.

    clusters, labels: integers [n] from 0. Symmetric, and at most the purity of either side. Known as clustering
    accuracy; the assignment is found by the Hungarian method (Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment  # imported here because few callers need its 34 MB

    table = _contingency(clusters, labels)
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    return table[rows, columns].sum().item() / len(labels)


def _contingency(clusters: Array, labels: Array) -> Tensor:
    """Return the number of rows with each cluster and label, int64 [clusters, labels]."""
    clusters, labels = tensor("clusters", clusters), tensor("labels", labels)
    if clusters.shape != labels.shape or not len(labels):
        raise InputError(f"there are {len(clusters)} clusters and {len(labels)} labels; pass one of each per row")
    classes = int(labels.max()) + 1
    for rows in (clusters, labels):
        class_histogram(rows, int(rows.max()) + 1)  # raises if the rows are not whole numbers from 0
    return class_histogram(clusters.long() * classes + labels.long(), (int(clusters.max()) + 1) * classes).view(
        -1, classes
    )


def _shares(counts: Array, name: str) -> Tensor:
    counts = tensor(name, counts).double()
    if counts.ndim != 1 or not counts.isfinite().all() or (counts < 0).any() or counts.sum() <= 0:
        raise InputError(
            f"{name} of shape {tuple(counts.shape)} cannot be used; pass finite numbers >= 0 of shape [K], not all 0"
        )
    return counts / counts.sum()
