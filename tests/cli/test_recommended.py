"""What `data check` recommends to train: by size, channels, number and classes, with how long it takes."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

import ganarium
from ganarium.core.errors import UsageError
from ganarium.data.files.detect import resolve_data
from ganarium.data.load import load_data
from ganarium.training.recommendation import recommended

EMOJI = Path(__file__).parents[1] / "data" / "emoji.zip"


@pytest.fixture(scope="module")
def sets(tmp_path_factory) -> dict[str, str]:
    """Small sets of each kind: digits with their classes, colour pictures of four classes, few small ones, points."""
    folder = tmp_path_factory.mktemp("sets")
    digits = load_data(resolve_data("mnist", ["data.count=300"]))
    np.savez(folder / "grey.npz", images=digits.images.numpy()[:, 0], labels=digits.labels.numpy())
    figures = load_data(resolve_data("figures", ["data.count=80"])).images.numpy().transpose(0, 2, 3, 1)
    np.savez(folder / "colour.npz", images=figures, labels=np.arange(80) % 4)
    few = figures[:50, ::2, ::2]
    np.savez(folder / "few.npz", images=few)
    points = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    np.save(folder / "points.npy", points)
    return {name: str(folder / name) for name in ("grey.npz", "colour.npz", "few.npz", "points.npy")}


EXPECTED = {
    "grey.npz": ("digits", {"game.conditional=true", "remedies.diff_augment=true"}, set()),
    "colour.npz": ("dcgan", {"game.conditional=true", "remedies.diff_augment=true", "train.batch=32"}, set()),
    "few.npz": ("dcgan", {"remedies.diff_augment=true"}, {"game.conditional=true"}),
    "points.npy": ("plane", set(), {"remedies.diff_augment=true"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_the_recommended_command_suits_the_data_says_how_long_and_runs_as_printed(name, sets, ganarium, tmp_path):
    recipe, has, lacks = EXPECTED[name]
    said = ganarium("data", "check", sets[name], "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    advised = json.loads(said.stdout)["next"]
    assert advised["recipe"] == recipe
    assert has <= set(advised["words"])
    assert not lacks & set(advised["words"])
    forecast = advised["forecast"]
    assert 1 <= forecast["measured_steps"] <= 50
    assert forecast["seconds"] > 0
    words = shlex.split(advised["command"])[1:]
    said = ganarium(
        *words, "train.steps=2", "record.sample_every=0", "record.evaluate_every=0", "--out", "run", folder=tmp_path
    )
    assert said.status == 0, said.stderr


@pytest.mark.slow
def test_the_text_has_the_command_the_reasons_and_the_steps_that_were_measured(sets, ganarium, tmp_path):
    said = ganarium("data", "check", sets["points.npy"], folder=tmp_path)
    assert said.status == 0, said.stderr
    command, why, forecast = said.stdout.splitlines()[-3:]
    assert command.startswith("next: ")
    assert "points" in why
    assert "10,000 steps take about" in forecast
    assert "measured)" in forecast


@pytest.mark.slow
def test_python_recommends_what_the_command_does(sets):
    advised = ganarium.recommend(sets["points.npy"])
    assert (advised.recipe, advised.words) == ("plane", (f"data.coordinates={sets['points.npy']}",))
    assert advised.forecast is not None
    assert advised.forecast.steps == 10_000
    with pytest.raises(UsageError, match="settings apply only to data given by name"):
        ganarium.recommend(np.zeros((20, 16, 16), np.uint8), "data.size=16")


def shaped(tmp_path: Path, shape: tuple[int, ...], classes: int, n: int) -> set[str]:
    pictures = np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)
    labels = {"labels": np.arange(n) % classes} if classes else {}
    np.savez(tmp_path / "own.npz", images=pictures, **labels)
    found = recommended(load_data(resolve_data(tmp_path / "own.npz", ["data.held_out=0"])))
    return {found.recipe, *found.words}


def test_size_channels_number_and_classes_each_decide(tmp_path):
    assert "digits" in shaped(tmp_path, (28, 28), 2, 60)
    assert "dcgan" in shaped(tmp_path, (40, 40), 2, 60)
    assert "dcgan" in shaped(tmp_path, (28, 28, 3), 2, 60)
    assert "train.batch=16" in shaped(tmp_path, (100, 20, 3), 0, 20)
    assert "game.conditional=true" in shaped(tmp_path, (16, 16, 3), 4, 60)
    for classes, n in ((0, 60), (1, 60), (10, 60)):  # none, one, and too few pictures of each
        assert "game.conditional=false" in shaped(tmp_path, (16, 16, 3), classes, n)
    assert "remedies.diff_augment=true" in shaped(tmp_path, (16, 16), 0, 900)
    assert "remedies.diff_augment=true" not in shaped(tmp_path, (16, 16), 0, 1_100)
