"""Held-out pictures are pictures that the run was not trained on, whatever is asked for."""

import logging
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganarium
from ganarium.config.base import DataConfig
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import data_settings
from ganarium.core.errors import InputError, RunError, SettingsError, UsageError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.evaluation.reference import load_reference, reference_for
from ganarium.evaluation.samples import ImageReference
from ganarium.runs.directory import Run
from ganarium.training import create

N = 300


def noise(n: int = N, seed: int = 0) -> np.ndarray:
    """uint8 [n, 16, 16], no two alike."""
    return Streams(seed).at("pictures", normal(n, 16, 16), 0).sigmoid().mul(255).byte().numpy()


def write_folder(place: Path, pictures: np.ndarray, *, alpha: bool = False) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        layers = np.stack([picture, 255 - picture], 2) if alpha else picture
        Image.fromarray(layers).save(place / f"{i:03d}.png")
    return place


def born(tiny, out: Path, *words: str) -> Run:
    """A run that has its data, and no step yet."""
    return create.begin(tiny(*words, "engine.device=cpu", "engine.threads=1", "engine.kernels=default"), out)


def contents(data: DataConfig, split="train") -> set[bytes]:
    source = load_data(data, split)
    assert isinstance(source, ImageSet)
    return {picture.numpy().tobytes() for picture in source.images}


@pytest.fixture
def array(tmp_path: Path) -> Path:
    np.savez(tmp_path / "own.npz", images=noise())
    return tmp_path / "own.npz"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture):
    """Warnings so far, as one text."""
    caplog.set_level(logging.WARNING, "ganarium")
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


@pytest.mark.slow
@pytest.mark.parametrize(("trained", "asked"), list(product((0.1, 0.5), (0.1, 0.3, 0.5))))
@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_split_is_refused_if_and_only_if_it_holds_training_pictures(array, tiny, tmp_path, trained, asked, split):
    run = born(tiny, tmp_path / "run", f"data.array={array}", f"data.held_out={trained}")
    other = data_settings([f"array={array}", f"held_out={asked}"])
    shared = contents(run.experiment.data) & contents(other, split)
    if not shared:
        assert isinstance(reference_for(run, split, other), ImageReference)
        return
    with pytest.raises(InputError, match=rf"^{len(shared)} of \d+ {split} images .* train again with data\.held_out"):
        reference_for(run, split, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [(), ("invert=true",), ("ground=black",), ("size=20",), ("colour=rgb",), ("fit=pad",)]
)
def test_training_pictures_are_found_however_they_are_decoded(tiny, tmp_path, words):
    folder = write_folder(tmp_path / "own", noise(80), alpha=True)
    run = born(tiny, tmp_path / "run", f"data.folder={folder}", "data.size=18")
    folder.rename(tmp_path / "moved")
    other = data_settings([f"folder={tmp_path / 'moved'}", "size=18", "held_out=0.6", *words])
    if load_data(other).shape != run.provenance.shape:  # refused for its shape when something is scored
        other = other.model_copy(update={"size": (18, 18), "colour": "auto"})
    with pytest.raises(InputError, match=r"\d+ of \d+ test images of .*moved were used to train"):
        reference_for(run, "test", other)


def test_data_that_moved_are_the_same_and_need_no_warning(array, tiny, tmp_path, said):
    run = born(tiny, tmp_path / "run", f"data.array={array}")
    array.rename(tmp_path / "moved.npz")
    by = reference_for(run, "test", data_settings([f"array={tmp_path / 'moved.npz'}"]))
    assert isinstance(by, ImageReference)
    assert by.train.hash == run.provenance.data_hash
    assert not said()
    with pytest.raises(InputError, match=r"own\.npz"):
        reference_for(run)


def test_other_data_that_hold_training_pictures_out_are_refused(array, tiny, tmp_path, said):
    run = born(tiny, tmp_path / "run", f"data.array={array}")
    np.savez(tmp_path / "other.npz", images=np.concatenate([noise(100), noise(100, seed=1)]))
    other = data_settings([f"array={tmp_path / 'other.npz'}", "held_out=0.5"])
    with pytest.raises(InputError, match="score the run against its own data"):
        reference_for(run, "test", other.model_copy(update={"held_out": 0.1, "array": str(mixed(tmp_path))}))
    with pytest.raises(InputError, match="were used to train"):
        reference_for(run, "test", other)
    np.savez(tmp_path / "other.npz", images=noise(100, seed=1))
    assert isinstance(reference_for(run, "test", other), ImageReference)
    assert not said()


def mixed(place: Path) -> Path:
    """Training pictures as the test pictures of a file."""
    np.savez(place / "mixed.npz", x_train=noise(100, seed=1), x_test=noise(N))
    return place / "mixed.npz"


def test_copies_on_both_sides_of_ones_own_files_are_counted(tiny, tmp_path, said):
    pictures = noise(150)
    np.savez(tmp_path / "own.npz", x_train=pictures[:80], x_test=pictures[73:])
    run = born(tiny, tmp_path / "run", f"data.array={tmp_path / 'own.npz'}")
    reference_for(run)
    trained = contents(run.experiment.data) & contents(run.experiment.data, "test")
    assert f"{len(trained)} of 77 test images of {tmp_path / 'own.npz'} were used to train {run.path}" in said()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["array", "folder"])
