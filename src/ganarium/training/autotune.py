"""Benchmarks of kernels and compilation on copies of the model, to choose the fastest before step 0."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import torch

from ganarium.config.experiment import EngineConfig, Experiment
from ganarium.core.errors import SettingsError, brief
from ganarium.core.progress import track
from ganarium.data.datasets import Source
from ganarium.training.build import assemble, update_rule
from ganarium.training.capture import can_record
from ganarium.training.device import can_compile, exact_onednn, threads
from ganarium.training.engine import Engine
from ganarium.training.state import TrainingState
from ganarium.training.update_rules import UpdateRule

WARMING, ROUNDS, SECONDS = 1, 8, 0.5
GAIN = 1.1  # minimum speed-up for choosing the second option; larger than timing noise
LONG = 1_800.0  # minimum expected seconds of training for trying compilation, which takes about 20 s
ENDLESS = 10**9  # steps


def autotune(
    experiment: Experiment, source: Source, state: TrainingState, *, by_trial: bool = True
) -> tuple[EngineConfig, str]:
    """Return the engine settings, with each "auto" chosen by benchmark, and the reasons.

    state: the training state assembled from the experiment, whose engine settings are resolved
    by_trial: whether to run benchmarks; if False, each "auto" is kept

    Raises `SettingsError` if compiled steps are requested but not possible.
    """
    engine, why = experiment.engine, ""
    with threads(engine.threads):
        if engine.compile == "yes" and (reason := _not_compiled(state, update_rule(experiment))):
            raise SettingsError(f"engine.compile=yes: {reason}; use engine.compile=no")
        if not by_trial:
            return engine, why
        if engine.kernels == "auto":
            chosen, why = _kernels(experiment, source)
            engine = engine.model_copy(update={"kernels": chosen})
        if engine.compile == "auto":
            reason = _not_compiled(state, update_rule(experiment))
            chosen, also = (
                ("no", reason) if reason else _compile(experiment.model_copy(update={"engine": engine}), source)
            )
            engine, why = engine.model_copy(update={"compile": chosen}), "; ".join(filter(None, [why, also]))
    return engine, why


def _kernels(experiment: Experiment, source: Source) -> tuple[str, str]:
    if not exact_onednn():
        return "default", "oneDNN's kernels are not exact on this processor"
    engines = {kernels: _engine(experiment, source, kernels=kernels, compile="no") for kernels in ("default", "onednn")}
    return _faster(engines)


def _not_compiled(state: TrainingState, rule: UpdateRule) -> str:
    """Return the reason why steps cannot be compiled; an empty string if they can."""
    if not can_compile():
        return "no C++ compiler was found"
    if not can_record(state, rule):
        return "the remedies, update rule or optimizer do not run the same operations at every step"
    return ""


def _compile(experiment: Experiment, source: Source) -> tuple[str, str]:
    plain = _engine(experiment, source, compile="no")
    plain.advance(WARMING)
    start = monotonic()
    plain.advance(1)
    train = experiment.train
    expected = min((train.steps or ENDLESS) * (monotonic() - start), train.seconds or float("inf"))
    if expected < LONG:
        return "no", ""
    plain.record()
    try:
        return _faster({"no": plain, "yes": _engine(experiment, source, compile="yes")})
    except RuntimeError as error:  # the compiler failed, or an earlier compilation left incomplete files
        return "no", f"engine.compile: compilation failed ({brief(error)})"


def _faster(engines: Mapping[str, Engine]) -> tuple[str, str]:
    """Return the second option if interleaved runs show a speed-up above `GAIN`, otherwise the first."""
    for engine in track("benchmarking kernels and compilation", engines.values(), len(engines)):
        engine.advance(WARMING)
    shortest = dict.fromkeys(engines, float("inf"))
    began = monotonic()
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            start = monotonic()
            engine.advance(1)
            shortest[name] = min(shortest[name], monotonic() - start)
        if monotonic() - began > SECONDS:
            break
    first, second = engines
    chosen = second if shortest[first] > GAIN * shortest[second] else first
    what = "kernels" if first == "default" else "compile"
    times = ", ".join(f"{name} {1e3 * seconds:.2f} ms a step" for name, seconds in shortest.items())
    return chosen, f"engine.{what}: {times}"


def _engine(experiment: Experiment, source: Source, **chosen: Any) -> Engine:
    settings = experiment.engine.model_copy(update=chosen)
    tried = experiment.model_copy(update={"engine": settings})
    return Engine(tried, assemble(tried, source, torch.device(settings.device)), update_rule(tried))
