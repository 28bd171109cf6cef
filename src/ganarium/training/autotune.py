"""Which way of making steps is the fastest here: tried once, before step 0, on throw-away copies."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import torch

from ganarium.config.experiment import EngineConfig, Experiment
from ganarium.core.errors import SettingsError, brief
from ganarium.core.progress import told
from ganarium.data.datasets import Source
from ganarium.training.build import assemble, update_rule
from ganarium.training.capture import can_be_written
from ganarium.training.device import can_compile, exact_onednn, threads
from ganarium.training.engine import Engine
from ganarium.training.state import Match
from ganarium.training.step import UpdateRule

WARMING, ROUNDS, SECONDS = 1, 8, 0.5
GAIN = 1.1  # what a way must gain to be chosen, in times, so that a moment's noise does not choose
LONG = 1_800.0  # seconds of training from which on compiling is tried, which takes some twenty
ENDLESS = 10**9  # steps


def settle(experiment: Experiment, source: Source, match: Match, *, by_trial: bool = True) -> tuple[EngineConfig, str]:
    """The resolved engine of an experiment, of which `match` is made, with what is left open chosen by trial; and why.

    by_trial: False leaves it open
    Raises `SettingsError` where steps are to be compiled and cannot be.
    """
    engine, why = experiment.engine, ""
    with threads(engine.threads):
        if engine.compile == "yes" and (reason := _not_compiled(match, update_rule(experiment))):
            raise SettingsError(f"engine.compile=yes: {reason}; use engine.compile=no")
        if not by_trial:
            return engine, why
        if engine.kernels == "auto":
            chosen, why = _kernels(experiment, source)
            engine = engine.model_copy(update={"kernels": chosen})
        if engine.compile == "auto":
            reason = _not_compiled(match, update_rule(experiment))
            chosen, also = _compile(experiment.model_copy(update={"engine": engine}), source, reason)
            engine, why = engine.model_copy(update={"compile": chosen}), "; ".join(filter(None, [why, also]))
    return engine, why


def _kernels(experiment: Experiment, source: Source) -> tuple[str, str]:
    if not exact_onednn():
        return "default", "onednn's kernels round here"
    ways = {kernels: _engine(experiment, source, kernels=kernels, compile="no") for kernels in ("default", "onednn")}
    return _faster(ways)


def _not_compiled(match: Match, rule: UpdateRule) -> str:
    """Why steps cannot be compiled, if they cannot."""
    if not can_compile():
        return "there is no C++ compiler"
    if not can_be_written(match, rule):
        return "its remedies, its update rule or its optimizer do not do the same at every step"
    return ""


def _compile(experiment: Experiment, source: Source, reason: str) -> tuple[str, str]:
    plain = _engine(experiment, source, compile="no")
    plain.advance(WARMING)
    start = monotonic()
    plain.advance(1)
    train = experiment.train
    expected = min((train.steps or ENDLESS) * (monotonic() - start), train.seconds or float("inf"))
    if reason or expected < LONG:
        return "no", reason
    plain.write_down()
    try:
        return _faster({"no": plain, "yes": _engine(experiment, source, compile="yes")})
    except RuntimeError as error:  # a compiler that fails, or what an earlier one left behind half-written
        return "no", f"engine.compile: it failed ({brief(error)})"


def _faster(ways: Mapping[str, Engine]) -> tuple[str, str]:
    """The second way if it gains, else the first; they take turns, and the shortest times count."""
    for engine in told("trying which steps are faster", ways.values(), len(ways)):
        engine.advance(WARMING)
    shortest = dict.fromkeys(ways, float("inf"))
    began = monotonic()
    for _ in range(ROUNDS):
        for name, engine in ways.items():
            start = monotonic()
            engine.advance(1)
            shortest[name] = min(shortest[name], monotonic() - start)
        if monotonic() - began > SECONDS:
            break
    first, second = ways
    chosen = second if shortest[first] > GAIN * shortest[second] else first
    what = "kernels" if first == "default" else "compile"
    times = ", ".join(f"{name} {1e3 * seconds:.2f} ms a step" for name, seconds in shortest.items())
    return chosen, f"engine.{what}: {times}"


def _engine(experiment: Experiment, source: Source, **chosen: Any) -> Engine:
    settings = experiment.engine.model_copy(update=chosen)
    tried = experiment.model_copy(update={"engine": settings})
    return Engine(tried, assemble(tried, source, torch.device(settings.device)), update_rule(tried))
