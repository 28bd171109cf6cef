"""Every recipe, present and future, trains: finite, moved, going on exactly where it was."""

import pytest
import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override
from ganarium.core.errors import InputError
from ganarium.data.datasets import Source
from ganarium.data.load import load_data
from ganarium.recipes import RECIPES
from ganarium.training.build import assemble, update_rule
from ganarium.training.engine import Engine
from ganarium.training.grids import picture_of_samples
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
HALF = 2  # of the steps
ENDLESS = ("plane", "ring", "grid")


def small(name: str) -> tuple[Experiment, Source]:
    count = [] if name in ENDLESS else ["data.count=320"]
    experiment = override(RECIPES[name].experiment(), ["train.batch=8", f"train.steps={2 * HALF}", *count])
    try:
        return experiment, load_data(experiment.data)
    except InputError as absent:
        pytest.skip(str(absent))


def on(experiment: Experiment, source: Source, state: dict[str, Tensor] | None = None, step: int = 0) -> Engine:
    return Engine(experiment, assemble(experiment, source, CPU, state), update_rule(experiment), step)


def state_of(engine: Engine) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in engine.state.tensors().items()}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_and_resumes_exactly(name: str):
    experiment, source = small(name)
    engine = on(experiment, source)
    first = state_of(engine)
    engine.advance(HALF)
    half = state_of(engine)
    engine.advance(HALF)
    last = state_of(engine)
    assert all(tensor.isfinite().all() for tensor in last.values())
    still = [key for key in first if key.endswith("weight") and torch.equal(first[key], last[key])]
    assert still == []
    assert all(value == value for value in engine.means.read().values())

    resumed = on(experiment, source, half, HALF)
    resumed.advance(HALF)
    again = state_of(resumed)
    assert [key for key in last if not torch.equal(last[key], again[key])] == []

    if experiment.game.translates:
        made: Sampler | Translations = Translations(experiment, source.shape, last, 2 * HALF)
        pictures = made.translate(source.subset(8).x)
    else:
        made = Sampler(experiment, source.shape, source.classes, last, 2 * HALF)
        pictures = made.sample(8)
    assert (pictures[0] != pictures[1]).any()
    assert min(picture_of_samples(made, source).size) > 28


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_where_it_comes_from_and_what_we_chose(name: str):
    recipe = RECIPES[name]
    assert recipe.source
    assert recipe.choices
    assert len(recipe.line) <= 100
