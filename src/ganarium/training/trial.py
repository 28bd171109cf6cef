"""Which way of making steps is the fastest here: tried once, before step 0, on throw-away copies."""

from time import monotonic

import torch

from ganarium.core.config import Engine as EngineSettings
from ganarium.core.config import Experiment, Kernels
from ganarium.data.sets import Source
from ganarium.training.assemble import assemble, update_rule
from ganarium.training.engine import Engine, exact_onednn, threads

WARMING, ROUNDS, SECONDS = 2, 8, 0.5
GAIN = 1.1  # what a way must gain to be chosen, in times, so that a moment's noise does not choose


def settle(experiment: Experiment, source: Source) -> EngineSettings:
    """The resolved engine of an experiment, with the kernels chosen that make its steps fastest."""
    engine = experiment.engine
    if engine.kernels != "auto":
        return engine
    return engine.model_copy(update={"kernels": "onednn" if _onednn_gains(experiment, source) else "default"})


def _onednn_gains(experiment: Experiment, source: Source) -> bool:
    with threads(experiment.engine.threads):
        if not exact_onednn():
            return False
        engines = {kernels: _engine(experiment, source, kernels) for kernels in ("default", "onednn")}
        for engine in engines.values():
            engine.advance(WARMING)
        fastest = dict.fromkeys(engines, float("inf"))
        began = monotonic()
        for _ in range(ROUNDS):
            for kernels, engine in engines.items():
                start = monotonic()
                engine.advance(1)
                fastest[kernels] = min(fastest[kernels], monotonic() - start)
            if monotonic() - began > SECONDS:
                break
    return fastest["default"] > GAIN * fastest["onednn"]


def _engine(experiment: Experiment, source: Source, kernels: Kernels) -> Engine:
    chosen = experiment.engine.model_copy(update={"kernels": kernels})
    tried = experiment.model_copy(update={"engine": chosen})
    return Engine(tried, assemble(tried, source, torch.device(chosen.device)), update_rule(tried))
