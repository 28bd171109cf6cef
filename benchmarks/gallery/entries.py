"""The entries of the gallery: recipes with their budgets, seeds and marks, as plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ganarium.evaluation.score import Score

Kind = Literal["times-floor", "at-most", "at-least", "near-floor", "between", "not-above"]
Bound = float | tuple[float, float]


@dataclass(frozen=True)
class Threshold:
    """A condition on a score.

    kind: "times-floor", at most `bound` times the floor; "at-most" and "at-least"; "near-floor", within `bound` of the
        floor; "between" the two values of `bound`; "not-above", the lower end of the 95 % interval is at most `bound`
    """

    kind: Kind
    bound: Bound

    def __str__(self) -> str:
        low, high = self.bound if isinstance(self.bound, tuple) else (self.bound, self.bound)
        return TEXTS[self.kind].format(low=low, high=high)

    def shortfall(self, score: Score) -> float:
        """Return how far a score is from meeting the condition, in the unit of `bound`; at most 0 if it is met."""
        low, high = self.bound if isinstance(self.bound, tuple) else (self.bound, self.bound)
        return SHORTFALLS[self.kind](score, low, high)


def times_floor(score: Score) -> float:
    """Return a score in multiples of its floor; infinite for a floor of 0 or below."""
    assert score.floor is not None
    return score.value / score.floor if score.floor > 0 else float("inf")


def _from_floor(score: Score) -> float:
    assert score.floor is not None
    return abs(score.value - score.floor)


SHORTFALLS: Mapping[Kind, Callable[[Score, float, float], float]] = {
    "times-floor": lambda score, low, _: times_floor(score) - low,
    "at-most": lambda score, low, _: score.value - low,
    "at-least": lambda score, low, _: low - score.value,
    "near-floor": lambda score, low, _: _from_floor(score) - low,
    "between": lambda score, low, high: max(low - score.value, score.value - high),
    "not-above": lambda score, low, _: (score.value if score.interval is None else score.interval[0]) - low,
}
TEXTS: Mapping[Kind, str] = {
    "times-floor": "≤ {low:g} × floor",
    "at-most": "≤ {low:g}",
    "at-least": "≥ {low:g}",
    "near-floor": "within {low:g} of the floor",
    "between": "{low:g} to {high:g}",
    "not-above": "not significantly above {low:g}",
}


@dataclass(frozen=True)
class Mark:
    """The required and the desired value of one score.

    score: name, which may be shortened as in `Scores`
    """

    score: str
    must: Threshold
    aim: Threshold | None = None


@dataclass(frozen=True)
class Entry:
    """A recipe of the gallery.

    recipe: name of the recipe
    marks: the first mark decides which seed is shown, the worst, and whose weights are kept, the best
    seconds: budget of the training; compared with the processor time divided by `cores`
    cores: number of cores of the budget
    seeds: seeds that are trained by default
    words: settings that differ from those of the recipe, as on the command line
    by_eye: a condition that no score measures
    note: what limited the result, if a mark is missed
    n: number of samples that are scored
    shown: number of samples in the picture
    keep: whether the weights of the best seed are kept
    """

    recipe: str
    marks: tuple[Mark, ...]
    seconds: float
    cores: int = 2
    seeds: tuple[int, ...] = (0, 1, 2)
    words: tuple[str, ...] = ()
    by_eye: str = ""
    note: str = ""
    n: int = 10_000
    shown: int = 100
    keep: bool = False


def _floor(score: str, must: float, aim: float | None = None) -> Mark:
    return Mark(score, Threshold("times-floor", must), None if aim is None else Threshold("times-floor", aim))


def _most(score: str, must: float, aim: float | None = None) -> Mark:
    return Mark(score, Threshold("at-most", must), None if aim is None else Threshold("at-most", aim))


def _least(score: str, must: float, aim: float | None = None) -> Mark:
    return Mark(score, Threshold("at-least", must), None if aim is None else Threshold("at-least", aim))


def _points(modes: int) -> tuple[Mark, ...]:
    return (
        _least("high-quality", 0.9, 0.97),
        _least("modes", modes, modes),
        Mark("mode-kl", Threshold("at-most", 0.03), Threshold("times-floor", 2)),
        Mark("mode-spread", Threshold("between", (0.8, 1.1)), Threshold("between", (0.95, 1.05))),
    )


def _drawn(valid: float, aim: float, *others: Mark) -> tuple[Mark, ...]:
    return (_least("valid", valid, aim), *others)


MINUTE, HOUR = 60.0, 3_600.0
POLYGONS = _drawn(0.6, 0.9, _most("sides", 0.2))
COMPILED = ("engine.threads=1", "engine.compile=yes")
DIGIT_LOSSES = (_floor("frechet/mnist", 30, 15),)

ENTRIES: Mapping[str, Entry] = {
    "digits": Entry(
        "digits",
        (
            _floor("frechet/mnist", 3, 1.5),
            _floor("frechet/random-conv", 3, 1.5),
            _most("two-sample/mnist", 0.62, 0.58),
            _least("label-accuracy", 0.985, 0.99),
        ),
        5 * MINUTE,
        by_eye="at most 2 of 100 look broken",
        keep=True,
    ),
    "fashion": Entry(
        "fashion",
        (_floor("frechet/fashion", 6, 3), _floor("frechet/random-conv", 5, 3)),
        10 * MINUTE,
        by_eye="no speckle",
        keep=True,
    ),
    "ring": Entry("ring", _points(8), 2 * MINUTE, 1, tuple(range(10)), COMPILED, shown=2_000, keep=True),
    "grid": Entry("grid", _points(25), 2 * MINUTE, 1, tuple(range(10)), COMPILED, shown=2_000, keep=True),
    "points": Entry("points", _drawn(0.7, 0.95, _most("count", 0.15, 0.05)), 20 * MINUTE, seeds=(0, 1), keep=True),
    "lines": Entry("lines", _drawn(0.5, 0.9, _most("count", 0.2)), 20 * MINUTE, seeds=(0, 1), shown=49, keep=True),
    "polygons": Entry(
        "polygons", POLYGONS, 20 * MINUTE, seeds=(0, 1), words=("data.count=10000",), shown=49, keep=True
    ),
    "polygons-800": Entry("polygons", POLYGONS, 20 * MINUTE, seeds=(0, 1), words=("data.count=800",), shown=49),
    "puzzles": Entry("puzzles", _drawn(0.6, 0.9), 20 * MINUTE, seeds=(0, 1), keep=True),
    "kplus1-digits": Entry(
        "kplus1-digits",
        (_least("label-accuracy", 0.97, 0.99), Mark("similarity", Threshold("near-floor", 0.05))),
        2 * HOUR,
        seeds=(0, 1),
        by_eye="a legible 10×10 grid",
    ),
    "dcgan": Entry("dcgan", _drawn(0.6, 0.9), 2 * HOUR, seeds=(0,), shown=36),
    "emoji": Entry(
        "emoji",
        (_floor("frechet/random-conv", 15, 8), Mark("copy-rate", Threshold("not-above", 0))),
        HOUR,
        seeds=(0, 1),
        shown=64,
        keep=True,
    ),
    "wgan-gp": Entry("wgan-gp", DIGIT_LOSSES, 5 * MINUTE),
    "hinge": Entry("hinge", DIGIT_LOSSES, 5 * MINUTE),
    "lsgan": Entry("lsgan", DIGIT_LOSSES, 5 * MINUTE),
    "relativistic": Entry("relativistic", DIGIT_LOSSES, 5 * MINUTE),
    "acgan": Entry("acgan", DIGIT_LOSSES, 5 * MINUTE),
    "cgan": Entry("cgan", DIGIT_LOSSES, 5 * MINUTE),
    "infogan": Entry("infogan", (*DIGIT_LOSSES, _least("purity", 0.8), _least("code-accuracy", 0.8)), 5 * MINUTE),
    "stacked-digits": Entry(
        "stacked-digits",
        (_least("modes", 990, 1_000), _most("mode-kl-corrected", 0.1, 0.02)),
        HOUR,
        seeds=(0, 1),
        n=26_000,
    ),
    "cyclegan": Entry(
        "cyclegan",
        (_least("iou-there", 0.95, 0.99), _least("iou-back", 0.95, 0.99)),
        20 * MINUTE,
        seeds=(0, 1),
        shown=32,
    ),
    "pix2pix": Entry("pix2pix", (_least("iou-there", 0.99, 1),), 20 * MINUTE, seeds=(0, 1), shown=32),
    "r3gan": Entry("r3gan", (_floor("frechet/mnist", 10, 4),), 30 * MINUTE, seeds=(0, 1)),
    "plane": Entry("plane", (), 2 * MINUTE, 1, seeds=(0,), words=("data=moons",), shown=2_000),
    "dense-digits": Entry("dense-digits", (), 10 * MINUTE, seeds=(0,)),
    "dense-conv-digits": Entry("dense-conv-digits", (), HOUR, seeds=(0,)),
    "dense-layers": Entry("dense-layers", (), 5 * MINUTE, seeds=(0,)),
    "dense-shapes": Entry("dense-shapes", (), 5 * MINUTE, seeds=(0,)),
    "conv-shapes": Entry("conv-shapes", (), 10 * MINUTE, seeds=(0,)),
    "few-labels": Entry("few-labels", (_most("classification-error", 0.05),), 10 * MINUTE, seeds=(0,)),
    "wgan": Entry("wgan", (), 20 * MINUTE, seeds=(0,)),
}

RACE = Mark(
    "seconds", Threshold("at-most", MINUTE), Threshold("at-most", MINUTE / 2)
)  # of the race in results/race.json
