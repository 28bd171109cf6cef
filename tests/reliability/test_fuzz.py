"""Readers on damaged and made-up files: an answer or a refusal of ours in one line, never a crash.

What random bytes once broke stands as a case of its own beside the search that found it.
"""

import gzip
import json
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from PIL import Image

from ganarium.config.data_files import ArrayConfig, FolderConfig
from ganarium.config.overrides import experiment_from, override, plain, read_toml, to_toml
from ganarium.core.errors import GanariumError, InputError
from ganarium.data.files import arrays, image_folders
from ganarium.data.idx import read_idx
from ganarium.recipes import RECIPES
from ganarium.runs import checkpoint, events
from ganarium.runs.checkpoint import Checkpoint, Progress

pytestmark = pytest.mark.slow

FUZZ = {"suppress_health_check": list(HealthCheck), "database": None}

# bytes that mean something to one reader or another
WORDS = [
    b"\x00" * 4,
    b"\xff" * 8,
    b"\x7f\xff\xff\xff",
    b"1e999",
    b"NaN",
    b"-1",
    b"[" * 2000,
    b'{"a":' * 2000,
    b"a." * 99,
]
WORDS += [
    b"'''",
    b'"""',
    b"\n",
    b"\r",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\x80\x04\x95",
    b"null",
    b"true",
    b"\xed\xa0\x80",
    b"9" * 5000,
]


@st.composite
def damaged(draw: DrawFn, whole: bytes) -> bytes:
    """A sound file with some bytes changed, cut out, put in, repeated or exchanged for telling ones."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 1, 1, 2, 4, 8, 40, 400])))
        new = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(WORDS),
                st.just(bytes(content[start:end]) * 2),
                st.just(bytes(content[end : end + 20])),
            )
        )
        content[start:end] = new
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 5)) == 0 else content)


def survives(read: Callable[[Path], object], path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        read(path)
        said = ""
    except GanariumError as error:
        said = str(error)
    assert len(said) < 1000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def idx_file() -> bytes:
    return bytes([0, 0, 8, 3]) + struct.pack(">III", 4, 16, 16) + bytes(range(256)) * 4


def checkpoint_file() -> bytes:
    tensors = {"generator/weights.generator.out.weight": torch.ones(3, 2), "remedies/ema/generator.x": torch.zeros(())}
    path = Path("x.safetensors")
    with pytest.MonkeyPatch.context() as patch:
        written: list[bytes] = []
        patch.setattr(checkpoint, "write_whole", lambda _, data: written.append(data))
        checkpoint.write(path, Checkpoint(Progress(7, 1.5, 3, 0, 2), tensors, plain(RECIPES["ring"].experiment())))
    return written[0]


def log_file() -> bytes:
    told = [
        events.Span(1, {"generator": 0.5}),
        events.Scored(2, "x", 1.0, None, 5, "n", [1, 2]),
        events.Resumed(1, "r"),
    ]
    told += [events.Finding(2, "n", "t"), events.Histogram(2, [0.5], [0.5]), events.Stopped(3, "finished")]
    lines = [events.Line(event, seq, 0, 0.5).as_dict() for seq, event in enumerate(told)]
    return "\n".join(map(json.dumps, lines)).encode() + b"\n"


def settings_file() -> bytes:
    return to_toml(plain(RECIPES["digits"].experiment())).encode()


def array_file(kind: str) -> bytes:
    buffer = BytesIO()
    images, labels = np.arange(4 * 256, dtype=np.uint8).reshape(4, 16, 16), np.arange(4)
    if kind == "npy":
        np.save(buffer, images)
    else:
        np.savez(buffer, images=images, labels=labels)
    return buffer.getvalue()


def picture_file(kind: str) -> bytes:
    buffer = BytesIO()
    Image.effect_noise((24, 24), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def read_settings(path: Path) -> None:
    values = read_toml(path)
    values.pop("provenance", None)
    override(experiment_from(values, str(path)), [])


def read_array(path: Path) -> None:
    arrays.load(ArrayConfig(array=str(path), held_out=0.0))


def read_picture(path: Path) -> None:
    image_folders.load(FolderConfig(folder=str(path.parent), held_out=0.0, size=(16, 16)))


@pytest.fixture(params=[0.05, pytest.param(1, marks=pytest.mark.exhaustive)], ids=["short", "long"])
def share(request: pytest.FixtureRequest) -> float:
    """Return the share of the examples that are tried."""
    return request.param


def fuzz(files: SearchStrategy[bytes], read: Callable[[Path], object], path: Path, examples: float) -> None:
    @settings(max_examples=int(examples), **FUZZ)  # type: ignore[arg-type]
    @given(files)
    def search(content: bytes) -> None:
        survives(read, path, content)

    path.parent.mkdir(exist_ok=True)
    search()


def test_idx_files(place: Path, share: float):
    files = st.one_of(
        damaged(idx_file()), damaged(gzip.compress(idx_file())), st.binary(max_size=60).map(b"\0\0\x08".__add__)
    )
    fuzz(files, read_idx, place / "x-idx3-ubyte", 12_000 * share)


def test_checkpoints(place: Path, share: float):
    fuzz(damaged(checkpoint_file()), checkpoint.read, place / "x.safetensors", 8_000 * share)


def test_logs(place: Path, share: float):
    fuzz(
        damaged(log_file()),
        lambda path: events.current_lines(events.read_lines(path)),
        place / "events.jsonl",
        8_000 * share,
    )


def test_settings(place: Path, share: float):
    fuzz(damaged(settings_file()), read_settings, place / "x.toml", 4_000 * share)


@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_arrays(place: Path, kind: str, share: float):
    fuzz(damaged(array_file(kind)), read_array, place / f"x.{kind}", 4_000 * share)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_pictures(place: Path, kind: str, share: float):
    fuzz(damaged(picture_file(kind)), read_picture, place / kind / f"x.{kind.lower()}", 1_500 * share)


def test_zips(place: Path, share: float):
    import zipfile

    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(3):
            archive.writestr(f"{i}.png", picture_file("PNG"))
    fuzz(
        damaged(buffer.getvalue()),
        lambda path: image_folders.load(FolderConfig(folder=str(path), size=(16, 16))),
        place / "x.zip",
        3_000 * share,
    )


def test_a_key_of_very_many_parts_is_refused_before_it_fills_the_memory(place: Path):
    (place / "deep.toml").write_text("remedies.r1." + ".".join("a" * 100_000) + "=1")
    with pytest.raises(InputError, match="too many parts"):
        read_toml(place / "deep.toml")
