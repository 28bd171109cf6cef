"""Hostile files through the front door: one clear line, nothing executed, nothing written, little memory."""

import gzip
import json
import pickle
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

MOST_MEMORY = 512 << 20
TINY = ["generator.hidden=[8]", "discriminator.hidden=[8]", "train.steps=2", "train.batch=4", "engine.threads=1"]
SMALL = "data.size=16"  # where memory is measured: the files', not that of training on them


class Trap:
    """What a pickle that is opened does: it leaves a file behind."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.canary,)


@dataclass(frozen=True)
class Ended:
    """How a process ended, what it said and the most memory that it held, in bytes."""

    status: int
    stderr: str
    memory: int


Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def run(workshop) -> Run:
    """Run a command in a process of its own, which takes the machine to have `cores` cores."""

    def ended(folder: Path, *words: object, cores: int = 0) -> Ended:
        status, sitting = workshop.run(*words, folder=folder, cores=cores, status=True)
        return Ended(status, sitting.stderr, sitting.memory)

    return ended


def png(width: int, height: int, body: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(body)), (b"IEND", b""))
    parts = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg() -> bytes:
    buffer = BytesIO()
    Image.effect_noise((300, 300), 50).save(buffer, "JPEG")
    return buffer.getvalue()


def zipped(path: Path, files: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def filed(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def bomb(path: Path) -> Path:
    return zipped(path / "bomb.zip", {f"{i}.png": bytes(60 << 20) for i in range(20)})


def bzip2_bomb(path: Path) -> Path:
    with zipfile.ZipFile(path / "bzip2.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.png", bytes(600 << 20))
    return path / "bzip2.zip"


def many_members(path: Path) -> Path:
    with zipfile.ZipFile(path / "names.zip", "w") as archive:
        for i in range(300_001):
            archive.writestr(zipfile.ZipInfo(f"{i}"), b"")
    return path / "names.zip"


def progressive(path: Path) -> Path:
    buffer = BytesIO()
    Image.new("L", (13_300, 13_300), 77).save(buffer, "JPEG", progressive=True)
    return filed(path / "x", {"a.jpg": buffer.getvalue()})


def tiled(path: Path) -> Path:
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: 30_000, 323: 30_000, 324: 8, 325: 8}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return filed(path / "x", {"a.tif": b"II*\0" + struct.pack("<IQH", 16, 0, len(tags)) + body + bytes(4)})


def many(path: Path) -> Path:
    (path / "many").mkdir()
    for i in range(5_000):
        (path / "many" / f"{i}.png").touch()
    return path / "many"


def objects(path: Path) -> Path:
    np.savez(path / "objects.npz", images=np.array([Trap(path / "canary")] * 3, dtype=object))
    return path / "objects.npz"


def promise(path: Path) -> Path:
    header = bytes([0, 0, 8, 3]) + struct.pack(">III", 2**31, 100, 100)
    return filed(path / "idx", {"train-images-idx3-ubyte": header, "train-labels-idx1-ubyte": header})


def gz_bomb(path: Path) -> Path:
    header = bytes([0, 0, 8, 3]) + struct.pack(">III", 700_000, 28, 28)
    (path / "gz").mkdir()
    images = path / "gz" / "train-images-idx3-ubyte.gz"
    with gzip.open(images, "wb") as file:
        file.write(header)
        for _ in range(700):
            file.write(bytes(1_000 * 784))
    shutil.copy(images, path / "gz" / "train-labels-idx1-ubyte.gz")
    return path / "gz"


def giant_npy(path: Path) -> Path:
    buffer = BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 28, 28)})
    (path / "giant.npy").write_bytes(buffer.getvalue())
    return path / "giant.npy"


# what lies there, and what the one line must hold
DATA: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a zip with ../": (lambda p: zipped(p / "x.zip", {"../../canary.png": jpeg()}), "points outside"),
    "a zip with absolute names": (lambda p: zipped(p / "x.zip", {str(p / "canary.png"): jpeg()}), "points outside"),
    "a zip with a link": (lambda p: zipped(p / "x.zip", {"a.png": b"/etc/passwd"}, stat.S_IFLNK | 0o777), "is a link"),
    "a zip bomb": (bomb, "more than 200 times as many"),
    "a png of 100,000 × 100,000": (lambda p: filed(p / "x", {"a.png": png(100_000, 100_000)}), "declares more than"),
    "a truncated jpeg": (lambda p: filed(p / "x", {"a.jpg": jpeg()[:3_000]}), "a.jpg (image file is truncated"),
    "a zip bomb that bzip2 packed": (bzip2_bomb, "not stored or deflated"),
    "a zip of 300,001 other names": (many_members, "more than 300,000 members"),
    "a progressive jpeg of 13,300 × 13,300": (progressive, "declares 13,300×13,300 pixels"),
    "a tiff with tiles of 30,000 × 30,000": (tiled, "declares 30,000×30,000 pixels"),
    "an empty folder": (lambda p: filed(p / "x", {}), "no files of type"),
    "5,000 empty files": (many, "none of 5,000 can be read"),
    "an npz of objects": (objects, "object"),
    "an IDX header that promises terabytes": (promise, "declares"),
    "an IDX file that is a gzip bomb": (gz_bomb, "declare"),
    "an npy header that promises terabytes": (giant_npy, "giant.npy"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where hostile files lie, and a folder beside it where ganarium works."""
    (tmp_path / "work").mkdir()
    (tmp_path / "hostile").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", DATA)
