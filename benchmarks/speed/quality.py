"""(e) Measure the training time until the Fréchet distance to the validation split falls below given levels."""

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
from benchmarks.speed.question import Options, Question, Values, number, table
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

MARKS = (50, 20, 10, 5, 3)  # levels, in multiples of the floor
BLOCK = 0.2  # seconds of training between two checks of the time
Curve = Sequence[tuple[float, int, float]]
Curves = Sequence[dict[str, Curve]]


@dataclass
class Trained:
    """A training with its elapsed seconds, steps and measured distances."""

    advance: Advance
    sample: Callable[[int], Tensor]
    steps: int = 0
    seconds: float = 0.0
    curve: list[tuple[float, int, float]] = field(default_factory=list)

    def train(self, seconds: float, block: int) -> None:
        """Train for about the given number of seconds."""
        end = self.seconds + seconds
        while self.seconds < end:
            start = perf_counter()
            self.advance(block)
            self.seconds += perf_counter() - start
            self.steps += block


def measure(options: Options) -> Values:
    """Measure every seed; contenders alternate from one score to the next."""
    by = load_reference(experiment_of(SAME_GAME, options.words).data, "validation", quick=True)
    assert isinstance(by, ImageReference)
    floor = 0.0
    curves: list[dict[str, Curve]] = []
    for seed in range(options.effort.seeds):
        present = started(options, (*options.words, f"seed={seed}"))
        block = steps_for(next(iter(present.values())).advance, BLOCK)
        present = started(options, (*options.words, f"seed={seed}"))
        for _ in range(options.effort.looks):
            for trained in present.values():
                trained.train(options.effort.between, block)
                distance, floor = distance_of(trained.sample(options.effort.scored), by)
                trained.curve.append((round(trained.seconds, 2), trained.steps, round(distance, 4)))
        curves.append({name: trained.curve for name, trained in present.items()})
    marks = [{"times": times, "seconds": reached(curves, times * floor)} for times in MARKS]
    return {
        "words": [SAME_GAME.recipe, *SAME_GAME.words],
        "line": SAME_GAME.line,
        "samples": options.effort.scored,
        "floor": floor,
        "marks": marks,
        "curves": curves,
    }


def started(options: Options, words: tuple[str, ...]) -> dict[str, Trained]:
    """Return all contenders by name, with initial weights."""
    present = {}
    for own in dict.fromkeys([(), *options.ours]):
        engine = engine_of(SAME_GAME, [*words, *own])
        present[named(own)] = Trained(waiting(engine.advance, options.device), partial(sampled, engine))
    peer = plain_of(SAME_GAME, words)
    present[PLAIN] = Trained(waiting(peer.advance, options.device), partial(sampled_plainly, peer))
    return present


def sampled(engine: Engine, n: int) -> Tensor:
    """Return uint8 images from ganarium's generator with averaged weights."""
    source = load_data(engine.experiment.data)
    assert isinstance(source, ImageSet)
    sampler = Sampler(engine.experiment, source.shape, source.classes, engine.state.tensors(), engine.step)
    return to_bytes(sampler.sample(n, labels=labels_like_data(source.labels, n)).cpu())


@torch.no_grad()
def sampled_plainly(peer: Peer, n: int) -> Tensor:
    """Return uint8 images from the plain loop's generator with averaged weights."""
    setting = peer.setting
    kinds = F.one_hot(labels_like_data(setting.labels, n), setting.classes)
    latents = torch.cat([torch.randn(n, setting.latent), kinds], 1)
    return to_bytes(setting.average(latents.to(setting.device)).cpu())


def labels_like_data(labels: Tensor | None, n: int) -> Tensor:
    """Return n class numbers in the proportions of the data."""
    assert labels is not None
    return labels[torch.arange(n) % len(labels)]


def distance_of(pictures: Tensor, by: ImageReference) -> tuple[float, float]:
    """Return the Fréchet distance of the images, and that of equally many training images."""
    score = next(score for score in evaluate_samples(Generated(pictures), by) if score.name.startswith("frechet/"))
    assert score.floor is not None
    return score.value, score.floor


def reached(curves: Curves, mark: float) -> dict[str, list[float | None]]:
    """Return the seconds until the first score below the level, for each contender and seed."""
    return {name: [first_under(seed[name], mark) for seed in curves] for name in curves[0]}


def first_under(curve: Curve, mark: float) -> float | None:
    """Return the seconds until the first score below the level; None if there is none."""
    return next((seconds for seconds, _, distance in curve if distance < mark), None)


def lines(values: Values) -> list[str]:
    """Return a table with a row for each level."""
    names = list(values["marks"][0]["seconds"])
    others = [name for name in names if name != PLAIN]
    head = ["distance below", *(f"{name}, seconds" for name in names), *(f"{name}, speed-up" for name in others)]
    rows = []
    for mark in values["marks"]:
        found = {name: median_of(seconds) for name, seconds in mark["seconds"].items()}
        cells = [f"{mark['times']} × the floor", *("not reached" if t is None else number(t) for t in found.values())]
        rows.append([*cells, *(sooner(found[name], found[PLAIN]) for name in others)])
    last = values["curves"][0][PLAIN][-1][0]
    return [
        f"`{' '.join(values['words'])}` ({values['line']}) compared with the plain loop of the same game, both with "
        f"averaged weights: seconds of training, without scoring, until the Fréchet distance of {values['samples']:,} "
        f"samples to the validation split, by the included classifier's features, is below a level. The floor, "
        f"{values['floor']:.3g}, is the distance of as many training images. Medians of {len(values['curves'])} seeds, "
        f"{last:.0f} seconds each.",
        "",
        *table(head, rows),
    ]


def median_of(seconds: list[float | None]) -> float | None:
    """Return the median over seeds; None if at least half of the seeds never reach the level."""
    middle = statistics.median(float("inf") if each is None else each for each in seconds)
    return None if middle == float("inf") else middle


def sooner(ours: float | None, plain: float | None) -> str:
    """Return the ratio of times as text; an empty string unless both reached the level."""
    return "" if ours is None or plain is None else f"{plain / ours:.2f}"


QUESTION = Question("quality", "Time to quality", measure, lines)
