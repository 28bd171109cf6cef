"""CIFAR's binary files are read from folders and archives; nothing is unpacked, and pickled ones are never opened."""

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganarium.config.data_files import CifarConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.cifar import load
from ganarium.data.files.detect import overrides_for

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
RNG = np.random.default_rng(0)
N = 12  # records of a file
NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
TRAIN = [f"data_batch_{number}.bin" for number in range(1, 6)]


def records(n: int = N, labels: int = 1, most: int = 10) -> np.ndarray:
    """[n, labels + 3072]"""
    made = RNG.integers(0, 256, (n, labels + 3072), dtype=np.uint8)
    made[:, :labels] = np.arange(n)[:, None] % most
    return made


def ten() -> dict[str, bytes]:
    files = {name: records().tobytes() for name in [*TRAIN, "test_batch.bin"]}
    return files | {"batches.meta.txt": ("\n".join(NAMES) + "\n\n").encode()}


def hundred() -> dict[str, bytes]:
    files = {"train.bin": records(50, 2, 20), "test.bin": records(N, 2, 20)}
    for made in files.values():
        made[:, 1] = made[:, 0] * 5
    names = {"coarse_label_names.txt": 20, "fine_label_names.txt": 100}
    return {name: made.tobytes() for name, made in files.items()} | {
        name: "\n".join(f"{name[:4]}-{i}" for i in range(count)).encode() for name, count in names.items()
    }


def folder(path: Path, files: dict[str, bytes]) -> Path:
    place = path / "cifar-10-batches-bin"
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)
    return place


