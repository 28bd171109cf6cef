"""Estimation of the overlap of two splits that chance explains, from repeated images within one split."""

from collections import Counter
from collections.abc import Iterable
from math import sqrt

FEWEST = 3  # images: an observed count of 0 is consistent with an expectation of up to 3 (95 %)
DEVIATIONS = 3


def repeat_probability(times: Iterable[int]) -> float:
    """Return the probability that the next image from a source is a repeat (Good 1953, eq. 2; Turing).

    times: number of occurrences of each distinct image

    The numbers N_r of images that occur r times satisfy ((r+1)! N_{r+1})² ≤ r! N_r (r+2)! N_{r+2}, by the
    Cauchy–Schwarz inequality. Copies added by hand violate this bound, since there are many pairs and no triples. The
    excess over the bound is not counted.
    """
    seen = Counter(times)
    total = sum(count * number for count, number in seen.items())
    mass = sum(min(count * number, _most(seen, count - 1)) for count, number in seen.items() if count > 1)
    return mass / max(1, total)


def _most(seen: Counter[int], r: int) -> float:
    """Return the maximum number of occurrences that chance explains for images seen r + 1 times."""
    return sqrt((r + 1) * (r + 2) * _upper(seen[r]) * _upper(seen[r + 2]))


def _upper(number: int) -> float:
    """Return an upper bound on the expected value of an observed count."""
    return number + 2 * sqrt(number) + FEWEST


def max_chance_share(times: Iterable[int], other: int) -> float:
    """Return the largest share of repeats among `other` new images that chance explains.

    This is the expectation plus three standard deviations.

    times: number of occurrences of each distinct image seen before
    """
    counts = list(times)
    chance = repeat_probability(counts)
    return chance and chance + DEVIATIONS * (sqrt(chance / max(1, other)) + sqrt(2 * chance / max(1, sum(counts))))
