"""The size of the measurements: in full for the page, brief to check that everything works."""

from dataclasses import dataclass

from benchmarks.speed.timing import Pace


@dataclass(frozen=True)
class Effort:
    """Sizes of all measurements.

    pace: rounds of the contenders
    words: settings of all workloads
    batches, widths, sides: the values of the growth benchmark
    seeds, looks, between: number of trainings for time to quality, number of scores in each, and seconds between them
    scored: number of samples for each distance
    steps: steps of the training whose memory is measured
    sampled: number of images that are sampled at once
    drawn: the share of each synthetic set that is generated
    product: rows and columns of the matrix product for the peak rate
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
    pace=Pace(rounds=15, round_seconds=1.0, patience=120.0),
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
    pace=Pace(rounds=1, round_seconds=0.02, patience=0.0),
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
