"""Runs go on with their own classes: matched by name, in the run's order, or refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.config.overrides import override
from ganarium.core.errors import RunError, SettingsError
from ganarium.data.export import compressed_npz
from ganarium.data.load import load_data
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.training import create
from ganarium.training.loop import data_of

LEFT, RIGHT = np.zeros((2, 16, 16), np.uint8)
LEFT[:, :8], RIGHT[:, 8:] = 255, 255
NOISE = np.random.default_rng(0).integers(0, 64, (40, 16, 16), np.uint8)
QUIET = (
    "train.steps=2",
    "record.monitor_every=0",
    "record.evaluate_every=0",
    "record.sample_every=0",
    "engine.kernels=default",
)


def halves(file: Path, names: list[str], labels: tuple[int, int] = (0, 1)) -> str:
    """A file of 40 pictures: a bright left half has the first label, a bright right half the second."""
    images = np.stack([LEFT, RIGHT] * 20) ^ NOISE
    file.write_bytes(compressed_npz({"images": images, "labels": np.array(labels * 20), "classes": np.array(names)}))
    return f"data.array={file}"


def bright_half_of(run: Run, name: str) -> str:
    """Which half is bright in the run's training pictures of a class."""
    source = load_data(run.experiment.data)
    (picture,) = source.images[source.labels == source.classes.index(name)][:1, 0].float()
    return "left" if picture[:, :8].mean() > picture[:, 8:].mean() else "right"


@pytest.fixture
def parent(tiny, tmp_path) -> Run:
    words = (halves(tmp_path / "x.npz", ["left", "right"]), "game.conditional=true", *QUIET)
    return ganarium.train(tiny(*words), out=tmp_path / "parent", on_line=str)


@pytest.mark.slow
@pytest.mark.parametrize("names", [["left", "right"], ["right", "left"]], ids=" ".join)
def test_a_fork_gives_each_name_the_number_that_the_parent_gave_it(parent: Run, tmp_path: Path, names: list[str]):
    data = halves(tmp_path / "y.npz", names, (names.index("left"), names.index("right")))
    child = ganarium.fork(parent, 2, data, "train.steps=4", out=tmp_path / "child", on_line=str)
    assert child.provenance.classes == parent.provenance.classes == ("left", "right")
    assert {name: bright_half_of(child, name) for name in ("left", "right")} == {"left": "left", "right": "right"}
    assert data_of(child).classes == ("left", "right")
    assert ganarium.resume(Run.open(child.path), steps=6, on_line=str).checkpoint_steps()[-1] == 6


def test_a_fork_with_a_class_of_another_name_is_refused_with_the_way_out(parent: Run, tmp_path: Path):
    data = halves(tmp_path / "y.npz", ["a-right", "left"], (1, 0))
    with pytest.raises(SettingsError, match=r"a-right would be new. Restore the class names, or train a new run"):
        ganarium.fork(parent, 2, data, "train.steps=4", out=tmp_path / "child", on_line=str)
    assert not (tmp_path / "child").exists()


def test_a_fork_onto_fewer_classes_keeps_all_that_were_trained(parent: Run, tmp_path: Path):
    images = np.stack([RIGHT] * 30) ^ NOISE[:30]
    (tmp_path / "y.npz").write_bytes(
        compressed_npz({"images": images, "labels": np.zeros(30, int), "classes": np.array(["right"])})
    )
    data = f"data.array={tmp_path / 'y.npz'}"
    child = ganarium.fork(parent, 2, data, "train.steps=4", out=tmp_path / "child", on_line=str)
    assert (child.provenance.classes, child.provenance.untrained) == (("left", "right"), ())
    assert set(load_data(child.experiment.data).labels.tolist()) == {1}
    assert ganarium.load(child).labels(2).tolist() == [0, 1]


def test_other_names_are_said_and_do_no_harm_where_no_labels_are_used(tiny, tmp_path: Path, caplog):
    words = (halves(tmp_path / "x.npz", ["left", "right"]), *QUIET)
    parent = ganarium.train(tiny(*words), out=tmp_path / "parent", on_line=str)
    data = halves(tmp_path / "y.npz", ["a-right", "left"], (1, 0))
    child = ganarium.fork(parent, 2, data, "train.steps=4", out=tmp_path / "child", on_line=str)
    assert "a-right, left; in" in caplog.text
    assert "this has no effect, because the run used no labels" in caplog.text
    assert child.provenance.classes == ("a-right", "left")


def test_a_set_whose_order_is_fixed_is_refused_where_the_order_differs(tiny, tmp_path: Path):
    labels = np.arange(40) % 10
    arrays = {"images": NOISE, "labels": labels, "classes": np.array(list("9876543210"))}
    (tmp_path / "x.npz").write_bytes(compressed_npz(arrays))
    words = (f"data.array={tmp_path / 'x.npz'}", "game.conditional=true", *QUIET)
    parent = ganarium.train(tiny(*words), out=tmp_path / "parent", on_line=str)
    drawn = override(parent.experiment, ["data=points", "data.size=16", "data.count=64", "train.steps=4"])
    with pytest.raises(SettingsError, match="a fork matches classes by name: their order differs"):
        create.refuse_fork(parent, 2, drawn)


def test_a_run_does_not_go_on_with_classes_of_other_names(parent: Run, tmp_path: Path):
    halves(tmp_path / "x.npz", ["left", "the right"])
    with pytest.raises(RunError, match="the classes of its data are now left, the right; they were left, right"):
        ganarium.resume(parent, steps=4, on_line=str)
    halves(tmp_path / "x.npz", ["left", "right"])
    assert ganarium.resume(parent, steps=4, on_line=str).checkpoint_steps()[-1] == 4


def test_classes_without_training_pictures_are_written_down_and_not_asked_for(tiny, tmp_path: Path):
    (tmp_path / "x.npz").write_bytes(
        compressed_npz({"x": NOISE, "y": np.resize([0, 5], 40), "x_test": NOISE[:4], "y_test": np.array([0, 3, 5, 3])})
    )
    words = (f"data.array={tmp_path / 'x.npz'}", "game.conditional=true", *QUIET)
    run = Run.open(ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str).path)
    assert (run.provenance.classes, run.provenance.untrained) == (("0", "3", "5"), ("3",))
    sampler = ganarium.load(run)
    assert sampler.trained == ("0", "5")
    assert sampler.labels(4).tolist() == [0, 2, 0, 2]


def test_a_run_recorded_before_keeps_its_number_of_classes(tiny, tmp_path: Path):
    (tmp_path / "x.npz").write_bytes(compressed_npz({"images": NOISE, "labels": np.resize([0, 5, 9], 40)}))
    words = (f"data.array={tmp_path / 'x.npz'}", "data.empty_classes=keep", "game.conditional=true", *QUIET)
    run = ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str)
    file = run.path / EXPERIMENT
    lines = [line for line in file.read_text().splitlines() if not line.startswith(("empty_classes", "untrained"))]
    file.write_text("\n".join(line for line in lines if line != "classes = []") + "\n")
    old = Run.open(run.path)
    assert (len(old.provenance.classes), old.provenance.untrained) == (10, ())
    assert ganarium.load(old).labels(12).tolist() == [*range(10), 0, 1]
    on = ganarium.resume(old, steps=4, on_line=str)
    assert torch.isfinite(ganarium.load(on).sample(4)).all()
