"""Every verb about data once, on sets of ours and on pictures of a user's."""

import json
import shlex
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganarium.config.data_files import FilesConfig
from ganarium.config.datasets import DATA
from ganarium.config.overrides import data_settings
from ganarium.data.datasets import ImageSet, PairSet
from ganarium.data.files.point_files import read_points
from ganarium.data.load import load_data

EMOJI = Path(__file__).parents[1] / "data" / "emoji.zip"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, entry in DATA.items() if not issubclass(entry.settings, FilesConfig)])
def test_a_data_set_is_shown_and_exported_with_all_that_is_known_of_it(name, ganarium, tmp_path):
    drawn = "size" in DATA[name].settings.model_fields
    words = ["seed=3", "count=70"] if drawn else []
    said = ganarium("data", "show", name, *words, "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    facts = json.loads(said.stdout)
    assert facts["licence"]
    assert facts["shape"]
    with Image.open(tmp_path / f"{name}.png") as picture:
        assert picture.width >= 320
    said = ganarium("data", "export", name, *words, "-n", 20, "--out", "x.npz", "--json", folder=tmp_path)
    source = load_data(data_settings([f"data={name}", *words], 20))
    assert json.loads(said.stdout) == {"out": "x.npz", "n": 20, "hash": source.hash}
    with np.load(tmp_path / "x.npz") as file:
        arrays = dict(file)
    assert all(len(rows) == 20 for key, rows in arrays.items() if key != "classes")
    if isinstance(source, PairSet):
        assert np.array_equal(arrays["x_as_y"], source.x_as_y.numpy())
        assert set(arrays) == {"x", "y", "x_as_y", "y_as_x", *source.truth}
    elif isinstance(source, ImageSet):
        labels = {} if source.labels is None else {"labels": source.labels.numpy(), "classes": source.classes}
        known = {"images": source.images.numpy()} | labels | dict(source.truth)
        assert set(arrays) == set(known)
        for key, rows in known.items():
            np.testing.assert_array_equal(arrays[key], rows, err_msg=key)
    else:
        assert np.array_equal(arrays["points"], source.points.numpy())


@pytest.mark.slow
def test_own_pictures_are_looked_at_checked_trained_on_and_resumed(ganarium, settings, tmp_path, monkeypatch):
    shutil.copy(EMOJI, tmp_path / "mine.zip")
    said = ganarium("data", "show", "mine.zip", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout)["shape"] == [3, 64, 64]
    assert (tmp_path / "mine.png").exists()

    said = ganarium("data", "check", "mine.zip", "size=32", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    remarks = json.loads(said.stdout)["remarks"]
    assert {remark["name"] for remark in remarks} <= {"few-pictures", "few-held-out", "mixed-modes", "passed-over"}
    assert not any(remark["grave"] for remark in remarks)
    said = ganarium("data", "check", "mine.zip", folder=tmp_path)
    assert "few-pictures" in said.stdout
    assert "train dcgan data.folder=mine.zip" in said.stdout

    words = ("data.folder=mine.zip", "data.size=16", *settings["tiny"], "train.steps=4", "--out", "run")
    said = ganarium("train", "dense-layers", *words, "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    findings = json.loads(said.stdout)["findings"]
    assert "prepared: 200 of 200 images were not 16×16 and were scaled and cropped to the centre" in said.stderr
    assert {"prepared", "few-pictures"} <= {finding["name"] for finding in findings}

    shown = json.loads(ganarium("show", "run", "--json", folder=tmp_path).stdout)
    assert [finding["text"] for finding in shown["findings"]] == [finding["text"] for finding in findings]
    assert "200 of 200 images were not 16×16" in ganarium("show", "run", folder=tmp_path).stdout

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    said = ganarium("resume", "../run", "--steps", 6, folder=tmp_path / "elsewhere")
    assert said.status == 0, said.stderr
    assert "prepared" not in said.stderr


@pytest.mark.slow
def test_pictures_that_moved_are_found_again_by_their_new_place_and_not_when_they_are_others(
    ganarium, settings, tmp_path
):
    shutil.copy(EMOJI, tmp_path / "mine.zip")
    words = ("data.folder=mine.zip", "data.size=16", *settings["tiny"], "train.steps=4", "--out", "run")
    assert ganarium("train", "dense-layers", *words, folder=tmp_path).status == 0
    (tmp_path / "mine.zip").rename(tmp_path / "moved.zip")
    said = ganarium("resume", "run", "--steps", 6, folder=tmp_path)
    assert said.status == 2
    moved = "if the data were moved, give their new location: ganarium resume run data.folder=NEW"
    assert f"mine.zip: no such folder, zip file or image; {moved}" in said.stderr
    toml = tmp_path / "run/experiment.toml"
    toml.write_text(toml.read_text().replace("mine.zip", "moved.zip"))
    assert ganarium("resume", "run", "--steps", 6, folder=tmp_path).status == 0
    with zipfile.ZipFile(tmp_path / "fewer.zip", "w") as fewer, zipfile.ZipFile(EMOJI) as all_of_them:
        for name in all_of_them.namelist()[::2]:
            fewer.writestr(name, all_of_them.read(name))
    toml.write_text(toml.read_text().replace("moved.zip", "fewer.zip"))
    said = ganarium("resume", "run", "--steps", 8, folder=tmp_path)
    assert said.status == 1
    assert "the data have changed since training" in said.stderr
    assert "ganarium fork run --at 6" in said.stderr


@pytest.mark.slow
def test_an_exported_set_can_be_trained_on_and_checked(ganarium, settings, tmp_path):
    assert ganarium("data", "export", "points", "-n", 300, "--out", "x.npz", folder=tmp_path).status == 0
    words = ("data.array=x.npz", "game.conditional=true", *settings["tiny"], "train.steps=2", "--out", "run")
    said = ganarium("train", "dense-layers", *words, folder=tmp_path)
    assert said.status == 0, said.stderr
    assert ganarium("sample", "run", "--label", 3, "-n", 2, "--out", "s.png", folder=tmp_path).status == 0
    assert ganarium("data", "check", "x.npz", folder=tmp_path).status == 0


@pytest.mark.slow
def test_pictures_that_cannot_be_read_are_listed_by_the_check(ganarium, tmp_path):
    with zipfile.ZipFile(EMOJI) as archive:
        archive.extractall(tmp_path / "mine")
    (tmp_path / "mine/emoji64/broken.png").write_bytes(b"no image")
    said = ganarium("data", "check", "mine", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert "WARNING  unreadable" in said.stdout
    assert "broken.png" in said.stdout


@pytest.mark.slow
def test_the_check_says_all_that_show_says_was_done_to_the_files(ganarium, tmp_path):
    (tmp_path / "mine").mkdir()
    for i in range(5):
        Image.new("LA", (96, 24), (40 * i, 200)).save(tmp_path / "mine" / f"{i}.png")
    Image.new("L", (96, 24)).save(
        tmp_path / "mine" / "a.gif", save_all=True, append_images=[Image.new("L", (96, 24), 9)]
    )
    (tmp_path / "mine" / "note.txt").write_text("?")
    shown = json.loads(ganarium("data", "show", "mine", "size=32", "--json", folder=tmp_path).stdout)["done"]
    assert len(shown) >= 5
    checked = ganarium("data", "check", "mine", "size=32", folder=tmp_path).stdout
    for sentence in shown:
        assert f"prepared {sentence}\n" in checked
    assert json.loads(ganarium("data", "check", "mine", "size=32", "--json", folder=tmp_path).stdout)["done"] == shown


def test_pictures_are_exported_by_class_with_their_truth(ganarium, tmp_path):
    said = ganarium("data", "export", "polygons", "-n", 30, "--out", "shapes", folder=tmp_path)
    assert said.status == 0, said.stderr
    source = load_data(data_settings(["data=polygons"], 30))
    for i, label in enumerate(source.labels.tolist()):
        picture = np.asarray(Image.open(tmp_path / "shapes" / source.classes[label] / f"{i:06d}.png"))
        assert np.array_equal(picture, source.images[i, 0].numpy())
    assert len(list((tmp_path / "shapes").rglob("*.png"))) == 30
    with np.load(tmp_path / "shapes/truth.npz") as file:
        assert set(file) == {"labels", "classes", *source.truth}
        assert tuple(file["classes"]) == source.classes


@pytest.fixture
def odd(tmp_path):
    """A folder of pictures in a folder of its own."""

    def unpacked(name):
        with zipfile.ZipFile(EMOJI) as archive:
            archive.extractall(tmp_path / name)
        return name

    return unpacked


@pytest.mark.slow
@pytest.mark.parametrize("name", ["my pics; $(touch canary)", "2024-01-01", "1e3", "'single'", '"double"', "a # b"])
def test_the_next_command_that_the_check_offers_runs_whatever_the_name(name, odd, ganarium, tmp_path):
    odd(name)
    said = ganarium("data", "check", name, "size=16", folder=tmp_path)
    assert said.status == 0, said.stderr
    (line,) = (line for line in said.stdout.splitlines() if line.startswith("next: "))
    words = shlex.split(line)[2:]
    assert words[0] == "train"
    said = ganarium(*words, "train.steps=1", "--dry-run", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    data = json.loads(said.stdout)["data"]
    assert (data["folder"], data["size"]) == (str(tmp_path / name), [16, 16])


@pytest.mark.parametrize("verb", ["data check", "data show", "train dense-layers"])
@pytest.mark.parametrize("name", ["~nosuchuser/pics", "a/b\0c", "caf\udce9/x"], ids=["nobody", "nul", "bytes"])
def test_a_path_that_cannot_be_is_refused_in_one_line(verb, name, ganarium, tmp_path):
    word = f"data.folder={name}" if verb.startswith("train") else name
    said = ganarium(*verb.split(), word, folder=tmp_path)
    assert said.status == 2
    (line,) = said.stderr.splitlines()
    assert "nosuchuser" in line or "UTF-8" in line or "NUL" in line


def test_a_name_in_capitals_is_an_array_all_the_same(ganarium, tmp_path):
    assert ganarium("data", "export", "points", "-n", 30, "--out", "x.npz", folder=tmp_path).status == 0
    (tmp_path / "x.npz").rename(tmp_path / "X.NPZ")
    said = ganarium("data", "show", "X.NPZ", "held_out=0", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout)["count"] == 30


def test_this_folder_is_shown_by_its_own_name(odd, ganarium, tmp_path):
    odd("mine")
    said = ganarium("data", "show", ".", "--json", folder=tmp_path / "mine")
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout)["picture"] == "mine.png"


@pytest.mark.slow
def test_a_fork_with_other_data_shows_and_checks_them(ganarium, settings, tmp_path):
    shutil.copy(EMOJI, tmp_path / "mine.zip")
    words = ("data.folder=mine.zip", "data.size=16", *settings["tiny"], "train.steps=2", "--out", "run")
    assert ganarium("train", "dense-layers", *words, "record.keep_every=1", folder=tmp_path).status == 0
    words = ("data.invert=true", "train.steps=4", "--out", "child", "--json")
    said = ganarium("fork", "run", "--at", 2, *words, folder=tmp_path)
    assert said.status == 0, said.stderr
    assert any("black and white were inverted" in finding["text"] for finding in json.loads(said.stdout)["findings"])
    pictures = [(tmp_path / name / "samples/data.png").read_bytes() for name in ("run", "child")]
    assert pictures[0] != pictures[1]
    said = ganarium("resume", "child", "--steps", 6, "--json", folder=tmp_path)
    assert json.loads(said.stdout)["findings"] == []


def test_a_part_of_sorted_data_has_all_classes_and_keeps_its_order(ganarium, tmp_path):
    pictures, labels = np.random.default_rng(0).integers(0, 256, (90, 16, 16), np.uint8), np.arange(90) // 30
    np.savez(tmp_path / "own.npz", images=pictures, labels=labels)
    said = ganarium(
        "data", "export", "own.npz", "held_out=0", "--split", "train", "-n", 30, "--out", "x.npz", folder=tmp_path
    )
    assert said.status == 0, said.stderr
    with np.load(tmp_path / "x.npz") as file:
        assert file["labels"].tolist() == sorted(file["labels"].tolist())
        assert set(file["labels"].tolist()) == {0, 1, 2}


def test_points_of_which_too_few_are_held_out_are_noted_with_a_share_that_suffices(ganarium, tmp_path):
    points = np.random.default_rng(0).normal(size=(400, 5))
    np.savetxt(tmp_path / "x.csv", points, delimiter=",", header="a,b,c,d,e", comments="")
    said = ganarium("data", "check", "x.csv", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    found = json.loads(said.stdout)
    (note,) = found["remarks"]
    assert "test samples are held out (scores need at least 60)" in note["text"]
    share = found["next"]["words"][-1]
    assert note["advice"] == f"train with {share}"
    again = json.loads(ganarium("data", "check", "x.csv", share, "--json", folder=tmp_path).stdout)
    assert not again["remarks"]
    assert again["next"]["words"].count(share) == 1
    np.savetxt(tmp_path / "few.csv", np.arange(12).reshape(-1, 2) % 4, delimiter=",", header="a,b", comments="")
    said = ganarium("data", "show", "few.csv", "held_out=0.999", folder=tmp_path)
    assert "equal points share a split: 2 are different" in said.stderr


@pytest.mark.slow
def test_generated_points_are_written_as_a_table_that_is_read_again(ganarium, settings, tmp_path):
    words = (*settings["tiny"], "train.steps=2", "--out", "run")
    assert ganarium("train", "ring", *words, folder=tmp_path).status == 0
    for name in ("x.csv", "x.npz"):
        assert ganarium("sample", "run", "-n", 70, "--out", name, folder=tmp_path).status == 0
    assert (tmp_path / "x.csv").read_text().startswith("x0,x1\n")
    assert np.array_equal(read_points(tmp_path / "x.csv"), read_points(tmp_path / "x.npz"))
    assert ganarium("evaluate", "x.csv", "--against", "ring", folder=tmp_path).status == 0
