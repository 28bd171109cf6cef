"""Cached numbers about real data, such as the value of each measure on real samples (the floor)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from ganarium.core import cache
from ganarium.evaluation.features.base import Extractor
from ganarium.evaluation.measures import Measure
from ganarium.evaluation.samples import FeatureSets, ImageReference

VERSION = 3  # of all measures and controls


def cached_floors(
    measure: Measure, extractor: Extractor, sets: FeatureSets, reference: ImageReference
) -> Mapping[str, float]:
    """Return a measure's floors, by name: its values for real images in place of generated images."""
    n = len(sets.fake)

    def compute() -> dict[str, float]:
        return compute_floors(measure, sets)

    names = "+".join(measure.notes)
    hashes = f"{reference.train.hash[:12]}-{reference.held_out.hash[:12]}"
    floors = cached_numbers(f"{names}-{extractor.name}-{hashes}-{n}", compute)
    return floors if floors.keys() == measure.notes.keys() else compute()


def compute_floors(measure: Measure, sets: FeatureSets) -> dict[str, float]:
    """Compute a measure's floors, by name, without caching them."""
    n = len(sets.fake)
    stand_in = sets.real.subset(n) if measure.floor_from == "held-out" else sets.train_subset(n)
    values = measure.compute(replace(sets, fake=stand_in))
    return {name: float(each.value) for name, each in zip(measure.notes, values, strict=True)}


def cached_numbers(key: str, compute: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
    """Return the cached numbers for a key, or compute and cache them if they are missing or damaged."""
    path = cache.folder() / f"{key}-v{VERSION}.floor"
    try:
        numbers = json.loads(path.read_bytes())
        if isinstance(numbers, dict) and all(type(value) is float for value in numbers.values()):
            cache.touch(path)
            return numbers
    except (OSError, ValueError, RecursionError):
        pass
    computed = compute()
    cache.keep(path, json.dumps(computed).encode())
    return computed
