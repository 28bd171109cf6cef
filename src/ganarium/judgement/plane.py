"""Scores of points whose law is known: which modes they reach, and how far they are from the law as a whole."""

from collections.abc import Iterator
from math import isfinite

from torch import Tensor

from ganarium.core.streams import Streams, normal
from ganarium.data.sets import PointSet
from ganarium.judgement.material import Made, named, shuffled
from ganarium.judgement.scores import Score
from ganarium.metrics.estimate import jackknifed, share_error
from ganarium.metrics.modes import DISC, ModeReport, mode_report
from ganarium.metrics.sliced import sliced_wasserstein

DIRECTIONS = 64
SHARES = ("high-quality", "high-quality-box")
NOTES = {
    "modes": "modes with a sample within 3σ, higher is better",
    "modes-half-full": "modes with half of their share of samples within 3σ, higher is better",
    "high-quality": f"share of samples within 3σ of a mode; {DISC:.3f} of the law itself, more is too narrow",
    "high-quality-box": "the same with each coordinate within 3σ, higher is better up to the law's own",
    "mode-kl": "KL of the modes' histogram to equal shares, in nats, lower is better",
    "mode-spread": "mean over modes of the samples' standard deviation in σ, 1 at best",
}


def judge_points(made: Made, data: PointSet) -> Iterator[Score]:
    """Scores of n points, each beside what as many fresh points of the law get (PacGAN's protocol has n = 2,500)."""
    law, n = data.law, len(made)
    fresh, other = (law.place(Streams(seed).all_at("judgement.law", law.draws(n), 0)) for seed in (0, 1))
    against = named(data, "law")
    found_distance = jackknifed(lambda rows: distance(other, rows), shuffled(made.samples, "fake"))
    usual = distance(other, fresh)
    note = "sliced Wasserstein distance to fresh points of the law, lower is better"
    yield Score("sliced/law", found_distance.value, usual, n, note, found_distance.error, against)
    if len(law.modes):
        found, floor = (numbers(mode_report(law.modes, law.sigma, points)) for points in (made.samples, fresh))
        for name, note in NOTES.items():
            if not isfinite(found[name]):  # no sample is near any mode
                continue
            error = share_error(found[name], n) if name in SHARES else None
            yield Score(f"{name}/law", found[name], floor[name], n, note, error, against)


def numbers(report: ModeReport) -> dict[str, float]:
    """A report as numbers by the names of `NOTES`; modes without two points have no spread."""
    return {
        "modes": report.captured,
        "modes-half-full": report.half_captured,
        "high-quality": report.in_disc,
        "high-quality-box": report.in_box,
        "mode-kl": report.kl,
        "mode-spread": report.spread_k.nanmean().item(),
    }


def distance(real: Tensor, fake: Tensor) -> float:
    """Sliced Wasserstein distance of two samples of points."""
    directions = Streams(0).at("judgement.directions", normal(DIRECTIONS, real.shape[1]), 0)
    return sliced_wasserstein(real, fake, directions)
