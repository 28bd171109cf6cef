"""Sizes of the measurements: full for publication, brief to check that everything works."""

from dataclasses import dataclass

from benchmarks.speed.timing import Pace


@dataclass(frozen=True)
class Effort:
    """Sizes of all measurements.

    pace: number and length of rounds
    words: setting overrides for all workloads
    batches, widths, sides: values in the growth benchmark
    seeds, looks, between: for time to quality: number of trainings, scores per training, and seconds between scores
    scored: number of samples for each distance
    steps: number of training steps for the memory measurement
    sampled: number of images per call of the sampler
    drawn: generated fraction of each synthetic data set
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