def test_hostile_data_is_refused_in_one_line_by_training_and_by_the_check(place: Path, run: Run, name: str):
    make, told = DATA[name]
    path = make(place / "hostile")
    word = {".npy": "array", ".npz": "array"}.get(path.suffix, "idx" if path.name in ("idx", "gz") else "folder")
    lying = set(place.rglob("*"))
    for words in (("data", "check", path), ("train", "dense-layers", f"data.{word}={path}", *TINY)):
        ended = run(place / "work", *words)
        assert ended.status == 2, ended.stderr
        *progress, line = ended.stderr.splitlines()
        assert all(re.fullmatch(r"[\w ]+: [\d,]+ of [\d,]+", other) for other in progress)
        assert line.startswith("ganarium: ")
        assert told in line
        assert path.name in line
        assert ended.memory < MOST_MEMORY, f"{ended.memory >> 20} MB"
    assert set(place.rglob("*")) == lying


def test_the_largest_pictures_that_are_decoded_take_little_memory(place: Path, run: Run):
    """Little more than small ones; 4,900 × 4,900 pixels have 96 MB as Pillow stores them."""
    memory = {}
    for side in (64, 4_900):
        content = png(side, side, bytes((1 + 3 * side) * side))
        path = filed(place / "hostile" / f"side-{side}", {f"{i}.png": content for i in range(4)})
        words = (f"data.folder={path}", "data.held_out=0", SMALL, *TINY, "--out", f"run-{side}")
        ended = run(place / "work", "train", "dense-layers", *words)
        assert ended.status == 0, ended.stderr
        memory[side] = ended.memory
    assert memory[4_900] - memory[64] < 200 << 20, f"{memory[4_900] - memory[64] >> 20} MB"


