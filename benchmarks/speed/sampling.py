"""Measure the number of images that a run's generator produces per second."""

from functools import partial

import torch

from benchmarks.speed.question import Options, Question, Values, number, table
from benchmarks.speed.timing import quartiles, seconds
from ganarium.config.overrides import override
from ganarium.data.load import load_data
from ganarium.recipes import find_recipe
from ganarium.training.build import assemble
from ganarium.training.sampler import Sampler

RECIPES = ("dense-digits", "digits")


def measure(options: Options) -> Values:
    """Measure the sampling rate of each recipe, in alternating rounds."""
    n, samplers = options.effort.sampled, {recipe: sampler_of(recipe, options) for recipe in RECIPES}
    found: dict[str, list[float]] = {recipe: [] for recipe in RECIPES}
    for _ in range(options.effort.pace.rounds + 1):
        for recipe, sampler in samplers.items():
            found[recipe].append(n / seconds(partial(sampler.sample, n)))
    return {"pictures": n, "rates": {recipe: quartiles(rates[1:]) for recipe, rates in found.items()}}


def sampler_of(recipe: str, options: Options) -> Sampler:
    """Return the recipe's generator with its initial weights."""
    experiment = override(find_recipe(recipe).experiment(), options.words)
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device(options.device))
    return Sampler(experiment, source.shape, source.classes, state.tensors(), 0)


def lines(values: Values) -> list[str]:
    """Return a table with a row for each recipe."""
    rows = [
        [f"`{recipe}`", number(middle), f"{number(low)}–{number(high)}"]
        for recipe, (low, middle, high) in values["rates"].items()
    ]
    head = ["generator", "images/s", "quartiles"]
    return [f"`Sampler.sample` of {values['pictures']:,} images.", "", *table(head, rows)]


QUESTION = Question("sampling", "Sampling", measure, lines)
