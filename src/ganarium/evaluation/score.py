"""The `Score` class, a number that rates samples, with its floor and standard error; and `Scores`, several of them."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, final, overload

from ganarium.core.data_frames import data_frame
from ganarium.core.errors import InputError, UnknownNameError
from ganarium.core.html import Html, rounded, stack, table
from ganarium.metrics.interval import SURE, Estimate
from ganarium.runs.renamed_scores import current_name

if TYPE_CHECKING:
    from pandas import DataFrame

HASH = "(-[0-9a-f]{8})?"  # of the source of a metric of the user
HEAD = ("score", "value", "± 95 %", "real data")


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

    @property
    def margin(self) -> float | None:
        """Return half the width of the 95 % confidence interval; None if the standard error is unknown."""
        return None if self.error is None else SURE * self.error

    def __str__(self) -> str:
        """Return the name, the value with its 95 % interval, and the score of real samples.

        >>> print(Score("recall/mnist-1a2b3c4d", 0.625, 0.75, 1000, "", error=0.01))
        recall/mnist-1a2b3c4d: 0.625 ± 0.0196 (real data: 0.75)
        """
        margin = "" if self.margin is None else f" ± {rounded(self.margin)}"
        floor = "" if self.floor is None else f" (real data: {rounded(self.floor)})"
        return f"{self.name}: {rounded(self.value)}{margin}{floor}"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
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


@final
class Scores(Sequence[Score]):
    """Scores in a fixed order, found by name or by position.

    A name may be shortened to the part before the slash or before the hash, and refers to the first match:
    "frechet" or "frechet/mnist" for "frechet/mnist-1a2b3c4d". Iteration yields the `Score` objects, as for a list;
    `keys()` and `items()` give the names, so that `dict(scores)` works.

    >>> scores = Scores([Score("sliced/law", 0.25, 0.125, 1000, ""), Score("modes/law", 7.0, 8.0, 1000, "")])
    >>> scores["modes"].value, scores[0].name, [score.floor for score in scores], "recall" in scores
    (7.0, 'sliced/law', [0.125, 8.0], False)
    """

    def __init__(self, scores: Iterable[Score]) -> None:
        self._scores = tuple(scores)

    def __len__(self) -> int:
        return len(self._scores)

    def __iter__(self) -> Iterator[Score]:
        return iter(self._scores)

    @overload
    def __getitem__(self, key: int | str) -> Score: ...
    @overload
    def __getitem__(self, key: slice) -> Scores: ...
    def __getitem__(self, key: int | str | slice) -> Score | Scores:
        """Return the score with a name or at a position, or the scores of a slice.

        Raises `UnknownNameError`, which is a `KeyError`, for a name that no score has.
        """
        if isinstance(key, slice):
            return Scores(self._scores[key])
        return self._scores[self.keys().index(find_score(key, self.keys())) if isinstance(key, str) else key]

    def __contains__(self, item: object) -> bool:
        return bool(matching_scores(item, self.keys())) if isinstance(item, str) else item in self._scores

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scores | list | tuple):
            return NotImplemented
        return self._scores == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Scores({{{', '.join(f'{score.name!r}: {score.value:.4g}' for score in self)}}})"

    def keys(self) -> list[str]:
        """Return the full names of the scores."""
        return [score.name for score in self]

    def values(self) -> list[Score]:
        """Return the scores."""
        return list(self)

    def items(self) -> ItemsView[str, Score]:
        """Return the pairs of full name and score."""
        return {score.name: score for score in self}.items()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the score with a name, which may be shortened, or the default if there is none."""
        try:
            return self[name]
        except KeyError:
            return default

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the scores as JSON-compatible data, by full name."""
        return {score.name: score.as_dict() for score in self}

    def to_pandas(self) -> DataFrame:
        """Return a table with one row per score: value, error, floor, n, against and note. Requires pandas."""
        columns = ("value", "error", "floor", "n", "against", "note")
        return data_frame({name: [getattr(score, name) for score in self] for name in columns}, index=self.keys())

    def _repr_html_(self) -> str:
        rows = [(*_cells(score), score.note) for score in self]
        conditions = dict.fromkeys(f"{score.n:,} samples against {score.against}" for score in self)
        return stack(table((*HEAD, "meaning"), rows), *conditions, *self._controls())

    def _repr_png_(self) -> bytes:
        from ganarium.plotting.tables import table_png

        return table_png(HEAD, [_cells(score) for score in self])

    def _controls(self) -> Iterator[Html]:
        """Yield a table of the scores of degraded samples, if there are any."""
        names = list(dict.fromkeys(name for score in self for name in score.controls))
        if names:
            graded = [score for score in self if score.controls]
            rows = [
                (one.name, *(rounded(number) for number in (one.floor, *(one.controls.get(name) for name in names))))
                for one in graded
            ]
            yield table(("degraded samples", "real data", *names), rows)


def _cells(score: Score) -> tuple[str, str, str, str]:
    return score.name, rounded(score.value), rounded(score.margin), rounded(score.floor)


def find_score(name: str, names: Iterable[str]) -> str:
    """Return the score with a name among full names: the full name, or the first one that it shortens.

    Raises `UnknownNameError`, which is a `KeyError`, if no name fits.

    >>> find_score("frechet", ["frechet-infinity/mnist-1a2b3c4d", "frechet/mnist-1a2b3c4d"])
    'frechet/mnist-1a2b3c4d'
    """
    known = list(names)
    for full in matching_scores(name, known):
        return full
    raise UnknownNameError("score", name, map(_short if "/" in name else _measure, known))


def matching_scores(name: str, names: Iterable[str]) -> list[str]:
    """Return exactly this name if it is one of the names, or else all names that it shortens.

    The extractor may be left out, and so may the hash of an extractor or a metric.

    >>> matching_scores("own/mnist", ["own-0a1b2c3d/mnist-1a2b3c4d", "own-0a1b2c3d/fashion-1a2b3c4d"])
    ['own-0a1b2c3d/mnist-1a2b3c4d']
    """
    known = list(names)
    measure, slash, extractor = map(re.escape, name.partition("/"))
    pattern = re.compile(f"{measure}{HASH}/" + (f"{extractor}(-[^-]+)?" if slash else ".*"))
    return [full for full in known if full == name] or [full for full in known if pattern.fullmatch(full)]


def _measure(name: str) -> str:
    """Return the measure of a score's name, without the hash of a metric."""
    return re.sub(f"{HASH}$", "", name.partition("/")[0])


def _short(name: str) -> str:
    """Return a score's name without hashes.

    >>> _short("frechet/random-conv-d56c2644"), _short("sliced/law"), _short("own-0a1b2c3d/points")
    ('frechet/random-conv', 'sliced/law', 'own/points')
    """
    extractor = name.partition("/")[2]
    return f"{_measure(name)}/{extractor.rpartition('-')[0] or extractor}"
