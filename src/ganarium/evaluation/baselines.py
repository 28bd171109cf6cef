"""Cached reference numbers of a data set, such as the floor of each measure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from ganarium.core import cache
from ganarium.evaluation.features.base import Extractor
from ganarium.evaluation.measures import Measure
from ganarium.evaluation.samples import Real, Sides

VERSION = 3  # of all measures and controls


def floors_of(measure: Measure, extractor: Extractor, sides: Sides, real: Real) -> Mapping[str, float]:
    """Return the floors of a measure's numbers, by name: their values with real pictures as generated ones."""
    n = len(sides.fake)

    def find() -> dict[str, float]:
        return floors_found(measure, sides)

    names = "+".join(measure.notes)
    floors = kept_numbers(f"{names}-{extractor.name}-{real.train.hash[:12]}-{real.held_out.hash[:12]}-{n}", find)
    return floors if floors.keys() == measure.notes.keys() else find()


def floors_found(measure: Measure, sides: Sides) -> dict[str, float]:
    """Compute the numbers of a measure, by name, on real samples."""
    n = len(sides.fake)
    found = measure.of(replace(sides, fake=sides.real.subset(n) if measure.stands_in == "held-out" else sides.some(n)))
    return {name: float(each.value) for name, each in zip(measure.notes, found, strict=True)}


def kept_numbers(key: str, find: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
    """Return the cached numbers for a key. Compute them when they are missing or damaged."""
    path = cache.folder() / f"{key}-v{VERSION}.floor"
    try:
        kept = json.loads(path.read_bytes())
        if isinstance(kept, dict) and all(type(value) is float for value in kept.values()):
            cache.touch(path)
            return kept
    except (OSError, ValueError, RecursionError):
        pass
    found = find()
    cache.keep(path, json.dumps(found).encode())
    return found