@pytest.mark.parametrize(
    ("packed", "height"),
    [
        ("folder", 4_900),
        ("zip", 2_400),
        pytest.param("folder", 2_400, marks=pytest.mark.exhaustive),
        pytest.param("zip", 4_900, marks=pytest.mark.exhaustive),
    ],
)
def test_many_large_files_on_many_cores_take_little_memory(place: Path, run: Run, packed: str, height: int):
    buffer = BytesIO()
    Image.new("RGB", (4_500, height), (9, 99, 200)).save(buffer, "BMP")
    content = buffer.getvalue()
    files = {f"{i}.bmp": content[:-1] + bytes([i]) for i in range(12)}
    path = place / "hostile" / ("x.zip" if packed == "zip" else "x")
    if packed == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, bmp in files.items():
                archive.writestr(name, bmp)
    else:
        filed(path, files)
    words = ("dense-layers", f"data.folder={path}", "data.held_out=0", SMALL, *TINY, "--out", "run")
    ended = run(place / "work", "train", *words, cores=16)
    assert ended.status == 0, ended.stderr
    assert ended.memory < MOST_MEMORY, f"{ended.memory >> 20} MB"


def test_as_many_other_names_as_are_read_take_little_memory(place: Path, run: Run):
    path = place / "hostile" / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(299_999):
            archive.writestr(zipfile.ZipInfo(f"{i}"), b"")
        archive.writestr("a.png", jpeg())
    ended = run(place / "work", "data", "show", path, "held_out=0", "--out", "x.png")
    assert ended.status == 0, ended.stderr
    assert ended.memory < MOST_MEMORY, f"{ended.memory >> 20} MB"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A small run."""
    folder = tmp_path_factory.mktemp("trained")
    ended = run(folder, "train", "ring", "data.count=50", *TINY, "--out", "run")
    assert ended.status == 0, ended.stderr
    return folder / "run"


def test_a_checkpoint_that_holds_a_pickle_is_damaged_not_opened(place: Path, run: Run, trained: Path):
    shutil.copytree(trained, place / "work" / "run")
    for file in (place / "work" / "run" / "checkpoints").iterdir():
        file.write_bytes(pickle.dumps(Trap(place / "canary")))
    for words in (("sample", "run", "--out", "x.png"), ("resume", "run", "--steps", 9)):
        ended = run(place / "work", *words)
        assert ended.status == 1
        assert "is damaged" in ended.stderr.splitlines()[-1]
    assert not (place / "canary").exists()


def test_a_checkpoint_header_that_promises_terabytes_is_damaged(place: Path, run: Run, trained: Path):
    shutil.copytree(trained, place / "work" / "run")
    header = json.dumps({"x": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}).encode()
    for file in (place / "work" / "run" / "checkpoints").iterdir():
        file.write_bytes(struct.pack("<Q", len(header)) + header)
    ended = run(place / "work", "sample", "run", "--out", "x.png")
    assert ended.status == 1
    assert "is damaged" in ended.stderr
    assert ended.memory < MOST_MEMORY


SETTINGS = {
    "10 MB": "# 1\n" * (10 << 18),
    "nested 10,000 deep": "x = " + "[" * 10_000 + "]" * 10_000,
    "a key of 10,000 parts": ".".join("a" * 10_000) + " = 1",
    "tables nested 10,000 deep": "x = " + "{a = " * 10_000 + "1" + "}" * 10_000,
    "no text": "\x00\x01",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_hostile_settings_are_refused_in_one_line(place: Path, run: Run, name: str):
    (place / "hostile" / "x.toml").write_text(SETTINGS[name])
    ended = run(place / "work", "train", place / "hostile" / "x.toml")
    assert ended.status == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "x.toml" in ended.stderr
    assert ended.memory < MOST_MEMORY
    assert not list((place / "work").iterdir())


def test_a_log_of_giant_and_nested_lines_is_read_past_them(place: Path, run: Run, trained: Path):
    shutil.copytree(trained, place / "work" / "run")
    with (place / "work" / "run" / "events.jsonl").open("ab") as log:
        log.write(b"[" * 100_000 + b"\n" + b'{"a":' * 50_000 + b"\n" + b"x" * (200 << 20) + b"\n")
    ended = run(place / "work", "resume", "run", "--steps", 4)
    assert ended.status == 0, ended.stderr
    assert ended.memory < MOST_MEMORY, f"{ended.memory >> 20} MB"