def archive(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    place = path / ("cifar-10-binary.tar.gz" if mode == "w:gz" else "cifar.tar")
    with tarfile.open(place, mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return place


def loaded(path: Path, split: Split = "train", **chosen: object) -> ImageSet:
    return load(CifarConfig(cifar=str(path), **chosen), split)


def refusal(path: Path, split: Split = "train") -> str:
    with pytest.raises(InputError) as error:
        loaded(path, split)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("pack", [folder, archive, lambda path, files: archive(path, files, "w")])
def test_ten_classes_are_read_with_their_names_and_test_pictures(
    tmp_path: Path, pack: Callable[[Path, dict[str, bytes]], Path]
):
    files = ten()
    place = pack(tmp_path, files)
    assert overrides_for(str(place)) == [f"data.cifar={place}"]
    train, validation, test = (loaded(place, split, held_out=0.5) for split in SPLITS)
    assert train.classes == test.classes == tuple(NAMES)
    stored = np.frombuffer(files["test_batch.bin"], np.uint8).reshape(N, -1)
    assert np.array_equal(test.images, stored[:, 1:].reshape(-1, 3, 32, 32))
    assert np.array_equal(test.labels, stored[:, 0])
    assert len(train) + len(validation) == 5 * N
    assert 4 < len(validation) < 30
    whole = loaded(place, held_out=0)
    stored = np.concatenate([np.frombuffer(files[name], np.uint8).reshape(N, -1) for name in TRAIN])
    assert np.array_equal(whole.images.flatten(1), stored[:, 1:])
    assert np.array_equal(whole.labels, stored[:, 0])


def test_a_hundred_classes_are_read_fine_or_coarse(tmp_path: Path):
    place = folder(tmp_path, hundred())
    fine, coarse = loaded(place, held_out=0), loaded(place, held_out=0, fine=False)
    assert np.array_equal(fine.images, coarse.images)
    assert np.array_equal(fine.labels, coarse.labels)
    assert (len(fine.classes), len(coarse.classes)) == (20, 20)
    assert (fine.classes[7], coarse.classes[7]) == ("fine-35", "coar-7")


@pytest.mark.parametrize("pack", [folder, archive])
def test_classes_are_those_that_occur_in_any_split(tmp_path: Path, pack: Callable[[Path, dict[str, bytes]], Path]):
    files = {name: records(most=1).tobytes() for name in TRAIN}
    test = records(most=2)
    test[:, 0] = 5 + 4 * test[:, 0]
    place = pack(tmp_path, ten() | files | {"test_batch.bin": test.tobytes()})
    for split, labels in (("train", {0}), ("test", {1, 2})):
        own = loaded(place, split, held_out=0)
        assert own.classes == ("airplane", "dog", "truck")
        assert set(own.labels.tolist()) == labels


def test_without_a_file_of_names_classes_are_numbers(tmp_path: Path):
    files = ten()
    del files["batches.meta.txt"]
    assert loaded(folder(tmp_path, files)).classes == tuple("0123456789")


def test_nothing_held_out_for_validation_says_so(tmp_path: Path):
    with pytest.raises(EmptySplitError, match=r"the validation split is empty; .*increase data.held_out"):
        loaded(folder(tmp_path, ten()), "validation", held_out=0)


def broken(**files: bytes | None) -> dict[str, bytes]:
    changed = {name.replace("_bin", ".bin"): content for name, content in files.items()}
    return {name: content for name, content in (ten() | changed).items() if content is not None}


HOSTILE = {
    "missing": (broken(data_batch_3_bin=None), "files of CIFAR-10 are missing (data_batch_3.bin)"),
    "none": ({"readme.txt": b""}, "does not contain data_batch_1.bin or train.bin"),
    "empty": (broken(data_batch_1_bin=b""), "has 0 bytes, not a multiple of the 3,073"),
    "cut": (broken(data_batch_2_bin=records().tobytes()[:-9]), "not a multiple of the 3,073"),
    "labels": (broken(data_batch_2_bin=records(most=12).tobytes()), "labels from 0 to 11, but CIFAR-10 has 10 classes"),
    "garbage": (broken(data_batch_2_bin=b"\xff" * 3073), "labels from 255 to 255"),
    "names": (broken() | {"batches.meta.txt": b"a\nb\n"}, "2 class names"),
    "paths": (broken() | {"batches.meta.txt": b"../up\n" * 10}, "is not a valid name for a class"),
}


@pytest.mark.parametrize("pack", [folder, archive])
@pytest.mark.parametrize("fault", HOSTILE)
def test_damage_is_named_in_a_line(tmp_path: Path, fault: str, pack: Callable[[Path, dict[str, bytes]], Path]):
    files, said = HOSTILE[fault]
    assert said in refusal(pack(tmp_path, files))


def test_archives_that_are_none_or_promise_too_much_are_refused(tmp_path: Path):
    whole = archive(tmp_path, ten()).read_bytes()
    place = tmp_path / "cifar.tar.gz"
    for content in (b"", b"hello" * 999, whole[:2000], whole[:-2000]):
        place.write_bytes(content)
        assert "not a valid .tar.gz file" in refusal(place) or "does not contain data_batch_1.bin" in refusal(place)
    info = tarfile.TarInfo("data_batch_1.bin")
    info.size = 1 << 40
    (tmp_path / "cifar.tar").write_bytes(info.tobuf())
    assert "contains more than 1,000 files or 600,000,000 bytes" in refusal(tmp_path / "cifar.tar")
    header = tarfile.TarInfo("long")
    header.type, header.size = tarfile.XHDTYPE, 1 << 33
    (tmp_path / "cifar.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT))
    assert "not a valid .tar.gz file (a header of" in refusal(tmp_path / "cifar.tar")
    assert "No such file" in refusal(tmp_path / "absent.tar.gz")
    (tmp_path / "own.bin").touch()
    assert "neither a folder nor a .tar.gz file" in refusal(tmp_path / "own.bin")


def test_links_in_an_archive_are_passed_over(tmp_path: Path):
    place = tmp_path / "cifar.tar"
    with tarfile.open(place, "w") as tar:
        link = tarfile.TarInfo("data_batch_1.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert "does not contain data_batch_1.bin" in refusal(place)


class Bomb:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("it was unpickled",)


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("own.pkl", "numpy.savez_compressed"),
        ("own.pickle", "numpy.savez_compressed"),
        ("own.joblib", "numpy.savez_compressed"),
        ("own.pt", "numpy.savez_compressed"),
        ("own.npy", "numpy.savez_compressed"),
        ("own.npz", "numpy.savez_compressed"),
        ("data_batch_1", "cifar-10-binary.tar.gz"),
        ("cifar-10-batches-py/data_batch_1", "cifar-10-binary.tar.gz"),
        ("cifar-100-python/train", "cifar-100-binary.tar.gz"),
        ("cifar-10-python.tar.gz", "cifar-10-binary.tar.gz"),
    ],
)
def test_pickled_files_are_refused_with_the_way_out_and_never_opened(
    tmp_path: Path, name: str, said: str, protocol: int
):
    from ganarium.config.overrides import data_settings
    from ganarium.data.load import load_data

    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pickle.dumps(Bomb(), protocol))
    place = str(file.parent if "/" in name else file)
    with pytest.raises(InputError, match=said) as named:
        overrides_for(place)
    assert "never read" in str(named.value)
    for kind in ("folder", "array", "csv", "cifar", "idx", "coordinates", "parquet"):
        with pytest.raises(InputError, match=said):
            load_data(data_settings([f"data.{kind}={place}"]))


def test_arrays_of_objects_are_refused_and_never_unpickled(tmp_path: Path):
    for save, name in ((np.save, "own.npy"), (np.savez, "own.npz")):
        save(tmp_path / name, np.array([Bomb()], object))
        from ganarium.config.overrides import data_settings
        from ganarium.data.load import load_data

        with pytest.raises(InputError, match="Python objects, which are never unpickled"):
            load_data(data_settings(overrides_for(str(tmp_path / name))))
