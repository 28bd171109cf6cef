"""Samples and the data that they are scored by have the same classes where the names are the same, in any order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.core.errors import InputError
from ganarium.data.batches import to_bytes
from ganarium.data.class_matching import with_classes
from ganarium.data.datasets import ImageSet
from ganarium.data.export import compressed_npz, label_arrays, write_pictures
from ganarium.data.load import load_data
from ganarium.evaluation import evaluate
from ganarium.evaluation.evaluate import classification_error, evaluate_generator, evaluate_run, unknown_classes
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.samples import Generated, ImageReference
from ganarium.training.build import assemble
from ganarium.training.class_reader import load_class_reader
from ganarium.training.sampler import Sampler

QUIET = (
    "train.steps=2",
    "record.monitor_every=0",
    "record.evaluate_every=0",
    "record.sample_every=0",
    "engine.kernels=default",
)


def real(source: ImageSet) -> ImageReference:
    return ImageReference(source, source, "test")


def captured(sampler: Sampler, by: ImageReference, n: int = 30) -> Generated:
    """What is scored."""
    scored = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "evaluate_samples", lambda made, _, **__: scored.append(made) or [])
        evaluate_generator(sampler, by, n=n)
    return scored[0]


@pytest.fixture(scope="module")
def backwards(tiny) -> Sampler:
    """A generator of ten classes that it numbers from "9" down to "0"."""
    experiment = tiny("game.conditional=true")
    source = with_classes(load_data(experiment.data), tuple("9876543210"))
    state = assemble(experiment, source, torch.device("cpu"))
    return Sampler(experiment, source.shape, source.classes, state.tensors(), 0)


def test_labels_are_asked_for_by_name_and_in_the_order_of_the_data(backwards: Sampler, pictures: ImageSet):
    made = captured(backwards, real(pictures))
    assert made.requested is not None
    samples = backwards.sample(30, seed=10_000, labels=[pictures.classes[label] for label in made.requested])
    assert torch.equal(made.samples, to_bytes(samples))


def test_data_with_some_of_the_classes_ask_for_these_alone(backwards: Sampler, pictures: ImageSet):
    few = replace(pictures, labels=pictures.labels % 3 * 3)
    assert set(captured(backwards, real(few)).requested.tolist()) == {0, 3, 6}
    rows = few.labels == 3
    named = replace(few, images=few.images[rows], labels=few.labels[rows] - 3, classes=("3",))
    assert set(captured(backwards, real(named)).requested.tolist()) == {0}


def test_a_class_that_the_generator_does_not_know_leaves_labels_unasked(backwards: Sampler, pictures: ImageSet):
    other = replace(pictures, classes=("zero", *pictures.classes[1:]))
    assert unknown_classes(backwards, other) == ("zero",)
    assert captured(backwards, real(other)).requested is None


@pytest.mark.slow
def test_an_evaluation_says_that_labels_are_not_asked_for(tiny, pictures, tmp_path, caplog, monkeypatch):
    run = ganarium.train(tiny("game.conditional=true", *QUIET), out=tmp_path / "run", on_line=str)
    monkeypatch.setattr(evaluate, "evaluate_samples", lambda *_, **__: [])
    by = real(replace(pictures, classes=("zero", *pictures.classes[1:])))
    evaluate_run(run, by, n=10)
    assert "the run was not trained on the classes zero" in caplog.text
    caplog.clear()
    evaluate_run(run, real(pictures), n=10)
    assert caplog.text == ""


def samples_in(place: Path, source: ImageSet) -> Path:
    """A folder or npz file of pictures, with labels and names of classes."""
    if place.suffix == ".npz":
        known = label_arrays(source.labels, source.classes)
        place.write_bytes(compressed_npz({"images": source.images.numpy(), **known}))
    else:
        write_pictures(source, place)
    return place


@pytest.mark.parametrize("name", ["x.npz", "folder"])
def test_labels_of_given_pictures_are_matched_by_name(name: str, tmp_path: Path, pictures: ImageSet, caplog):
    shuffled = with_classes(pictures, tuple("5748213096"))
    place = samples_in(tmp_path / name, shuffled)
    made = read_samples(place, real(pictures))
    row = {
        image.tobytes(): label for image, label in zip(pictures.images.numpy(), pictures.labels.tolist(), strict=True)
    }
    assert made.requested is not None
    assert made.requested.tolist() == [row[image.tobytes()] for image in made.samples.numpy()]
    assert "are not used" not in caplog.text
    other = replace(pictures, classes=("zero", *pictures.classes[1:]))
    assert read_samples(place, real(other)).requested is None
    assert "the labels are ignored, because data=points lacks the classes 0" in caplog.text


def test_labels_without_names_are_those_numbers(tmp_path: Path, pictures: ImageSet):
    np.savez(tmp_path / "x.npz", images=pictures.images.numpy(), labels=pictures.labels.numpy())
    assert torch.equal(read_samples(tmp_path / "x.npz", real(pictures)).requested, pictures.labels)
    by = replace(pictures, classes=tuple(map(str, range(1, 11))))
    assert read_samples(tmp_path / "x.npz", real(by)).requested is None


@pytest.mark.parametrize("fault", ["a picture more", "another name", "no classes"])
def test_a_folder_whose_pictures_are_not_those_of_its_labels_has_none(fault: str, tmp_path: Path, pictures: ImageSet):
    folder = samples_in(tmp_path / "folder", pictures)
    some = next(folder.rglob("*.png"))
    if fault == "a picture more":
        (some.parent / "000099.png").write_bytes(some.read_bytes())
    elif fault == "another name":
        some.rename(some.parent / "mine.png")
    else:
        (folder / "truth.npz").write_bytes(compressed_npz({"labels": pictures.labels.numpy()}))
    assert read_samples(folder, real(pictures)).requested is None


def test_the_discriminators_classes_are_compared_with_the_held_out_ones_by_name(tiny, tmp_path: Path, pictures):
    images, labels = pictures.images.numpy(), pictures.labels.numpy()
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    words = (f"data.array={tmp_path / 'x.npz'}", "data.held_out=0.5", "game=auxiliary", *QUIET)
    run = ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str)
    reader, order = load_class_reader(run), np.arange(10)[::-1]
    expected = classification_error(reader, run.experiment)
    np.savez(tmp_path / "x.npz", images=images, labels=order[labels], classes=np.array(list("9876543210")))
    assert classification_error(reader, run.experiment).value == expected.value
    np.savez(tmp_path / "x.npz", images=images, labels=labels, classes=np.array(list("abcdefghij")))
    with pytest.raises(InputError, match="differ from the classes that the discriminator learned"):
        classification_error(reader, run.experiment)
