"""Properties of a metric: a function of real and generated features."""

from collections.abc import Callable, Collection, Iterator
from math import isfinite
from typing import Any, Literal, cast

import torch
from torch import Tensor

from ganarium.config.metrics import METRICS, Better, MetricEntry
from ganarium.core.errors import UsageError, suggestion
from ganarium.core.random_streams import Streams, normal, permutation
from ganarium.testing.properties import registered_name, require, unregistered_name

N = 240  # rows, a multiple of the number of modes
WIDTH = 4  # features
APART = 6.0  # distance of the modes from the origin, in standard deviations
CLOSE = 1e-4  # relative difference that rounding alone may cause
GROWTH = 0.35  # relative difference between N and 2 · N rows that chance may cause
Fault = Literal["noise", "missing-mode"]
Metric = Callable[[Any, Any], Any]
FAULTS: tuple[Fault, ...] = ("noise", "missing-mode")
WORSE: dict[
    Better, tuple[Callable[[float, float], float], str]
] = {  # how bad a value is, given the value without a fault
    "lower": (lambda _, value: value, "rise"),
    "higher": (lambda _, value: -value, "fall"),
    "real": (lambda without, value: abs(value - without), "move away from the value without a fault"),
}


def check_metric(
    metric: str | Metric,
    *,
    better: Better | None = None,
    symmetric: bool | None = None,
    sees: Collection[Fault] = FAULTS,
) -> None:
    """Check that a metric has the properties that a published number relies on.

    metric: registered name, or function of real features [n, d] and generated features [m, d], float32 tensors, that
        returns one number
    better: whether lower or higher values are better, or those near the value of "real" data; by default, as registered
        or "lower"
    symmetric: whether exchanging real and generated features leaves the value unchanged; by default, unless better is
        "real"
    sees: the planted faults with which the metric gets worse: "noise" added to the samples, or a "missing-mode"

    It is finite; returns the same number for the same features; does not depend on the order of rows nor, beyond
    chance, on their number; is symmetric unless `symmetric` is False; leaves its arguments unchanged; and gets worse as
    a fault in `sees` grows.

    Raises `CheckError` with one line for each property that the metric lacks.

    >>> from ganarium.metrics.frechet import frechet_distance
    >>> check_metric(frechet_distance)
    """
    name = registered_name(METRICS, metric)
    what = f"metric {name!r}" if name else unregistered_name("metric", metric)
    if name:
        entry = cast(MetricEntry, METRICS[name])
        better = better or entry.better
        metric = cast(Metric, entry.code if entry.takes == "features" else _of_images(entry.code))
    if not callable(metric):
        raise UsageError(f"metric {metric!r}: pass a registered name, or a function of real and generated features")
    better = better or "lower"
    symmetric = better != "real" if symmetric is None else symmetric
    if unknown := [fault for fault in sees if fault not in FAULTS]:
        raise UsageError(f"sees={list(sees)}: unknown fault {unknown[0]!r}{suggestion(unknown[0], FAULTS)}")
    require(
        what,
        {
            "a finite number": lambda: _finite(metric),
            "same features, same number": lambda: _repeatable(metric),
            "order of rows": lambda: _order(metric),
            "number of rows": lambda: _size(metric),
            "symmetry": lambda: _symmetry(metric, symmetric=symmetric),
            **{f"planted fault {fault}": _sees(metric, fault, better) for fault in sees},
        },
    )


def modes(name: str, n: int = N, present: int = 4) -> Tensor:
    """Return n points around the first of four modes, [n, 4]; the same for the same name."""
    places = APART * torch.eye(WIDTH)[:present]
    return places[torch.arange(n) % present] + Streams(0).at(f"check.{name}", normal(n, WIDTH), 0)


def noisy(points: Tensor, deviation: float) -> Tensor:
    """Return points with normal noise of the given standard deviation."""
    return points + deviation * Streams(0).at("check.noise", normal(*points.shape), 0)


def _value(metric: Metric, real: Tensor, fake: Tensor) -> float:
    return float(metric(real, fake))


def _alike(a: float, b: float, tolerance: float = CLOSE) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-3)


def _finite(metric: Metric) -> Iterator[str]:
    real = modes("real")
    for what, fake in (("ordinary", modes("fake")), ("equal", real.clone()), ("distant", noisy(real, 2) + 100)):
        if not isfinite(value := _value(metric, real, fake)):
            yield f"it is {value} for {what} features; return one finite number"


def _repeatable(metric: Metric) -> Iterator[str]:
    given = modes("real"), modes("fake")
    first = _value(metric, *given)
    if not all(torch.equal(rows, modes(name)) for rows, name in zip(given, ("real", "fake"), strict=True)):
        yield "it changes its arguments in place; compute new tensors instead"
    if (again := _value(metric, modes("real"), modes("fake"))) != first:
        yield f"it is {first:g} and then {again:g} for the same features; seed what it draws at random"


def _order(metric: Metric) -> Iterator[str]:
    real, fake = modes("real"), noisy(modes("fake"), 1)
    rows = Streams(0).at("check.rows", permutation(N), 0)
    first, again = _value(metric, real, fake), _value(metric, real[rows], fake[rows.flip(0)])
    if not _alike(first, again):
        yield f"it changes from {first:g} to {again:g} when rows are permuted; treat both as sets of samples"


def _size(metric: Metric) -> Iterator[str]:
    first, again = (_value(metric, modes(f"real{n}", n), modes(f"fake{n}", n, present=2)) for n in (N, 2 * N))
    if not _alike(first, again, GROWTH):
        yield (
            f"it is {first:g} for {N} samples and {again:g} for {2 * N} of the same distributions; use means, not "
            "sums, and unbiased estimates"
        )


def _symmetry(metric: Metric, *, symmetric: bool) -> Iterator[str]:
    real, fake = modes("real"), noisy(modes("fake"), 1)[: N // 2]
    first, again = _value(metric, real, fake), _value(metric, fake, real)
    if symmetric and not _alike(first, again):
        yield (
            f"it changes from {first:g} to {again:g} when real and generated features are exchanged; if this is "
            "intended, document it and pass symmetric=False"
        )


def _of_images(metric: Any) -> Metric:
    """Return a metric of images as a metric of features, which become the pixels of images [n, 1, 2, 2] in [0, 1]."""
    return lambda *features: metric(*(rows.sigmoid().reshape(-1, 1, 2, WIDTH // 2) for rows in features))


def _sees(metric: Metric, fault: Fault, better: Better) -> Callable[[], Iterator[str]]:
    def find() -> Iterator[str]:
        real = modes("real")
        fakes = {
            "noise": [modes("fake"), noisy(modes("fake"), 1), noisy(modes("fake"), 3)],
            "missing-mode": [modes("fake"), modes("fake", present=3), modes("fake", present=1)],
        }[fault]
        values = [_value(metric, real, fake) for fake in fakes]
        worse, how = WORSE[better]
        if not worse(values[0], values[0]) < worse(values[0], values[1]) < worse(values[0], values[2]):
            yield (
                f"it should get worse ({how}) with this fault, but is {', '.join(f'{value:.4g}' for value in values)} "
                f"for none, some and much of it; change better=, or leave {fault} out of sees= if the metric cannot "
                "detect it"
            )

    return find
