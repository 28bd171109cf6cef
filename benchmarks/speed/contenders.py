"""The contenders: ganarium, the plain training loop, and JAX if an interpreter is given."""

import shlex
from collections.abc import Iterable

import torch

from benchmarks.peers.pairs import Peer, peer_of
from benchmarks.speed.question import Options
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
    """Return the experiment of a workload, with open settings unresolved."""
    return override(find_recipe(work.recipe).experiment(), [*work.words, *words])


def engine_of(work: Work, words: Iterable[str]) -> Engine:
    """Return ganarium's engine with all settings resolved as in a run."""
    experiment, _ = resolved(experiment_of(work, words))
    state = assemble(experiment, load_data(experiment.data), torch.device(experiment.engine.device))
    engine = Engine(experiment, state, update_rule(experiment))
    if can_record(state, engine.rule) and experiment.engine.compile == "no":
        engine.record()  # as a run does after its first steps
    return engine


def plain_of(work: Work, words: Iterable[str]) -> Peer:
    """Return the plain loop for a workload."""
    experiment = experiment_of(work, words)
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    return peer_of(experiment, source, work.loop)


def ours(work: Work, options: Options, words: Iterable[str] = ()) -> dict[str, Advance]:
    """Return ganarium's contenders by name: with the recipe's engine settings, and with each given variation."""
    every = dict.fromkeys([(), *options.ours])
    return {
        named(own): waiting(engine_of(work, [*options.words, *words, *own]).advance, options.device) for own in every
    }


def plain(work: Work, options: Options, words: Iterable[str] = ()) -> dict[str, Advance]:
    """Return the plain loop under its name."""
    return {PLAIN: waiting(plain_of(work, [*options.words, *words]).advance, options.device)}


def named(words: tuple[str, ...]) -> str:
    """Return the name of a ganarium contender, which includes its settings."""
    return shlex.join([OURS, *words])


def waiting(advance: Advance, device: str) -> Advance:
    """Return a function that advances and then waits until the device has finished."""

    def steps(n: int) -> None:
        advance(n)
        torch.cuda.synchronize()

    return steps if device.startswith("cuda") else advance
