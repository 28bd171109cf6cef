"""Which files a folder or zip holds; tricks are refused, nothing is unpacked or followed."""

import os
import stat
import struct
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ganarium.core.errors import InputError
from ganarium.data.files import folder_or_zip
from ganarium.data.files.folder_names import system_file_kind_plain
from ganarium.data.files.folder_or_zip import changed_at, open_image_files

Pack = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """A zip of these files."""

    def packed(files: Mapping[str, bytes]) -> Path:
        path = tmp_path / "pictures.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return path

    return packed


def test_a_folder_and_a_zip_of_it_hold_the_same(tmp_path: Path, pack: Pack):
    files = {"b/two.PNG": b"2", "a/one.jpg": b"1", "a/notes.txt": b"?", "a/.hidden.png": b"h", "__MACOSX/x.png": b"m"}
    for name, content in files.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    for path in (tmp_path / "folder", pack(files)):
        with open_image_files(path) as found:
            assert found.names == ("a/one.jpg", "b/two.PNG")
            assert found.others == {".txt": 1}
            assert [found.read(name) for name in found.names] == [b"1", b"2"]


SYSTEM_FILES = {
    "@eaDir/cat/THUMB.png": "@eadir",
    "cat/@eaDir/1.png/THUMB.png": "@eadir",
    "cat/Thumbs.db": "thumbs.db",
    "__MACOSX/cat/._1.png": "__macosx",
    "#recycle/2.png": "#recycle",
    "$RECYCLE.BIN/3.png": "$recycle.bin",
    "lost+found/4.png": "lost+found",
    "_gsdata_/5.png": "_gsdata_",
    ".thumbnails/6.png": "hidden",
    ".ipynb_checkpoints/7.png": "hidden",
    "cat/._1.png": "hidden",
}


def test_what_systems_leave_behind_is_ignored_and_counted_in_folders_and_zips(tmp_path: Path, pack: Pack):
    files = dict.fromkeys(SYSTEM_FILES, b"?") | {"cat/1.png": b"1", "dog/@home.png": b"2"}
    for name, content in files.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    for path in (tmp_path / "folder", pack(files)):
        with open_image_files(path) as found:
            assert found.names == ("cat/1.png", "dog/@home.png")
            assert found.others == {}
            assert found.ignored == Counter(SYSTEM_FILES.values())
        with open_image_files(path, ignored=system_file_kind_plain) as found:
            assert "@eaDir/cat/THUMB.png" in found.names
            assert found.ignored == {"hidden": 3, "__macosx": 1}


@pytest.mark.parametrize("name", ["../out.png", "a/../../out.png", "/etc/out.png", "..\\out.png", "C:\\out.png"])
def test_a_zip_with_names_outside_of_it_is_refused_whole(pack: Pack, name: str):
    path = pack({"fine.png": b"1", name: b"2"})
    with pytest.raises(InputError, match="points outside"), open_image_files(path):
        pass


def test_a_link_in_a_zip_is_refused(tmp_path: Path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"), open_image_files(tmp_path / "x.zip"):
        pass


def test_an_encrypted_zip_is_refused(pack: Pack):
    path = pack({"a.png": b"1"})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="encrypted"), open_image_files(path):
        pass


def test_a_bomb_is_refused_by_what_it_promises(pack: Pack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folder_or_zip, "UNPACKED", 10 << 20)
    path = pack({f"{i}.png": bytes(4 << 20) for i in range(3)})
    with (
        pytest.raises(InputError, match="declared to expand to 12,582,912 bytes, more than 200 times as many"),
        open_image_files(path),
    ):
        pass


def test_a_member_that_lies_about_its_size_is_read_no_further(pack: Pack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folder_or_zip, "MOST_BYTES", 1000)
    path = pack({"a.png": bytes(5000)})
    with open_image_files(path) as found, pytest.raises(InputError, match="larger than"):
        found.read("a.png")


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(pack: Pack, monkeypatch: pytest.MonkeyPatch):
    path = pack({f"{i}.png": b"1" for i in range(30)})
    monkeypatch.setattr(folder_or_zip, "MOST_DIRECTORY", 1000)
    with pytest.raises(InputError, match="list of members"), open_image_files(path):
        pass


