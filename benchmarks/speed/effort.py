"""How much is measured: in full for the page, briefly to see that all of it works."""

from dataclasses import dataclass

from benchmarks.speed.timing import Pace


@dataclass(frozen=True)
class Effort:
    """Numbers that every question takes its own from.

    pace: how contenders take turns
    words: settings for all works
    batches, widths, sides: what growth goes through
    seeds, looks, between: trainings whose quality is watched, how often, and after how many seconds of training each
    scored: samples behind each distance
    steps: of the training whose memory is measured
    sampled: pictures that are sampled at once
    drawn: the share of each set that is drawn
    product: rows and columns of the product that shows the peak rate
    """

    pace: Pace
    words: tuple[str, ...]
    batches: tuple[int, ...]
    widths: tuple[int, ...]
    sides: tuple[int, ...]
    seeds: int
    looks: int
    between: float
    scored: int
    steps: int
    sampled: int
    drawn: float
    product: int


FULL = Effort(
    pace=Pace(rounds=15, turn=1.0, patience=120.0),
    words=(),
    batches=(32, 64, 128, 256, 512, 1024),
    widths=(64, 128, 256, 512, 1024),
    sides=(28, 60, 64, 128),
    seeds=3,
    looks=60,
    between=4.0,
    scored=2_000,
    steps=200,
    sampled=10_000,
    drawn=1.0,
    product=2048,
)
BRIEF = Effort(
    pace=Pace(rounds=1, turn=0.02, patience=0.0),
    words=("train.batch=4", "data.count=400", "engine.compile=no"),
    batches=(4,),
    widths=(8,),
    sides=(60,),
    seeds=1,
    looks=2,
    between=0.2,
    scored=200,
    steps=4,
    sampled=200,
    drawn=0.01,
    product=256,
)
