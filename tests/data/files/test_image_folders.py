"""Folders and zips of pictures become sets: real files, real damage."""

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganarium import api
from ganarium.config.data_files import FolderConfig
from ganarium.config.overrides import experiment_from, plain
from ganarium.core.errors import EmptySplitError, InputError, SettingsError
from ganarium.core.progress import report_to
from ganarium.data.files import image_folders
from ganarium.data.files.image_folders import load
from ganarium.data.load import load_data
from ganarium.training.compatibility import check

EMOJI = Path(__file__).parents[1] / "emoji.zip"


def draw(path: Path, shade: int, size: tuple[int, int] = (20, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, shade).save(path)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    with zipfile.ZipFile(EMOJI) as archive:
        archive.extractall(tmp_path / "emoji")
    return tmp_path / "emoji"


def of(folder: Path, **settings: object) -> FolderConfig:
    return FolderConfig.model_validate({"folder": str(folder), "held_out": 0.0} | settings)


def test_a_zip_and_its_folder_are_the_same_set(unpacked: Path):
    packed, loose = load(of(EMOJI)), load(of(unpacked))
    assert packed.shape == (3, 64, 64)
    assert len(packed) == 200
    assert packed.hash == loose.hash
    assert packed.origin is not None
    assert packed.origin.modes["RGBA"] > 150
    assert "transparent pixels of 200 images are filled with white" in packed.origin.messages
    assert "1 other file skipped (1 .txt): convert any images among these to PNG or JPEG" in packed.origin.messages
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
    assert "41 of 41 images were not 64×64 and were scaled and cropped to the centre, 41 of them enlarged" in (
        cropped.origin.messages
    )
    assert cropped.origin.sizes == {(20, 20): 40, (40, 100): 1}
    padded = load(of(folder, size="16x32", fit="pad", ground="black"))
    assert padded.shape == (1, 16, 32)
    assert (padded.images[0, 0, :, :4] == 0).all()
    assert (cropped.origin.enlarged, padded.origin.enlarged) == (41, 0)


def test_colour_is_kept_or_dropped_as_asked(folder: Path):
    assert load(of(folder, colour="rgb")).shape == (3, 20, 20)
    grey = load(of(EMOJI, colour="grey"))
    assert grey.shape == (1, 64, 64)
    assert grey.origin is not None
    assert "colours were converted to grey" in grey.origin.messages


def test_invert_makes_ink_bright(folder: Path):
    plain, inverted = load(of(folder)), load(of(folder, invert=True))
    assert torch.equal(inverted.images, 255 - plain.images)


def test_unreadable_files_are_an_error_that_lists_them_or_are_skipped_and_counted(folder: Path):
    for name in ("x", "y", "z"):
        (folder / "a" / f"{name}.png").write_bytes(b"no image")
    good = (folder / "a" / "00.png").read_bytes()
    (folder / "b" / "cut.png").write_bytes(good[:-25])
    with pytest.raises(
        InputError, match=r"4 of 44 images cannot be read: a/x\.png \(not an image in a supported format\).*1 more"
    ):
        load(of(folder))
    source = load(of(folder, unreadable="skip"))
    assert len(source) == 40
    assert source.origin is not None
    assert sorted(source.origin.unreadable) == ["a/x.png", "a/y.png", "a/z.png", "b/cut.png"]
    assert any(sentence.startswith("4 files skipped") for sentence in source.origin.messages)
    assert load(of(folder, unreadable="skip")).hash == source.hash  # from the cache


def test_a_folder_without_a_readable_picture_says_what_there_is(tmp_path: Path):
    with pytest.raises(InputError, match="no files of type apng, avif"):
        load(of(tmp_path))
    (tmp_path / "notes.txt").write_text("?")
    with pytest.raises(InputError, match="1 other file"):
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
    decode = image_folders.decode

    def slowly(*args: object) -> np.ndarray:
        draw(folder / "b" / "39.png", 250)
        return decode(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(image_folders, "decode", slowly)
    monkeypatch.setattr(image_folders, "cpu_count", lambda: 1)
    with pytest.raises(InputError, match=r"b/39\.png \(the file changed while it was read\)"):
        load(of(folder, size=17))


def test_more_pictures_than_memory_holds_are_refused_with_a_way_out(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image_folders, "MEMORY_SHARE", 4_000 / image_folders.psutil.virtual_memory().total)
    with pytest.raises(InputError, match=r"40 images of 1×20×20 need 16,000 bytes.*data\.count="):
        load(of(folder))


def test_work_is_told(folder: Path):
    told: list[tuple[str, int, int]] = []
    with report_to(lambda *what: told.append(what)):
        load(of(folder, size=19))
    assert told[-1] == ("decoding images", 40, 40)
    assert ("reading file headers", 40, 40) in told


def test_a_decoders_lack_of_memory_is_not_the_files_fault(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ganarium.data.files.decode._shrunk", fail)
    with pytest.raises(InputError, match="not enough memory"):
        load(of(folder, size=21))


def test_a_file_beside_train_and_test_is_named_with_the_path(folder: Path, tmp_path: Path):
    (tmp_path / "set").mkdir()
    shutil.copytree(folder, tmp_path / "set" / "train")
    shutil.copytree(folder, tmp_path / "set" / "test")
    (tmp_path / "set" / "README.md").write_text("?")
    assert load(of(tmp_path / "set")).classes == ("a", "b")
    draw(tmp_path / "set" / "stray.png", 1)
    with pytest.raises(InputError, match=r"set: .*stray\.png\) are next to the split folders test, train; move them"):
        load(of(tmp_path / "set"))


def test_links_are_said(folder: Path):
    (folder / "c").symlink_to(folder / "a")
    source = load(of(folder))
    assert source.origin is not None
    (note,) = source.origin.findings
    assert (note.name, note.grave, note.examples) == ("links", True, ("c",))
    assert str(note) in source.origin.messages
    assert "copy the files or folders that they point to" in note.advice


def test_a_folder_of_links_says_why_it_is_empty(folder: Path, tmp_path: Path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a").symlink_to(folder / "a")
    with pytest.raises(InputError, match="1 link not followed"):
        load(of(tmp_path / "links"))


def test_only_what_helps_is_offered_against_too_many_pictures(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image_folders, "MEMORY_SHARE", 4_000 / image_folders.psutil.virtual_memory().total)
    with pytest.raises(InputError, match=r"use a smaller data\.size$"):
        load(of(folder, held_out=0.9), "validation")
    with pytest.raises(InputError, match=r"a smaller data\.size or data\.colour=grey or data\.count="):
        load(of(folder, colour="rgb"))


def test_ground_is_opaque():
    for ground in ("#ff000080", "#f008"):
        with pytest.raises(ValueError, match="is transparent;"):
            of(Path("x"), ground=ground)


def test_a_run_that_was_recorded_before_layouts_keeps_its_reading(folder: Path, tiny):
    """Its file has no data.layout: thumbnails stay a class, and a stray picture costs the labels."""
    draw(folder / "@eaDir" / "a" / "thumb.png", 251)
    for i in range(2):
        draw(folder / "test_set" / "a" / f"{i}.png", 252)
        draw(folder / "training_set" / "b" / f"{i}.png", 253)
    values = plain(tiny(f"data.folder={folder}"))
    assert values["data"].pop("layout") == "auto"
    before, now = experiment_from(values, recorded=True).data, experiment_from(values).data
    assert load_data(before).classes == ("@eaDir", "a", "b", "test_set", "training_set")
    with pytest.raises(InputError, match=r"a, b\) are next to"):
        load_data(now)
    draw(folder / "stray.png", 3)
    assert load_data(before).labels is None


def test_the_check_says_what_training_says_of_files(folder: Path):
    (folder / "c").symlink_to(folder / "a")
    draw(folder / "@eaDir" / "thumb.png", 251)
    draw(folder / "stray.png", 3)
    (folder / "labels.csv").write_text("what,is,this\n1,2,3\n")
    source = load(of(folder))
    assert source.origin is not None
    remarks = {remark.name: f"{remark.text} {remark.advice}" for remark in api.check(str(folder), "held_out=0")}
    said = " ".join(source.origin.messages)
    for name in ("links", "ignored", "passed-over", "left-out", "tables-not-read"):
        assert name in remarks
    assert {note.name for note in source.origin.findings} <= set(remarks)
    assert all(note.text in said and note.advice in said for note in source.origin.findings)


def test_a_conditional_game_is_told_why_labels_are_missing(folder: Path, tiny):
    for i in range(20):
        draw(folder / f"{i}.png", 100 + i)
    (folder / "c").symlink_to(folder / "a")
    why = r"20 of 60 images are next to the sub-folders \(a, b\) instead of in them; links are not followed: c"
    with pytest.raises(SettingsError, match=rf"has no labels \({why}\)"):
        check(tiny("game.conditional=true"), load(of(folder)))


def test_a_stray_picture_does_not_change_the_size_or_colour_of_the_others(folder: Path):
    Image.new("RGB", (50, 50), (9, 99, 200)).save(folder / "preview.png")
    source = load(of(folder))
    assert source.shape == (1, 20, 20)
    assert len(source) == 40


def test_labels_of_a_table_are_read_in_a_folder_and_in_a_zip(tmp_path: Path):
    rows = ["file_name,label"]
    for i in range(6):
        draw(tmp_path / "mine" / f"{i}.png", 10 * i)
        rows.append(f"{i}.png,{'ab'[i % 2]}")
    (tmp_path / "mine" / "metadata.csv").write_text("\n".join(rows))
    shutil.make_archive(str(tmp_path / "mine"), "zip", tmp_path / "mine")
    for place in (tmp_path / "mine", tmp_path / "mine.zip"):
        source = load(of(place))
        assert source.classes == ("a", "b")
        assert source.labels is not None
        assert source.labels.tolist() == [0, 1] * 3
        assert source.origin is not None
        assert not any("passed over" in sentence for sentence in source.origin.messages)
