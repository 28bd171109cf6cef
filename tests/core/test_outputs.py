"""Results replace what an earlier call wrote, and nothing of anybody else's."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from ganarium.core.errors import RunError, UsageError
from ganarium.core.outputs import LIST, format_of, refuse_file_name, refuse_taken, write_file, write_folder

FIRST = [("0.png", b"zero"), ("1.png", b"one"), ("cats/0.png", b"cat"), ("truth.npz", b"all")]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that an earlier call wrote."""
    write_folder(tmp_path / "out", FIRST)
    return tmp_path / "out"


def content(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != LIST]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_folder_holds_what_the_newest_call_wrote_and_nothing_of_earlier_ones(out: Path):
    refuse_taken(out, overwrite=True, folder=True)
    assert write_folder(out, [("0.png", b"new"), ("dogs/0.png", b"dog")]) == [out / "0.png", out / "dogs/0.png"]
    assert content(out) == {"0.png": b"new", "dogs/0.png": b"dog"}
    assert not (out / "cats").exists()


@pytest.mark.parametrize("name", ["mine.txt", "cats/mine.png", "0.png", "0.png link", "pipe"])
def test_a_folder_with_files_of_others_or_changed_ones_is_left_as_it_is(out: Path, name: str):
    if name == "pipe":
        (out / "1.png").unlink()
        os.mkfifo(out / "1.png")
    elif name.endswith("link"):
        (out / "0.png").rename(out.parent / "0.png")
        (out / "0.png").symlink_to(out.parent / "0.png")
    else:
        (out / name).write_bytes(b"mine")
    before = content(out)
    for attempt in (
        lambda: refuse_taken(out, overwrite=True, folder=True),
        lambda: write_folder(out, [("9.png", b"new")]),
    ):
        with pytest.raises(UsageError, match="did not write"):
            attempt()
    assert content(out) == before


def test_hidden_files_and_those_of_systems_are_neither_in_the_way_nor_removed(out: Path):
    for name in (".DS_Store", "cats/Thumbs.db", ".git/config"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(b"theirs")
    write_folder(out, [("0.png", b"new")])
    assert content(out).keys() == {"0.png", ".DS_Store", "cats/Thumbs.db", ".git/config"}


def test_a_folder_whose_writing_was_killed_is_replaced(out: Path):
    (out / ".1-2-3.7.png.part").write_bytes(b"ha")
    with (out / LIST).open("a") as record:
        record.write(json.dumps(["7.png", sha256(b"half").hexdigest()]) + '\n["8.p')
    write_folder(out, [("0.png", b"new")])
    assert content(out) == {"0.png": b"new"}


def test_a_list_of_somebody_elses_leads_to_nothing_outside(out: Path):
    (out.parent / "mine").write_bytes(b"mine")
    with (out / LIST).open("a") as record:
        record.write(json.dumps(["../mine", sha256(b"mine").hexdigest()]) + "\n[1]\nnull\n7\n")
    write_folder(out, [("0.png", b"new")])
    assert (out.parent / "mine").read_bytes() == b"mine"
    assert content(out) == {"0.png": b"new"}


def test_a_folder_without_a_list_is_nobody_elses_to_replace(out: Path):
    (out / LIST).unlink()
    with pytest.raises(UsageError, match=r"0\.png"):
        refuse_taken(out, overwrite=True, folder=True)


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("name", ["dangling", "dangling/x.png", "a/b/c", "loop", "file/x.png"])
def test_links_to_nothing_and_files_in_place_of_folders_are_named(tmp_path: Path, name: str, folder: bool):
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match=rf"{name}.*(link to|is a file)"):
        refuse_taken(tmp_path / name, overwrite=True, folder=folder)


def test_a_file_is_written_through_a_link(tmp_path: Path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "x.png").symlink_to("target")
    refuse_taken(tmp_path / "x.png", overwrite=True)
    write_file(tmp_path / "x.png", b"new")
    assert (tmp_path / "x.png").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_file_does_not_replace_a_folder_nor_a_folder_a_file(out: Path):
    with pytest.raises(UsageError, match="is a folder"):
        refuse_taken(out, overwrite=True)
    with pytest.raises(UsageError, match="is a file"):
        refuse_taken(out / "0.png", overwrite=True, folder=True)


@pytest.mark.parametrize("name", ["x.jpg", "x.npy", "g.pt", "x.png.gz", "x.tar", "x.", "x"])
def test_other_formats_are_refused_with_those_that_can_be_written(name: str):
    with pytest.raises(UsageError, match=r"x\.png or x\.npz"):
        format_of(Path(name), ("png", "npz"))


def test_a_format_is_known_by_its_suffix_in_any_letters():
    assert [format_of(Path(f"a.b/x.{kind}"), ("png", "npz")) for kind in ("png", "PNG", "Npz")] == ["png", "png", "npz"]
    assert [format_of(Path(name), ("png",), folder=True) for name in ("x", "sigma-0.5", ".hidden")] == ["", "", ""]


def test_a_folder_for_a_run_is_not_named_like_a_file(tmp_path: Path):
    for name in ("run.png", "run.PT", "run.toml"):
        with pytest.raises(UsageError, match="folder"):
            refuse_file_name(tmp_path / name)
    (tmp_path / "old.png").mkdir()
    for name in ("run", "lr.0.1", "v1.a", "old.png"):
        refuse_file_name(tmp_path / name)


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="cannot write"):
        write_folder(tmp_path / "file" / "out", FIRST)
