"""What known pictures get for each measure, real ones and spoilt ones: found once for given data, kept by content."""

import json
from collections.abc import Callable

from ganarium.core import cache
from ganarium.judgement.controls import control
from ganarium.judgement.features.base import Extractor
from ganarium.judgement.material import Real, Sides
from ganarium.judgement.measures import Measure

VERSION = 1  # of all measures and controls


def floors_of(measure: Measure, extractor: Extractor, sides: Sides, real: Real) -> list[float]:
    """The measure's numbers where real pictures stand in for as many generated ones."""
    n = len(sides.fake)

    def find() -> list[float]:
        stand_in = sides.real if measure.stands_in == "held-out" else sides.train()
        return _numbers(measure, Sides(sides.real, stand_in.first(n), sides.train))

    return _kept("floor", measure, extractor, real, n, find)


def controls_of(measure: Measure, extractor: Extractor, sides: Sides, real: Real, name: str) -> list[float]:
    """The measure's numbers for as many spoilt pictures of that control."""
    n = len(sides.fake)

    def find() -> list[float]:
        fake = extractor.read(control(name, real.train, n))
        return _numbers(measure, Sides(sides.real, fake, sides.train))

    return _kept(name, measure, extractor, real, n, find)


def _numbers(measure: Measure, sides: Sides) -> list[float]:
    return [float(each.value) for each in measure.of(sides)]


def _kept(
    what: str, measure: Measure, extractor: Extractor, real: Real, n: int, find: Callable[[], list[float]]
) -> list[float]:
    names = "+".join(measure.notes)
    key = f"{what}-{names}-{extractor.name}-{real.train.hash[:12]}-{real.held_out.hash[:12]}-{n}-v{VERSION}"
    path = cache.folder() / f"{key}.floor"
    try:
        kept = json.loads(path.read_bytes())
        if [type(value) for value in kept] == [float] * len(measure.notes):
            return list(kept)
    except (OSError, ValueError, TypeError, RecursionError):
        pass
    found = find()
    cache.keep(path, json.dumps(found).encode())
    return found
