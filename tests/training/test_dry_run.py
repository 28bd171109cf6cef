"""A dry run checks what a start checks, and leaves out what only training needs."""

import os
import subprocess
import sys

import pytest
import torch

from ganarium.api.lookup import plan
from ganarium.config.datasets import DATA, StackedConfig
from ganarium.config.synthetic import SyntheticConfig
from ganarium.core.errors import SettingsError
from ganarium.data.datasets import ImageSet, PairSet
from ganarium.data.load import load_data
from ganarium.data.synthetic import figures
from ganarium.data.synthetic.base import BLOCK, placeholder
from ganarium.training.create import resolved

UNNEEDED = ("torch._dynamo", "torch._inductor", "sympy", "matplotlib")
DRY = """
import sys
from ganarium.__main__ import main

sys.argv = ["ganarium", "train", sys.argv[1], "--dry-run"]
try:
    main()
except SystemExit as left:
    assert left.code == 0
print("imported:", *sys.modules)
"""
REFUSED = (
    ("few-labels", "data=polygons", "data.count=205", "game.labels=210"),
    ("few-labels", "data=polygons", "data.count=205", "game.labels=5"),
    ("few-labels", "data=polygons", "data.count=5", "game.labels=10"),
    ("dcgan", "game=cycle"),
    ("dcgan", "data.count=205", "train.batch=1"),
    ("dcgan", "data=stacked", "data.count=205", "game=auxiliary"),
    ("pix2pix", "data.count=205", "game=synthesis"),
    ("digits", "data=pairs", "data.count=205"),
    ("r3gan", "data=points", "data.count=205", "remedies.spectral_norm=true"),
    ("dense-digits", "engine.compile=yes", "remedies.image_pool=true"),
)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["digits", "dcgan"])
def test_a_dry_run_imports_neither_a_compiler_nor_a_plotter(recipe: str, tmp_path):
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = subprocess.run(
        [sys.executable, "-c", DRY, recipe], env=surroundings, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    imported = said.stdout.partition("imported:")[2].split()
    assert "torch" in imported
    assert [name for name in UNNEEDED if name in imported] == []


def test_a_dry_run_draws_one_block_of_pictures_however_many_are_trained_on(monkeypatch):
    drawn = []

    def counted(rng, size, labels):
        drawn.append(len(labels))
        return paint(rng, size, labels)

    paint = figures.paint
    monkeypatch.setattr(figures, "paint", counted)
    resolved(plan("dcgan", ["data.count=1005", "data.seed=71"]), by_trial=False)
    assert drawn == [BLOCK]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [name for name, entry in DATA.items() if issubclass(entry.settings, SyntheticConfig | StackedConfig)]
)
@pytest.mark.parametrize("count", [7, 205])
def test_blank_pictures_have_the_shape_number_labels_and_classes_of_drawn_ones(kind: str, count: int):
    settings = DATA[kind].settings(count=count)
    real = load_data(settings)
    block = load_data(settings.model_copy(update={"count": min(count, BLOCK)}))
    assert isinstance(block, ImageSet | PairSet)
    stand_in = placeholder(block, count)
    assert (stand_in.name, stand_in.shape, len(stand_in), stand_in.classes) == (
        (real.name, real.shape, len(real), real.classes)
    )
    if real.labels is None:
        assert stand_in.labels is None
    else:
        assert torch.equal(stand_in.labels, real.labels)


@pytest.mark.slow
@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_dry_run_refuses_what_a_start_refuses_in_the_same_words(words: tuple[str, ...]):
    recipe, *changes = words
    experiment = plan(recipe, [*changes, "engine.threads=1"])
    with pytest.raises(SettingsError) as at_start:
        resolved(experiment)
    with pytest.raises(SettingsError) as at_dry_run:
        resolved(experiment, by_trial=False)
    assert str(at_dry_run.value) == str(at_start.value)
