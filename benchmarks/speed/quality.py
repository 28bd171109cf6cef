"""(e) Seconds of training until the Fréchet distance to the validation split falls under fixed marks."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.peers.pairs import Peer
from benchmarks.speed.contenders import PLAIN, engine_of, experiment_of, named, plain_of, waiting
from benchmarks.speed.question import Asked, Question, Values, number, table
from benchmarks.speed.timing import Advance, steps_for
from benchmarks.speed.works import SAME_GAME
from ganarium.data.batches import to_bytes
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference
from ganarium.training.engine import Engine
from ganarium.training.sampler import Sampler

MARKS = (50, 20, 10, 5, 3)  # times the floor
BLOCK = 0.2  # seconds of training between two looks at the clock
Curve = Sequence[tuple[float, int, float]]
Curves = Sequence[dict[str, Curve]]


@dataclass
class Trained:
    """One training, and what was seen of it: seconds, steps and distances."""

    advance: Advance
    sample: Callable[[int], Tensor]
    steps: int = 0
    seconds: float = 0.0
    curve: list[tuple[float, int, float]] = field(default_factory=list)

    def train(self, seconds: float, block: int) -> None:
        """Go on for about that long."""
        end = self.seconds + seconds
        while self.seconds < end:
            start = perf_counter()
            self.advance(block)
            self.seconds += perf_counter() - start
            self.steps += block


def measure(asked: Asked) -> Values:
    """Every seed; contenders take turns between two looks."""
    by = load_reference(experiment_of(SAME_GAME, asked.words).data, "validation", quick=True)
    assert isinstance(by, ImageReference)
    floor = 0.0
    curves: list[dict[str, Curve]] = []
    for seed in range(asked.effort.seeds):
        present = started(asked, (*asked.words, f"seed={seed}"))
        block = steps_for(next(iter(present.values())).advance, BLOCK)
        present = started(asked, (*asked.words, f"seed={seed}"))
        for _ in range(asked.effort.looks):
            for trained in present.values():
                trained.train(asked.effort.between, block)
                distance, floor = distance_of(trained.sample(asked.effort.scored), by)
                trained.curve.append((round(trained.seconds, 2), trained.steps, round(distance, 4)))
        curves.append({name: trained.curve for name, trained in present.items()})
    marks = [{"times": times, "seconds": reached(curves, times * floor)} for times in MARKS]
    return {
        "words": [SAME_GAME.recipe, *SAME_GAME.words],
        "line": SAME_GAME.line,
        "samples": asked.effort.scored,
        "floor": floor,
        "marks": marks,
        "curves": curves,
    }


def started(asked: Asked, words: tuple[str, ...]) -> dict[str, Trained]:
    """All contenders at their first weights."""
    present = {}
    for own in dict.fromkeys([(), *asked.ours]):
        engine = engine_of(SAME_GAME, [*words, *own])
        present[named(own)] = Trained(waiting(engine.advance, asked.device), partial(sampled, engine))
    peer = plain_of(SAME_GAME, words)
    present[PLAIN] = Trained(waiting(peer.advance, asked.device), partial(sampled_plainly, peer))
    return present


def sampled(engine: Engine, n: int) -> Tensor:
    """Pictures uint8 of ours, by the averaged weights."""
    source = load_data(engine.experiment.data)
    assert isinstance(source, ImageSet)
    sampler = Sampler(engine.experiment, source.shape, source.classes, engine.match.state(), engine.step)
    return to_bytes(sampler.sample(n, label=asked_labels(source.labels, n)).cpu())


@torch.no_grad()
def sampled_plainly(peer: Peer, n: int) -> Tensor:
    """The same of the peer."""
    setting = peer.setting
    kinds = F.one_hot(asked_labels(setting.labels, n), setting.classes)
    latents = torch.cat([torch.randn(n, setting.latent), kinds], 1)
    return to_bytes(setting.average(latents.to(setting.device)).cpu())


def asked_labels(labels: Tensor | None, n: int) -> Tensor:
    """Classes in the data's own shares."""
    assert labels is not None
    return labels[torch.arange(n) % len(labels)]


def distance_of(pictures: Tensor, by: ImageReference) -> tuple[float, float]:
    """The Fréchet distance, and what as many training pictures have."""
    score = next(score for score in evaluate_samples(Generated(pictures), by) if score.name.startswith("frechet/"))
    assert score.floor is not None
    return score.value, score.floor


def reached(curves: Curves, mark: float) -> dict[str, list[float | None]]:
    """For each contender and seed the seconds at the first look under the mark."""
    return {name: [first_under(seed[name], mark) for seed in curves] for name in curves[0]}


def first_under(curve: Curve, mark: float) -> float | None:
    """None where it never was."""
    return next((seconds for seconds, _, distance in curve if distance < mark), None)


def lines(values: Values) -> list[str]:
    """A row for each mark."""
    names = list(values["marks"][0]["seconds"])
    others = [name for name in names if name != PLAIN]
    head = ["distance under", *(f"{name}, seconds" for name in names), *(f"{name}, times sooner" for name in others)]
    rows = []
    for mark in values["marks"]:
        found = {name: median_of(seconds) for name, seconds in mark["seconds"].items()}
        cells = [f"{mark['times']} × the floor", *("not reached" if t is None else number(t) for t in found.values())]
        rows.append([*cells, *(sooner(found[name], found[PLAIN]) for name in others)])
    last = values["curves"][0][PLAIN][-1][0]
    return [
        f"`{' '.join(values['words'])}` ({values['line']}) against the plain loop of the same game, both with averaged "
        f"weights: seconds of training (scoring is not counted) until {values['samples']:,} samples are that near to "
        f"the validation split by the shipped classifier's features; the floor, {values['floor']:.3g}, is what as many "
        f"training pictures have. Medians of {len(values['curves'])} seeds, {last:.0f} seconds each.",
        "",
        *table(head, rows),
    ]


def median_of(seconds: list[float | None]) -> float | None:
    """Over seeds; None where half of them or more never got there."""
    middle = statistics.median(float("inf") if each is None else each for each in seconds)
    return None if middle == float("inf") else middle


def sooner(ours: float | None, plain: float | None) -> str:
    """How many times less time, where both got there."""
    return "" if ours is None or plain is None else f"{plain / ours:.2f}"


QUESTION = Question("quality", "Time to quality", measure, lines)