@pytest.mark.slow
def test_the_long_form_of_a_zip_is_measured_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        for i in range(65_600):
            file.writestr(zipfile.ZipInfo(f"{i}.png"), b"")
    with open_image_files(tmp_path / "x.zip") as found:
        assert len(found.names) == 65_600
    monkeypatch.setattr(folder_or_zip, "MOST_FILES", 65_000)
    with pytest.raises(InputError, match="more than 65,000 members"), open_image_files(tmp_path / "x.zip"):
        pass


@pytest.mark.parametrize("cut", [0, 10, 100, -5], ids=str)
def test_a_damaged_zip_is_named(pack: Pack, cut: int):
    path = pack({"a.png": b"1" * 300, "b.png": b"2" * 300})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="neither a folder nor a valid zip"), open_image_files(path):
        pass


def test_a_zip_whose_members_are_damaged_opens_and_says_which(pack: Pack):
    path = pack({"a.png": os.urandom(500)})
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)
    with open_image_files(path) as found, pytest.raises(InputError, match="damaged in the zip"):
        found.read("a.png")


def test_an_unknown_compression_is_refused(pack: Pack):
    path = pack({"a.png": b"1" * 300})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", content, content.index(mark) + offset, 77)
    path.write_bytes(content)
    with pytest.raises(InputError, match="not stored or deflated"), open_image_files(path):
        pass


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_what_would_unpack_to_any_size_at_once_is_refused_whole(tmp_path: Path, kind: int):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", kind) as archive:
        archive.writestr("a.png", bytes(1 << 20))
    with pytest.raises(InputError, match=r"'a\.png' is not stored or deflated"), open_image_files(tmp_path / "x.zip"):
        pass


def test_what_is_no_folder_and_no_zip_is_named(tmp_path: Path):
    (tmp_path / "text.zip").write_text("not a zip")
    for name, message in (("absent", "no such folder"), ("text.zip", "neither a folder nor a valid zip")):
        with pytest.raises(InputError, match=message) as refused, open_image_files(tmp_path / name):
            pass
        assert name in str(refused.value)


def test_pipes_and_vanished_files_are_reasons_not_waits(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "gone.png").write_bytes(b"1")
    with open_image_files(tmp_path) as found:
        assert found.names == ("gone.png", "pipe.png")
        (tmp_path / "gone.png").unlink()
        assert found.size("gone.png") == 0
        for name, reason in (("pipe.png", "not a file"), ("gone.png", "No such")):
            with pytest.raises(InputError, match=reason):
                found.read(name)


def test_a_file_that_becomes_a_link_or_a_pipe_is_neither_followed_nor_waited_for(tmp_path: Path):
    for name in ("link.png", "pipe.png"):
        (tmp_path / name).write_bytes(b"1")
    with open_image_files(tmp_path) as found:
        for name in found.names:
            (tmp_path / name).unlink()
        (tmp_path / "link.png").symlink_to("/etc/passwd")
        os.mkfifo(tmp_path / "pipe.png")
        for name in found.names:
            with pytest.raises(InputError):
                found.read(name)


def test_a_pipe_in_place_of_a_zip_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "x.zip")
    with pytest.raises(InputError, match="not a file"), open_image_files(tmp_path / "x.zip"):
        pass


