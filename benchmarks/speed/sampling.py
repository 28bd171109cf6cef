"""Pictures a second from a run's generator."""

from functools import partial

import torch

from benchmarks.speed.question import Asked, Question, Values, number, table
from benchmarks.speed.timing import quartiles, seconds
from ganarium.config.overrides import override
from ganarium.data.load import load_data
from ganarium.recipes import find_recipe
from ganarium.training.build import assemble
from ganarium.training.sampler import Sampler

RECIPES = ("dense-digits", "digits")


def measure(asked: Asked) -> Values:
    """Rates of recipes in turns."""
    n, samplers = asked.effort.sampled, {recipe: sampler_of(recipe, asked) for recipe in RECIPES}
    found: dict[str, list[float]] = {recipe: [] for recipe in RECIPES}
    for _ in range(asked.effort.pace.rounds + 1):
        for recipe, sampler in samplers.items():
            found[recipe].append(n / seconds(partial(sampler.sample, n)))
    return {"pictures": n, "rates": {recipe: quartiles(rates[1:]) for recipe, rates in found.items()}}


def sampler_of(recipe: str, asked: Asked) -> Sampler:
    """The recipe's generator at its first weights."""
    experiment = override(find_recipe(recipe).experiment(), asked.words)
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device(asked.device))
    return Sampler(experiment, source.shape, source.classes, state.tensors(), 0)


def lines(values: Values) -> list[str]:
    """A row for each recipe."""
    rows = [
        [f"`{recipe}`", number(middle), f"{number(low)}–{number(high)}"]
        for recipe, (low, middle, high) in values["rates"].items()
    ]
    head = ["generator", "pictures/s", "quartiles"]
    return [f"`Sampler.sample` of {values['pictures']:,} pictures.", "", *table(head, rows)]


QUESTION = Question("sampling", "Sampling", measure, lines)
