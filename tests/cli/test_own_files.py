"""Every kind of file that people have goes through every verb by its path alone."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

N = 400
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (N, 16, 16), dtype=np.uint8)
LABELS = np.arange(N) % 2
POINTS = RNG.normal(size=(N, 2))


def arrays(path: Path) -> Path:
    np.savez(path / "own.npz", data=GREY, target=LABELS, weights=np.ones(N))
    return path / "own.npz"


def medmnist(path: Path) -> Path:
    parts = {"train": slice(0, 200), "val": slice(200, 300), "test": slice(300, 400)}
    images = {f"{part}_images": GREY[rows] for part, rows in parts.items()}
    np.savez(
        path / "bloodmnist.npz", **images, **{f"{part}_labels": LABELS[rows, None] for part, rows in parts.items()}
    )
    return path / "bloodmnist.npz"


def matlab(path: Path) -> Path:
    savemat(path / "own.mat", {"X": GREY.transpose(1, 2, 0), "y": LABELS.astype(float)})
    return path / "own.mat"


def kaggle(path: Path) -> Path:
    head = ",".join(["label", *(f"pixel{i}" for i in range(256))])
    rows = np.concatenate([LABELS[:, None], GREY.reshape(N, -1)], 1)
    np.savetxt(path / "train.csv", rows, "%d", ",", header=head, comments="")
    return path / "train.csv"


def cifar(path: Path) -> Path:
    for name in [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]:
        records = RNG.integers(0, 10, (80, 3073), dtype=np.uint8)
        (path / name).write_bytes(records.tobytes())
    return path


def parquet(path: Path) -> Path:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    encoded = []
    for pixels in GREY:
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        encoded.append({"bytes": buffer.getvalue(), "path": None})
    pq.write_table(pa.table({"image": encoded, "label": LABELS}), path / "own.parquet")
    return path / "own.parquet"


def points(path: Path) -> Path:
    np.savetxt(path / "own.csv", POINTS, delimiter=",", header="x,y", comments="")
    return path / "own.csv"


PICTURES = (arrays, medmnist, matlab, kaggle, cifar, parquet)
Make = Callable[[Path], Path]


@pytest.fixture(
    params=[
        pytest.param(make, id=make.__name__, marks=[] if make in (arrays, kaggle) else pytest.mark.slow)
        for make in PICTURES
    ]
)
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return request.param(tmp_path / "own")


@pytest.mark.slow
def test_pictures_are_shown_checked_and_exported_by_their_path(ganarium, pictures: Path, tmp_path: Path):
    said = ganarium("data", "show", pictures, "--out", "own.png", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    facts = json.loads(said.stdout)
    assert len(facts["classes"]) in (2, 10)
    assert ("array 'weights' is not read" in facts["done"]) == (pictures.name == "own.npz")
    said = ganarium("data", "check", pictures, folder=tmp_path)
    assert said.status == 0, said.stderr
    assert "training images" in said.stdout
    kind = data_word(said.stdout).removeprefix("data.").partition("=")[0]
    said = ganarium("data", "export", pictures, "--split", "test", "--out", "x.npz", folder=tmp_path)
    assert said.status == 0, said.stderr
    with np.load(tmp_path / "x.npz") as file:
        assert len(file["images"]) == len(file["labels"]) > 0
    said = ganarium("data", "show", pictures, "--out", "again.png", "--json", folder=tmp_path)
    assert json.loads(said.stdout)["hash"] == facts["hash"]
    assert kind in ("array", "csv", "cifar", "parquet")


def data_word(said: str) -> str:
    """The data as the command has them that the check offers."""
    (line,) = (line for line in said.splitlines() if line.startswith("next: "))
    return next(word for word in line.split() if word.startswith("data."))


@pytest.mark.slow
@pytest.mark.parametrize("pictures", [arrays, parquet], indirect=True, ids=["arrays", "parquet"])
def test_pictures_are_trained_on_resumed_and_evaluated_by_their_path(ganarium, pictures, settings, tmp_path: Path):
    words = (*settings["tiny"], "data.held_out=0.5", "train.steps=3", "--out", "run")
    kind = data_word(ganarium("data", "check", pictures, folder=tmp_path).stdout)
    said = ganarium("train", "dense-layers", kind, *words, folder=tmp_path)
    assert said.status == 0, said.stderr
    if pictures.name == "own.npz":
        assert "prepared: array 'weights' is not read" in said.stderr
    said = ganarium("resume", "run", "--steps", 5, folder=tmp_path)
    assert said.status == 0, said.stderr
    said = ganarium("evaluate", "run", "-n", 100, "--against", pictures, "held_out=0.5", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    said = ganarium("evaluate", pictures, "--against", pictures, "held_out=0.5", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr


@pytest.mark.slow
def test_points_are_shown_trained_on_and_evaluated_by_their_path(ganarium, settings, tmp_path: Path):
    file = points(tmp_path)
    said = ganarium("data", "show", file, "--out", "own.png", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout)["shape"] == [2]
    said = ganarium("data", "export", file, "--out", "x.npz", folder=tmp_path)
    assert said.status == 0, said.stderr
    words = (f"data.coordinates={file}", *settings["tiny"], "data.held_out=0.5", "train.steps=4", "--out", "run")
    said = ganarium("train", "ring", *words, folder=tmp_path)
    assert said.status == 0, said.stderr
    said = ganarium("evaluate", "run", "-n", 100, "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    said = ganarium("evaluate", file, "--against", file, "held_out=0.5", "--controls", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert "sliced/points" in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["own.pkl", "own.pt", "own.csv", "own.mat", "own.npz", "own.parquet", "cifar.tar.gz"])
@pytest.mark.parametrize("content", [b"", b"hello\n" * 9, bytes(range(256)) * 9], ids=["empty", "text", "garbage"])
def test_what_is_no_such_file_ends_with_one_line(ganarium, tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    for verb in ("show", "check"):
        said = ganarium("data", verb, name, folder=tmp_path)
        assert said.status == 2
        assert len(said.stderr.strip().splitlines()) == 1
        assert name in said.stderr
    assert [file.name for file in tmp_path.iterdir()] == [name]
