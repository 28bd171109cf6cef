"""The `Score` class: a number that rates samples, with its floor and standard error."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ganarium.core.errors import InputError, UnknownNameError
from ganarium.metrics.estimate import Estimate
from ganarium.runs.renamed_scores import current_name


@dataclass(frozen=True)
class Score:
    """A score of n samples, with its standard error and its floor, the score of real samples.

    name: measure/extractor, for example "frechet/mnist-1a2b3c4d"; only scores of equal names are comparable
    floor: the value for real samples; None if undefined
    note: description of the number, its unit, and which direction is better
    error: standard error due to the random choice of samples; None if unknown
    against: data, split and hash of the real samples, for example "mnist/test/1a2b3c4d"
    counts: number of samples of each class, for scores about classes
    controls: the scores of samples with known faults, by fault, if they were requested
    """

    name: str
    value: float
    floor: float | None
    n: int
    note: str
    error: float | None = None
    against: str = ""
    counts: tuple[int, ...] = ()
    controls: Mapping[str, float] = field(default_factory=dict)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % confidence interval of the value; None if the standard error is unknown."""
        return None if self.error is None else Estimate(self.value, self.error).interval

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Score":
        """Create a score from the output of `as_dict` in any version. Raises `InputError` for other data."""
        own = {key: value for key, value in values.items() if key != "interval"}
        try:
            return cls(**own | {"name": current_name(own["name"]), "counts": tuple(own.get("counts", ()))})
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"not a valid score: {error}") from None

    def as_dict(self) -> dict[str, Any]:
        """Return the score as JSON-compatible data; empty counts and controls are left out."""
        values = asdict(self) | {"interval": None if self.interval is None else list(self.interval)}
        values["counts"] = list(self.counts)
        return {key: value for key, value in values.items() if value or key not in ("counts", "controls")}


def find_score(name: str, names: Iterable[str]) -> str:
    """Return the score with a name among full names: the full name, or the first one that it abbreviates.

    The extractor and the hash of an extractor or a metric may be left out. Raises `UnknownNameError` (a `KeyError`).

    >>> find_score("frechet", ["frechet-infinity/mnist-1a2b3c4d", "frechet/mnist-1a2b3c4d"])
    'frechet/mnist-1a2b3c4d'
    """
    known = list(names)
    measure, slash, extractor = map(re.escape, name.partition("/"))
    digest = "(-[0-9a-f]{8})?"
    pattern = re.compile(f"{measure}{digest}/{extractor + digest if slash else '.*'}")
    for full in known:
        if full == name or pattern.fullmatch(full):
            return full
    raise UnknownNameError("score", name, [*known, *(full.partition("/")[0] for full in known)])
