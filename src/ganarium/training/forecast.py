"""Forecasts of training time from a few measured steps."""

from dataclasses import dataclass
from time import monotonic

import torch

from ganarium.config.experiment import Experiment
from ganarium.data.datasets import Source
from ganarium.training.build import assemble, update_rule
from ganarium.training.device import resolve, threads
from ganarium.training.engine import Engine

SECONDS, MOST = 1.0, 50  # maximum seconds and steps that are measured; at least one step
WARMING = 1


@dataclass(frozen=True)
class Forecast:
    """Expected duration of an experiment on this machine, measured on a few discarded steps.

    seconds: duration of the whole training, without observers, sample grids and scores
    """

    steps: int
    seconds: float
    measured_steps: int
    device: str
    threads: int

    @property
    def text(self) -> str:
        """Return the forecast as one sentence."""
        where = f"{self.threads} thread{'s' * (self.threads != 1)}" if self.device == "cpu" else self.device
        minutes = self.seconds / 60
        long = f"{minutes:.0f} min" if minutes >= 2 else f"{max(1, round(self.seconds))} s"
        measured = f"{self.measured_steps} step{'s' * (self.measured_steps != 1)}"
        return f"{self.steps:,} steps take about {long} here ({where}; {measured} measured)"


def forecast(experiment: Experiment, source: Source) -> Forecast:
    """Run steps with new networks for about a second; return the expected duration of the whole training."""
    engine = resolve(experiment.engine)
    tried = experiment.model_copy(update={"engine": engine})
    with threads(engine.threads):
        state = assemble(tried, source, torch.device(engine.device))
        measured, each = _measured(Engine(tried, state, update_rule(tried)))
    train = experiment.train
    in_time = [max(1, int(train.seconds / each))] if train.seconds else []
    steps = min([*in_time, *([train.steps] if train.steps else [])])
    return Forecast(steps, steps * each, measured, engine.device, engine.threads)


def _measured(engine: Engine) -> tuple[int, float]:
    """Return the number of measured steps and their mean duration in seconds."""
    engine.advance(WARMING)
    engine.means.read()  # waits for the device
    began, done = monotonic(), 0
    while done < 1 or (done < MOST and monotonic() - began < SECONDS):
        engine.advance(1)
        engine.means.read()
        done += 1
    return done, (monotonic() - began) / done