def test_links_are_counted_not_followed(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.png").write_bytes(b"1")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "two.png").symlink_to(tmp_path / "a" / "one.png")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "never")
    (tmp_path / ".hidden").symlink_to(tmp_path)
    with open_image_files(tmp_path) as found:
        assert found.names == ("a/one.png",)
        assert found.links == ("a/again", "nowhere.png", "two.png")


def test_a_folder_that_vanishes_during_the_look_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"1")
    scandir = os.scandir

    def slowly(path: Path) -> object:
        if path == tmp_path / "b":
            (path / "1.png").unlink()
            path.rmdir()
        return scandir(path)

    monkeypatch.setattr("ganarium.data.files.folder_or_zip.os.scandir", slowly)
    with open_image_files(tmp_path) as found:
        monkeypatch.undo()
        assert found.names == ("a/1.png",)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_all_files_count_not_only_pictures(tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch, kind: str):
    monkeypatch.setattr(folder_or_zip, "MOST_FILES", 20)
    names = [f"{i}.txt" for i in range(21)]
    if kind == "folder":
        (tmp_path / "mine").mkdir()
        for name in names:
            (tmp_path / "mine" / name).touch()
    path = tmp_path / "mine" if kind == "folder" else pack(dict.fromkeys(names, b""))
    with pytest.raises(InputError, match="more than 20"), open_image_files(path):
        pass


def test_members_named_with_backslashes_lie_in_folders(pack: Pack):
    with open_image_files(pack({"train\\": b"", "train\\cat\\1.png": b"1", "train\\dog\\2.png": b"2"})) as found:
        assert (found.names, found.others) == (("train/cat/1.png", "train/dog/2.png"), {})
        assert found.read("train/dog/2.png") == b"2"


def test_a_colon_in_a_name_is_no_drive(pack: Pack):
    with open_image_files(pack({"12:30.png": b"1", "cats: mine/1.png": b"2"})) as found:
        assert len(found.names) == 2


def test_errors_of_ours_are_not_blamed_on_the_zip(pack: Pack):
    with pytest.raises(OSError, match="No space"), open_image_files(pack({"a.png": b"1"})):
        raise OSError(28, "No space left on device")


def test_a_file_is_held_once_while_it_is_read(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(bytes(20 << 20))
    with open_image_files(tmp_path) as found:
        tracemalloc.start()
        try:
            assert len(found.read("a.png")) == 20 << 20
            assert tracemalloc.get_traced_memory()[1] < 21 << 20
        finally:
            tracemalloc.stop()


def test_any_change_below_a_path_moves_its_mark(tmp_path: Path):
    marks = {changed_at(tmp_path)}
    file, other = tmp_path / "a.png", tmp_path / "b.png"

    def replace() -> None:
        """By a file of the same size and time."""
        other.write_bytes(b"2")
        os.utime(other, ns=(0, file.stat().st_mtime_ns))
        other.replace(file)

    acts = (
        lambda: file.write_bytes(b"1"),
        lambda: os.utime(file, ns=(0, 2**62)),
        replace,
        lambda: os.truncate(file, 7),
        lambda: os.utime(file, ns=(0, 5)),
        lambda: file.rename(tmp_path / "c.png"),
        (tmp_path / "c.png").unlink,
    )
    for act in acts:
        act()
        marks.add(changed_at(tmp_path))
    assert len(marks) == len(acts) + 1
    assert changed_at(tmp_path / "absent") == changed_at(tmp_path / "nothing")


def test_a_file_that_changes_beside_newer_ones_moves_the_mark(tmp_path: Path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"1")
    os.utime(tmp_path / "b.png", ns=(0, 2**62))
    before = changed_at(tmp_path)
    (tmp_path / "a.png").write_bytes(b"22")
    assert changed_at(tmp_path) != before


def test_a_dangling_link_does_not_stop_the_look_at_changes(tmp_path: Path):
    before = changed_at(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "never")
    assert changed_at(tmp_path) != before


def test_a_zip_without_its_first_bytes_is_damaged_in_the_members_that_lay_there(tmp_path: Path):
    whole, cut = tmp_path / "whole.zip", tmp_path / "cut.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name in ("a.png", "b.png"):
            archive.writestr(name, name * 10)
    cut.write_bytes(whole.read_bytes()[5:])
    with open_image_files(cut) as archive:
        with pytest.raises(InputError, match="damaged in the zip"):
            archive.read("a.png")
        assert archive.read("b.png") == b"b.png" * 10
