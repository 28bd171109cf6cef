"""A score: one number about samples, what real ones get, and how sure it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ganarium.core.errors import InputError
from ganarium.metrics.estimate import Estimate


@dataclass(frozen=True)
class Score:
    """One number about n samples.

    name: measure/reader, for example "frechet/mnist-1a2b3c4d"; only equal names compare
    floor: the same measure on real samples; None when there is no such thing
    note: what the number is, in which unit and which way is better
    error: standard error over the draw of the samples; None where it is not known
    against: data, split and hash of the real samples, for example "mnist/test/1a2b3c4d"
    counts: samples of each class, where the score is about classes
    controls: what spoilt pictures get, by the name of the fault, where they were asked for
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
        """Where the value lies in 95 of 100 draws of samples."""
        return None if self.error is None else Estimate(self.value, self.error).interval

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Score":
        """The score that `as_dict` made these data of. Raises `InputError` for others."""
        given = {key: value for key, value in values.items() if key != "interval"}
        try:
            return cls(**given | {"counts": tuple(given.get("counts", ()))})
        except TypeError as error:
            raise InputError(f"not a score: {error}") from None

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; empty counts and controls are left out."""
        values = asdict(self) | {"interval": None if self.interval is None else list(self.interval)}
        values["counts"] = list(self.counts)
        return {key: value for key, value in values.items() if value or key not in ("counts", "controls")}
