"""A discriminator that learned classes reads them: the same whatever is read beside, by real pictures' statistics."""

from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams, integers
from ganarium.data.load import load_data
from ganarium.evaluation.evaluate import classification_error
from ganarium.runs.directory import Run
from ganarium.training import class_reader as reader_module
from ganarium.training.class_reader import load_class_reader

SMALL = ("data=points", "data.count=400", "data.size=16", "generator.hidden=[16]", "train.batch=32", "optim.lr=0.01")
SMALL += ("engine.threads=1", "engine.device=cpu", "generator.latent=4")
GAMES = {
    "all-labels": ("game=k-plus-one",),
    "few-labels": ("game=k-plus-one", "game.conditional=false", "game.labels=100"),
    "auxiliary": ("game=auxiliary",),
}


@pytest.fixture(scope="module", params=GAMES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    words = (*GAMES[request.param], "discriminator.hidden=[64]", "discriminator.norm=batch")
    out = tmp_path_factory.mktemp("runs") / request.param
    return ganarium.train("dense-layers", *SMALL, *words, steps=150, out=out, on_line=str)


@pytest.mark.slow
def test_classes_are_read_far_better_than_by_chance(run: Run):
    score = classification_error(load_class_reader(run), run.experiment)
    assert 0 < score.value < 0.8  # chance is 0.9
    assert score.n == 10_000


@pytest.mark.slow
def test_a_run_that_reads_classes_is_scored_by_its_reading_too(run: Run):
    assert ganarium.evaluate(run, n=500)[-1] == classification_error(load_class_reader(run), run.experiment)


@pytest.mark.slow
def test_what_a_picture_is_read_as_does_not_depend_on_the_others(run: Run):
    reader, pictures = load_class_reader(run), load_data(run.experiment.data).subset(300).images
    whole = reader.read(pictures)
    assert torch.equal(whole[:7], reader.read(pictures[:7]))
    assert torch.equal(whole[40:41], reader.read(pictures[40:41]))
    assert set(whole.tolist()) <= set(range(10))


@pytest.mark.slow
def test_batch_norm_reads_by_the_statistics_of_real_pictures_alone(run: Run):
    reader = load_class_reader(run)
    (norm,) = (layer for layer in reader._network.modules() if isinstance(layer, torch.nn.BatchNorm1d))
    pictures = load_data(run.experiment.data).subset(2_048).images
    inputs = reader._network.hidden.layers[0](reader._placed(pictures).flatten(1))
    assert torch.allclose(norm.running_mean, inputs.mean(0), atol=1e-5)
    assert torch.allclose(norm.running_var, inputs.var(0), atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_batch_norm_is_settled_by_all_classes_of_sorted_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_module, "STATISTICS_SAMPLES", 60)
    images = Streams(0).at("dark, then bright", integers(300, 16, 16, high=60), 0)
    images[150:] += 190
    np.savez(tmp_path / "sorted.npz", images=images.byte().numpy(), labels=np.arange(300) // 150)
    words = (*SMALL[3:], *GAMES["all-labels"], "discriminator.hidden=[8]", "discriminator.norm=batch")
    data = f"data.array={tmp_path / 'sorted.npz'}"
    reader = load_class_reader(ganarium.train("dense-layers", *words, data, steps=2, out=tmp_path / "run", on_line=str))
    (norm,) = (layer for layer in reader._network.modules() if isinstance(layer, torch.nn.BatchNorm1d))
    inputs = reader._network.hidden.layers[0](reader._placed(images.byte()).flatten(1))
    dark, bright = inputs[:150].mean(0), inputs[150:].mean(0)
    share_of_bright = ((norm.running_mean - dark) / (bright - dark)).median()
    assert 0.25 < share_of_bright < 0.75


@pytest.mark.slow
def test_a_run_whose_discriminator_learned_no_classes_is_refused(tmp_path: Path):
    plain = ganarium.train("dense-layers", *SMALL, steps=1, out=tmp_path / "plain", on_line=str)
    with pytest.raises(UsageError, match="use game=k-plus-one or game=auxiliary"):
        load_class_reader(plain)


@pytest.mark.slow
def test_the_reading_is_that_of_the_checkpoint_asked_for(run: Run):
    error = ganarium.evaluate(run, n=100, at=run.checkpoint_steps()[0])[-1]
    assert error == classification_error(load_class_reader(run, run.checkpoint_steps()[0]), run.experiment)
