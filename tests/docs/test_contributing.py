"""What CONTRIBUTING.md shows is run."""

import re
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from ganarium.config import datasets, remedies, synthetic
from ganarium.config import objectives as settings_of_objectives
from ganarium.config.remedies import regularization
from ganarium.core import random_streams
from ganarium.data import mnist
from ganarium.losses import objectives
from ganarium.training.remedies import r1

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")


def blocks(title: str) -> tuple[str, str]:
    """(code, settings and entry) of one section."""
    section = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    code, entry = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return code, entry


def run(code: str, *like: ModuleType, **names: Any) -> dict[str, Any]:
    """Run it with what modules like the one it goes into have imported."""
    space = {name: value for module in like for name, value in vars(module).items()} | names
    exec(code, space)
    return space


@pytest.mark.parametrize("title", ["Add an objective", "Add a remedy", "Add a data set"])
def test_each_addition_takes_less_than_twenty_lines(title: str):
    lines = [line for block in blocks(title) for line in block.splitlines() if line.strip()]
    assert len(lines) < 20


def test_the_objective_shown_works():
    code, entry = blocks("Add an objective")
    objective = run(code, objectives)["squared_hinge"]()
    real, fake = torch.tensor([0.5, 2.0]), torch.tensor([-0.5, -2.0])
    assert objective.discriminator(real, fake).tolist() == [0.5, 0.0]
    assert objective.generator(real, fake).tolist() == [0.5, 2.0]
    assert run(entry, settings_of_objectives)["SquaredHingeConfig"]().kind == "squared-hinge"


def test_the_remedy_shown_works():
    code, entry = blocks("Add a remedy")
    settings = run(entry, regularization, remedies)["DriftConfig"](weight=2.0)
    remedy = run(code, r1, DriftConfig=type(settings))["Drift"](settings)
    duel = SimpleNamespace(real_logits=torch.tensor([0.5, -3.0]))
    assert remedy.discriminator_term(duel).tolist() == [0.5, 18.0]


def test_the_data_set_shown_works():
    code, entry = blocks("Add a data set")
    discs = run(entry, synthetic, datasets)["DiscsConfig"]
    source = run(code, mnist, random_streams, DiscsConfig=discs)["load"](discs(count=50), "test")
    assert source.shape == (1, 28, 28)
    assert len(source) == 50
    large = source.images[source.labels == 1].float().mean()
    assert large > source.images[source.labels == 0].float().mean()
