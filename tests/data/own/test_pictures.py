"""Folders and zips of pictures become sets: real files, real damage."""

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.settings.own import Folder
from ganarium.core.tidings import heard_by
from ganarium.data.own import cache, pictures
from ganarium.data.own.pictures import load

EMOJI = Path(__file__).parents[1] / "emoji.zip"


def draw(path: Path, shade: int, size: tuple[int, int] = (20, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, shade).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 grey pictures of 20×20 in two classes, each of another shade."""
    for i in range(40):
        draw(tmp_path / "mine" / ("ab"[i % 2]) / f"{i:02d}.png", 5 * i)
    return tmp_path / "mine"


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    with zipfile.ZipFile(EMOJI) as archive:
        archive.extractall(tmp_path / "emoji")
    return tmp_path / "emoji"


def of(folder: Path, **settings: object) -> Folder:
    return Folder.model_validate({"folder": str(folder), "held_out": 0.0} | settings)


def test_a_zip_and_its_folder_are_the_same_set(unpacked: Path):
    packed, loose = load(of(EMOJI)), load(of(unpacked))
    assert packed.shape == (3, 64, 64)
    assert len(packed) == 200
    assert packed.hash == loose.hash
    assert packed.origin is not None
    assert packed.origin.modes["RGBA"] > 150
    assert "200 pictures may be transparent and lie on white" in packed.origin.said
    assert "1 other files passed over (1 .txt)" in packed.origin.said
    assert (packed.images[:, :, 0, 0] == 255).all(dim=1).float().mean() > 0.9  # corners are transparent


def test_labels_are_folders_and_files_stay_with_their_pixels(folder: Path):
    source = load(of(folder))
    assert source.shape == (1, 20, 20)
    assert source.classes == ("a", "b")
    assert source.labels is not None
    assert source.origin is not None
    for name, image, label in zip(source.origin.names, source.images, source.labels, strict=True):
        number = int(Path(name).stem)
        assert (image == 5 * number).all()
        assert int(label) == number % 2


def test_the_splits_part_the_pictures_and_copies_stay_together(folder: Path):
    for i in range(40):
        shutil.copy(folder / "ab"[i % 2] / f"{i:02d}.png", folder / "a" / f"copy{i}.png")
    shades = []
    for split in ("train", "validation", "test"):
        images = load(of(folder, held_out=0.5), split).images
        shades.append(set(images[:, 0, 0, 0].tolist()))
    assert sum(map(len, shades)) == len(set.union(*shades)) == 40
    assert all(shades)


def test_a_picture_keeps_its_split_when_others_go(folder: Path):
    before = load(of(folder, held_out=0.5), "test").images[:, 0, 0, 0].tolist()
    for i in range(20):
        (folder / "ab"[i % 2] / f"{i:02d}.png").unlink()
    assert load(of(folder, held_out=0.5), "test").images[:, 0, 0, 0].tolist() == [s for s in before if s >= 100]


def test_folders_of_splits_are_the_splits(folder: Path, tmp_path: Path):
    shutil.move(folder, tmp_path / "set" / "train")
    draw(tmp_path / "set" / "test" / "a" / "1.png", 251)
    sets = {split: load(of(tmp_path / "set", held_out=0.5), split) for split in ("train", "validation", "test")}
    assert sets["test"].images.unique().tolist() == [251]
    assert len(sets["train"]) + len(sets["validation"]) == 40
    assert 0 < len(sets["validation"]) < 20


def test_an_empty_split_says_so(folder: Path):
    with pytest.raises(EmptySplitError, match="held_out=0"):
        load(of(folder), "test")


def test_count_takes_a_part_of_every_class(folder: Path):
    source = load(of(folder, count=10))
    assert len(source) == 10
    assert source.labels is not None
    assert 0 < source.labels.sum() < 10


def test_other_sizes_are_made_one_and_the_set_says_how(folder: Path):
    draw(folder / "a" / "wide.png", 9, (100, 40))
    cropped = load(of(folder))
    assert cropped.shape == (1, 64, 64)
    assert cropped.origin is not None
    assert "41 of 41 pictures had another size than 64×64: scaled and cut to their middle, 40 of them enlarged" in (
        cropped.origin.said
    )
    assert cropped.origin.sizes == {(20, 20): 40, (40, 100): 1}
    padded = load(of(folder, size="16x32", fit="pad", ground="black"))
    assert padded.shape == (1, 16, 32)
    assert (padded.images[0, 0, :, :4] == 0).all()


def test_colour_is_kept_or_dropped_as_asked(folder: Path):
    assert load(of(folder, colour="rgb")).shape == (3, 20, 20)
    grey = load(of(EMOJI, colour="grey"))
    assert grey.shape == (1, 64, 64)
    assert grey.origin is not None
    assert "colours became grey" in grey.origin.said


def test_invert_makes_ink_bright(folder: Path):
    plain, inverted = load(of(folder)), load(of(folder, invert=True))
    assert torch.equal(inverted.images, 255 - plain.images)


def test_unreadable_files_are_an_error_that_lists_them_or_are_skipped_and_counted(folder: Path):
    for name in ("x", "y", "z"):
        (folder / "a" / f"{name}.png").write_bytes(b"no picture")
    good = (folder / "a" / "00.png").read_bytes()
    (folder / "b" / "cut.png").write_bytes(good[:-25])
    with pytest.raises(
        InputError, match=r"4 of 44 pictures cannot be read: a/x\.png \(no picture of a known format\).*1 more"
    ):
        load(of(folder))
    source = load(of(folder, unreadable="skip"))
    assert len(source) == 40
    assert source.origin is not None
    assert sorted(source.origin.unreadable) == ["a/x.png", "a/y.png", "a/z.png", "b/cut.png"]
    assert any(sentence.startswith("4 files skipped") for sentence in source.origin.said)
    assert load(of(folder, unreadable="skip")).hash == source.hash  # from the cache


def test_a_folder_without_a_readable_picture_says_what_there_is(tmp_path: Path):
    with pytest.raises(InputError, match="there are no files of bmp, gif"):
        load(of(tmp_path))
    (tmp_path / "notes.txt").write_text("?")
    with pytest.raises(InputError, match="1 other files"):
        load(of(tmp_path))
    (tmp_path / "a.png").write_text("?")
    with pytest.raises(InputError, match="none of 1 can be read"):
        load(of(tmp_path, unreadable="skip"))


def test_odd_names_are_read_and_shown(tmp_path: Path):
    names = [b"new\nline.png", b"\xff\xfe.png", b"x" * 251 + b".png", b"'\"; rm -rf *.png", b"%s{}\\.png"]
    for i, name in enumerate(names):
        draw(tmp_path / "plain.png", i)
        os.rename(tmp_path / "plain.png", os.fsencode(tmp_path) + b"/" + name)  # noqa: PTH104 (names that are no text)
    source = load(of(tmp_path))
    assert sorted(source.images[:, 0, 0, 0].tolist()) == [0, 1, 2, 3, 4]
    assert source.origin is not None
    assert all(name.isprintable() for name in source.origin.names)


def test_a_file_that_changes_while_it_is_read_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    decode = pictures.decode

    def slowly(*args: object) -> np.ndarray:
        draw(folder / "b" / "39.png", 250)
        return decode(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "decode", slowly)
    monkeypatch.setattr(pictures, "cpu_count", lambda: 1)
    with pytest.raises(InputError, match=r"b/39\.png \(it changed while it was read\)"):
        load(of(folder, size=17))


def test_more_pictures_than_memory_holds_are_refused_with_a_way_out(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "MEMORY_SHARE", 4_000 / pictures.psutil.virtual_memory().total)
    with pytest.raises(InputError, match=r"40 pictures of 1×20×20 take 16,000 bytes.*data\.count="):
        load(of(folder))


def test_work_is_told(folder: Path):
    told: list[tuple[str, int, int]] = []
    with heard_by(lambda *what: told.append(what)):
        load(of(folder, size=19))
    assert told[-1] == ("decoding pictures", 40, 40)
    assert ("looking at pictures", 40, 40) in told


def test_pictures_are_decoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = load(of(folder, size=18))

    def fail(*_: object) -> None:
        raise AssertionError("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr(pictures, "decode", fail)
        assert load(of(folder, size=18)).hash == first.hash
    draw(folder / "a" / "00.png", 200)
    assert load(of(folder, size=18)).hash != first.hash


@pytest.mark.parametrize("damage", ["cut", "flipped", "no note", "odd note"])
def test_a_damaged_cache_is_made_again(folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "cache"))
    first = load(of(folder))
    (array,), (note,) = cache.folder().glob("*.npy"), cache.folder().glob("*.json")
    content = array.read_bytes()
    match damage:
        case "cut":
            array.write_bytes(content[:-100])
        case "flipped":
            array.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
        case "no note":
            note.unlink()
        case _:
            note.write_text('{"digest": 3}')
    assert load(of(folder)).hash == first.hash
    assert array.read_bytes() == content


def test_without_a_place_for_the_cache_all_is_done_in_memory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("no folder")
    expected = load(of(folder)).hash
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "file"))
    assert load(of(folder)).hash == expected


def test_the_cache_forgets_what_is_oldest(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * 40 * 400)
    for i, size in enumerate((20, 19, 18, 17)):
        load(of(folder, size=size))
        for file in cache.folder().glob("*.npy"):
            os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)
        assert len(list(cache.folder().glob("*.npy"))) == min(i + 1, 3) or i == 3
    sizes = sorted(int(np.load(file).shape[-1]) for file in cache.folder().glob("*.npy"))
    assert sizes == [17, 18, 19]
    assert len(list(cache.folder().iterdir())) == 6
