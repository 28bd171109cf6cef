"""Images that do not fit into memory are memory-mapped: the same splits, labels and classes, and nothing copied."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

import ganarium
from ganarium.config.data_files import ArrayConfig, MappedConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data import stacking
from ganarium.data.files import mapped
from ganarium.data.files.arrays import load as load_array
from ganarium.data.files.mapped import load, write_mapped
from ganarium.data.files.npz import map_array

N = 300
GREYS = np.random.default_rng(0).integers(0, 256, (N, 1, 20, 16), dtype=np.uint8)
GREYS[:14] |= 128  # these alone would be read as values in [0, 1] where all together are in [−1, 1]
LABELS = np.arange(N) % 3 + 4
SPLITS = ("train", "validation", "test")
TINY = ("train.batch=8", "engine.threads=1", "engine.kernels=default", "engine.device=cpu")
FORMS = {
    "bytes": GREYS,
    "unit": GREYS / np.float32(255),
    "symmetric": GREYS / np.float32(127.5) - 1,
    "last": np.moveaxis(GREYS, 1, 3).astype(np.int64),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_split_is_that_of_the_same_images_in_an_array(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mapped, "CHUNK_BYTES", 7 * FORMS[form][0].nbytes)
    np.savez(tmp_path / "array.npz", images=GREYS, labels=LABELS)
    file = write_mapped(tmp_path / "runs", FORMS[form], LABELS, (), "data", 0.1)
    for held_out, count in ((0.1, None), (0.5, None), (0.1, 7)):
        for split in SPLITS:
            found = load(MappedConfig(mapped=str(file), held_out=held_out, count=count), split)
            other = load_array(ArrayConfig(array=str(tmp_path / "array.npz"), held_out=held_out, count=count), split)
            assert torch.equal(found.images, other.images)
            assert found.hash == other.hash
            assert found.classes == other.classes == ("4", "5", "6")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_copy_that_does_not_fit_into_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = write_mapped(tmp_path, GREYS, LABELS, (), "data", 0.1)
    monkeypatch.setattr(mapped, "MEMORY_SHARE", 0.0)
    assert len(load(MappedConfig(mapped=str(file)))) > 200
    with pytest.raises(InputError, match=r"because data\.count is set or data\.held_out has changed"):
        load(MappedConfig(mapped=str(file), held_out=0.2))


def test_nothing_is_copied_and_the_file_never_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = write_mapped(tmp_path, GREYS, None, (), "data", 0.1)
    before, whole = file.read_bytes(), map_array(file, "images")
    monkeypatch.setattr(mapped, "map_array", lambda _path, _key: whole)
    for split in SPLITS:
        images = load(MappedConfig(mapped=str(file)), split).images
        assert np.shares_memory(images.numpy(), whole)
        images.fill_(3)
    assert file.read_bytes() == before
    assert write_mapped(tmp_path, GREYS, None, (), "data", 0.1) == file


def test_invalid_files_are_refused_in_one_line(tmp_path: Path):
    file = write_mapped(tmp_path, GREYS, LABELS, (), "data", 0.1)
    with pytest.raises(EmptySplitError, match=r"the test split is empty; data\.held_out=0 of 300 images"):
        load(MappedConfig(mapped=str(file), held_out=0), "test")
    np.savez(tmp_path / "plain.npz", images=GREYS)
    np.savez_compressed(tmp_path / "packed.npz", images=GREYS)
    (tmp_path / "cut.npz").write_bytes(file.read_bytes()[:50_000])
    np.savez(tmp_path / "objects.npz", images=np.array([None] * 4))
    np.savez(tmp_path / "floats.npz", images=GREYS / 2, shares=np.zeros(N))
    for name in ("plain", "packed", "cut", "objects", "floats", "absent"):
        with pytest.raises(InputError) as refused:
            load(MappedConfig(mapped=str(tmp_path / f"{name}.npz")))
        assert str(refused.value).startswith(str(tmp_path / name))
        assert "\n" not in str(refused.value)


def test_a_header_that_declares_more_than_the_file_holds_is_refused(tmp_path: Path):
    np.savez(tmp_path / "x.npz", images=GREYS)
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        content = archive.read("images.npy").replace(b"(300, 1, 20, 16)", b"(900, 1, 20, 16)")
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as archive:
        archive.writestr("images.npy", content)
    with pytest.raises(InputError, match=r"the header declares 288,000 bytes, but the array has 96,000"):
        map_array(tmp_path / "y.npz", "images")


class Images(Dataset[Any]):
    """Images of any form, which the function `item` returns."""

    def __init__(self, item: Any, n: int = N) -> None:
        self.item, self.n = item, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        return self.item(i)


@pytest.fixture
def _little_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stacking, "MOST_BYTES", 10_000)


@pytest.mark.usefixtures("_little_memory")
def test_a_data_set_that_does_not_fit_into_memory_is_written_to_disk(caplog: pytest.LogCaptureFixture):
    forms = [lambda i: Image.fromarray(GREYS[i, 0]), lambda i: GREYS[i, 0], lambda i: torch.from_numpy(GREYS[i] / 255)]
    found = {ganarium.experiment("dense-digits", data=Images(form)).data for form in forms}
    assert [type(settings) for settings in found] == [MappedConfig]
    assert len([*Path("runs/data").iterdir()]) == 1
    assert not caplog.records


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (Images(lambda i: GREYS[i], 10**12), "fit neither into memory nor on the disk"),
        (Images(lambda i: GREYS[i] / 1.0), "the array has values from 0 to 255, but floats must be in"),
        (Images(lambda i: Image.new("RGB" if i == 3 else "L", (16, 16))), "item 3 has shape 3×16×16 .* but item 0 has"),
        (Images(lambda _: np.zeros(3), 10**4), "10,000 samples of 12 bytes are too many"),
        ((GREYS for _ in range(3)), "33 samples of 320 bytes are too many|32 samples of 320 bytes are too many"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(data: Any, complaint: str):
    with pytest.raises(InputError, match=complaint):
        ganarium.experiment("dense-digits", data=data)
    assert not Path("runs/data").exists() or not [*Path("runs/data").iterdir()]


@pytest.mark.slow
def test_the_free_memory_does_not_change_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    runs = []
    for most in (stacking.MOST_BYTES, 10_000):
        monkeypatch.setattr(stacking, "MOST_BYTES", most)
        data = Images(lambda i: (GREYS[i], LABELS[i]))
        words = (*TINY, "data.held_out=0.3")
        runs.append(
            ganarium.train("dense-digits", *words, data=data, steps=4, out=f"run-{most}", on_line=lambda _: None)
        )
    assert [run.experiment.data.kind for run in runs] == ["array", "mapped"]
    assert runs[0].provenance.data_hash == runs[1].provenance.data_hash
    assert torch.equal(*(ganarium.load(run).sample(3) for run in runs))


@pytest.mark.slow
@pytest.mark.usefixtures("_little_memory")
def test_a_run_on_memory_mapped_images_is_resumed_and_scored():
    data = Images(lambda i: (GREYS[i], LABELS[i]))
    words = (*TINY, "game.conditional=true", "data.held_out=0.5")
    runs = [
        ganarium.train("dense-digits", *words, data=data, steps=steps, out=f"run-{steps}", on_line=lambda _: None)
        for steps in (4, 8)
    ]
    ganarium.resume("run-4", steps=8, on_line=lambda _: None)
    assert torch.equal(ganarium.load("run-4").sample(3), ganarium.load("run-8").sample(3))
    assert "frechet" in {score.name.split("/")[0] for score in ganarium.evaluate(runs[1], n=100)}