def test_a_run_whose_data_were_exchanged_is_not_scored(tiny, tmp_path, kind):
    place = tmp_path / ("own.npz" if kind == "array" else "own")

    def write(seed: int) -> None:
        if kind == "array":
            np.savez(place, images=noise(80, seed))
        else:
            write_folder(place, noise(80, seed))

    write(0)
    run = ganarium.resume(born(tiny, tmp_path / "run", f"data.{kind}={place}"))
    reference_for(run)
    write(1)
    with pytest.raises(RunError, match=r"changed since training: put the original files back into .*own"):
        reference_for(run)
    with pytest.raises(RunError, match="changed since training"):
        ganarium.evaluate(run)
    with pytest.raises(RunError, match="changed since training"):
        ganarium.compare([run])
    with pytest.raises(RunError, match="changed since training"):
        ganarium.trial(run)


def test_what_cannot_be_checked_is_said(array, tiny, tmp_path, said):
    run = born(tiny, tmp_path / "run", f"data.array={array}")
    np.savez(array, images=noise(seed=2))
    np.savez(tmp_path / "other.npz", images=noise(seed=1))
    assert isinstance(reference_for(run, "test", data_settings([f"array={tmp_path / 'other.npz'}"])), ImageReference)
    assert f"no longer in {array}" in said()
    assert "cannot be checked" in said()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["points", "puzzles"])
def test_drawings_that_repeat_by_chance_are_not_taken_for_leaks(tiny, tmp_path, said, kind):
    run = born(tiny, tmp_path / "run", f"data={kind}", "data.count=3000")
    other = data_settings([f"data={kind}", "count=200", "seed=1"])
    for against in (None, other):
        assert isinstance(reference_for(run, "validation", against), ImageReference)
    assert not said()


def test_test_digits_that_were_exported_and_trained_on_are_found(tiny, tmp_path):
    test = load_data(data_settings(["data=mnist"]), "test")
    np.savez(tmp_path / "digits.npz", images=test.images[:400].numpy())
    run = born(tiny, tmp_path / "run", f"data.array={tmp_path / 'digits.npz'}")
    with pytest.raises(InputError, match=r"of 10,000 test images of data=mnist were used to train"):
        reference_for(run, "test", data_settings(["data=mnist", "count=200"]))


@pytest.mark.slow
def test_digits_of_validation_that_were_trained_on_are_counted(tiny, tmp_path, said):
    run = born(tiny, tmp_path / "run", "data=mnist", "data.count=60000")
    reference_for(run)
    assert not said()
    reference_for(run, "validation")
    assert "10,000 of 10,000 validation images of data=mnist were used to train" in said()


@pytest.mark.slow
def test_the_advised_share_holds_enough_out(tiny, tmp_path):
    np.savez(tmp_path / "own.npz", images=noise())
    words = (f"data.array={tmp_path / 'own.npz'}", "train.steps=2", "engine.device=cpu", "record.monitor_every=0")
    run = ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str)
    with pytest.raises(InputError, match=r"need at least 60; train with data\.held_out=") as refusal:
        ganarium.evaluate(run, n=100)
    (advised,) = (word.rstrip(";") for word in str(refusal.value).split() if word.startswith("data.held_out="))
    again = ganarium.train(tiny(*words, advised), out=tmp_path / "again", on_line=str)
    assert ganarium.evaluate(again, n=100)


@pytest.mark.slow
def test_a_fork_does_not_hold_out_what_its_parent_was_trained_on(tiny, tmp_path):
    np.savez(tmp_path / "own.npz", images=noise())
    words = (f"data.array={tmp_path / 'own.npz'}", "train.steps=2", "engine.device=cpu", "record.monitor_every=0")
    run = ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str)

    def fork(word: str) -> Experiment:
        settings = tiny(*words, word, "train.steps=3")
        return create.fork(run, 2, settings, tmp_path / word)[0].experiment

    with pytest.raises(SettingsError, match=r"^data\.held_out=0\.5: \d+ of \d+ validation images were used to train"):
        fork("data.held_out=0.5")
    assert not (tmp_path / "data.held_out=0.5").exists()
    assert fork("data.held_out=0.05").data
    assert fork("data.invert=true").data


@pytest.mark.slow
def test_files_for_a_run_are_decoded_as_its_own_unless_words_say_otherwise(tiny, tmp_path):
    folder = write_folder(tmp_path / "own", noise(), alpha=True)
    shutil.copytree(folder, tmp_path / "other")
    words = ("data.ground=black", "data.invert=true", "data.held_out=0.5")
    words += ("train.steps=2", "engine.device=cpu", "record.monitor_every=0")
    run = ganarium.train(tiny(f"data.folder={folder}", *words), out=tmp_path / "run", on_line=str)
    own = {score.against for score in ganarium.evaluate(run, n=100)}
    other = tmp_path / "other"
    assert {score.against for score in ganarium.evaluate(run, against=other, words=["held_out=0.5"], n=100)} == own
    words = ["held_out=0.5", "data.ground=white"]
    assert {score.against for score in ganarium.evaluate(run, against=other, words=words, n=100)} != own


def test_a_split_of_points_that_have_none_is_refused(tiny, tmp_path):
    run = born(tiny, tmp_path / "run", "data=ring", "generator.output=linear")
    with pytest.raises(UsageError, match="without splits"):
        reference_for(run, "validation")


def test_a_standard_says_where_its_pictures_come_from(array):
    settings = data_settings([f"array={array}"])
    by = load_reference(settings)
    assert isinstance(by, ImageReference)
    assert by.settings == settings
    assert torch.equal(by.train.images, load_data(settings).images)
