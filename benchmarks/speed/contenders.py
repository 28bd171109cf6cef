"""Who takes part: ours as a run trains it, the plain loop, and JAX where an interpreter is given."""

import shlex
from collections.abc import Iterable

import torch

from benchmarks.peers.pairs import Peer, peer_of
from benchmarks.speed.question import Asked
from benchmarks.speed.timing import Advance
from benchmarks.speed.works import Work
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.recipes import find_recipe
from ganarium.training.build import assemble, update_rule
from ganarium.training.capture import can_record
from ganarium.training.create import resolved
from ganarium.training.engine import Engine

OURS, PLAIN = "ganarium", "plain loop"


def experiment_of(work: Work, words: Iterable[str]) -> Experiment:
    """The work as an experiment, not yet resolved."""
    return override(find_recipe(work.recipe).experiment(), [*work.words, *words])


def engine_of(work: Work, words: Iterable[str]) -> Engine:
    """Ours, with everything resolved as a run would have it."""
    experiment, _ = resolved(experiment_of(work, words))
    state = assemble(experiment, load_data(experiment.data), torch.device(experiment.engine.device))
    engine = Engine(experiment, state, update_rule(experiment))
    if can_record(state, engine.rule) and experiment.engine.compile == "no":
        engine.record()  # as a run does after its first steps
    return engine


def plain_of(work: Work, words: Iterable[str]) -> Peer:
    """The peer's loop."""
    experiment = experiment_of(work, words)
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    return peer_of(experiment, source, work.loop)


def ours(work: Work, asked: Asked, words: Iterable[str] = ()) -> dict[str, Advance]:
    """Our contenders by name: with the recipe's own engine, and with each that was asked for."""
    every = dict.fromkeys([(), *asked.ours])
    return {named(own): waiting(engine_of(work, [*asked.words, *words, *own]).advance, asked.device) for own in every}


def plain(work: Work, asked: Asked, words: Iterable[str] = ()) -> dict[str, Advance]:
    """The plain loop by name."""
    return {PLAIN: waiting(plain_of(work, [*asked.words, *words]).advance, asked.device)}


def named(words: tuple[str, ...]) -> str:
    """A contender of ours, with the words that make it another."""
    return shlex.join([OURS, *words])


def waiting(advance: Advance, device: str) -> Advance:
    """The same, back only when the device has done it."""

    def steps(n: int) -> None:
        advance(n)
        torch.cuda.synchronize()

    return steps if device.startswith("cuda") else advance
