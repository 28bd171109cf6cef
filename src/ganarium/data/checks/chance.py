"""How many pictures two splits of one source share by chance, judged by how often the source repeats itself."""

from collections import Counter
from collections.abc import Iterable
from math import sqrt

FEWEST = 3  # pictures: where none was seen so many times, up to three may have been expected (95 %)
DEVIATIONS = 3


def again(times: Iterable[int]) -> float:
    """Probability that one more picture of the source is among those seen (Good 1953, eq. 2; Turing).

    times: how often each distinct picture was seen

    A source of its own accord shows a picture r, r + 1 and r + 2 times in numbers N that obey
    ((r+1)! N_{r+1})² ≤ r! N_r (r+2)! N_{r+2}, by Cauchy and Schwarz. Copies that somebody made do not: there are many
    pairs and no triples. What exceeds the bound is not counted.
    """
    seen = Counter(times)
    whole = sum(count * number for count, number in seen.items())
    mass = sum(min(count * number, _most(seen, count - 1)) for count, number in seen.items() if count > 1)
    return mass / max(1, whole)


def _most(seen: Counter[int], r: int) -> float:
    """The most pictures, counted as often as they come, that chance explains among those seen r + 1 times."""
    return sqrt((r + 1) * (r + 2) * _upper(seen[r]) * _upper(seen[r + 2]))


def _upper(number: int) -> float:
    """A number that the expectation behind a count hardly exceeds."""
    return number + 2 * sqrt(number) + FEWEST


def most_shared(times: Iterable[int], other: int) -> float:
    """Share of `other` pictures that may be among those seen: expectation and three standard deviations."""
    counts = list(times)
    chance = again(counts)
    return chance and chance + DEVIATIONS * (sqrt(chance / max(1, other)) + sqrt(2 * chance / max(1, sum(counts))))
