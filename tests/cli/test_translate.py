"""`ganarium translate`, and what else is said of runs that translate, in their own test pictures and in a user's."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganarium as library
from ganarium.core.errors import UsageError
from ganarium.data.datasets import random_rows

pytestmark = pytest.mark.slow

SMALL = ("generator.width=4", "discriminator.width=4", "train.batch=4", "train.steps=3", "data.count=20")
SMALL += ("engine.device=cpu", "engine.threads=1", "record.sample_every=3")


@pytest.fixture(scope="module")
def place(tmp_path_factory, ganarium) -> Path:
    """A folder with runs/there (pix2pix) and runs/both (cyclegan), and pictures of a user's."""
    folder = tmp_path_factory.mktemp("translations")
    for recipe, name in (("pix2pix", "there"), ("cyclegan", "both")):
        said = ganarium("train", recipe, *SMALL, "--out", f"runs/{name}", folder=folder)
        assert said.status == 0, said.stderr
    (folder / "mine").mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        Image.fromarray(rng.integers(0, 256, (40, 56), dtype=np.uint8)).save(folder / "mine" / f"{i}.png")
    np.savez(folder / "mine.npz", images=rng.integers(0, 256, (5, 28, 28), dtype=np.uint8))
    return folder


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_without_pictures_the_datas_own_test_split_is_translated(place, ganarium, tmp_path):
    said = ganarium("translate", "there", "-n", 10, "--out", tmp_path / "x.npz", "--json", folder=place)
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout)["n"] == 10
    with np.load(tmp_path / "x.npz") as file:
        made = file["images"]
    again = library.load_translations(place / "runs" / "there")
    from ganarium.data.load import load_data

    test = load_data(again.experiment.data, "test")
    assert np.array_equal(
        made, again.translate(test.x[random_rows(len(test), 10).sort().values]).mul(255).round().byte().numpy()
    )


@pytest.mark.parametrize(("source", "n"), [("mine", 3), ("mine.npz", 5), ("mine/1.png", 1)])
def test_a_users_pictures_are_brought_to_the_runs_shape(place, ganarium, tmp_path, source: str, n: int):
    said = ganarium("translate", "both", "--from", source, "--out", tmp_path / "made", folder=place)
    assert said.status == 0, said.stderr
    made = sorted((tmp_path / "made").glob("*.png"))
    assert [size_of(path) for path in made] == [(28, 28)] * n


def test_all_pictures_of_a_folder_are_translated_under_their_own_names(place, ganarium, tmp_path):
    """In whatever folders they lie; what becomes of other sizes and of colours is said."""
    rng = np.random.default_rng(1)
    names = [*(f"{i:03}.png" for i in range(70)), "b.jpg", "b.png", "test/x.png", "train/y.png", "pred/z.PNG"]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shape = (40, 56, 3) if name == "b.png" else (28, 28)
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(tmp_path / "in" / name)
    (tmp_path / "runs").symlink_to(place / "runs")
    said = ganarium("translate", "there", "--from", "in", "--out", "made", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    expected = {name.replace(".PNG", ".png") for name in names} - {"b.jpg"} | {"b.jpg.png"}
    made = {path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*.png")}
    assert made == expected
    assert json.loads(said.stdout)["n"] == len(names)
    assert "1 of 75 images was not 28×28" in said.stderr
    assert "colours were converted to grey" in said.stderr
    assert json.loads(said.stdout)["done"]
    alone = ganarium("translate", "there", "--from", "in/test/x.png", "--out", "one", folder=tmp_path)
    assert alone.status == 0, alone.stderr
    assert (tmp_path / "one/x.png").read_bytes() == (tmp_path / "made/test/x.png").read_bytes()
    said = ganarium("translate", "there", "--from", "in", "-n", 2, "--out", "made", "--overwrite", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert "the first 2 of 75 images are translated" in said.stderr
    assert sorted(path.name for path in (tmp_path / "made").rglob("*.png")) == ["000.png", "001.png"]


def test_arrays_of_translations_say_whose_they_are(place, ganarium, tmp_path):
    said = ganarium("translate", "there", "--from", "mine", "--out", tmp_path / "x.npz", folder=place)
    assert said.status == 0, said.stderr
    with np.load(tmp_path / "x.npz") as made:
        assert made["names"].tolist() == ["0.png", "1.png", "2.png"]
        assert len(made["images"]) == 3


def test_a_png_shows_each_picture_beside_its_translation(place, ganarium, tmp_path):
    said = ganarium("translate", "there", "--from", "mine", "--out", tmp_path / "x.png", folder=place)
    assert said.status == 0, said.stderr
    assert "3 translations of step 3" in said.stdout
    assert size_of(tmp_path / "x.png")[0] > 6 * 28


def test_the_way_back_is_another_translation(place, ganarium, tmp_path):
    for words, name in (((), "there"), (("--back",), "back")):
        said = ganarium(
            "translate", "both", "--from", "mine.npz", *words, "--out", f"{tmp_path}/{name}.npz", folder=place
        )
        assert said.status == 0, said.stderr
    with np.load(tmp_path / "there.npz") as there, np.load(tmp_path / "back.npz") as back:
        assert not np.array_equal(there["images"], back["images"])


WRONG = {
    ("there", "--back"): "game=cycle learns both",
    ("there", "--from", "nowhere"): "nowhere",
    ("there", "--from", "mine", "--weights", "ema"): "this run has raw",
    ("nothing",): "no run at that path",
}


@pytest.mark.parametrize(("words", "why"), WRONG.items())
def test_what_cannot_be_translated_is_said_in_one_line(place, ganarium, tmp_path, words, why: str):
    said = ganarium("translate", *words, "--out", tmp_path / "x.png", folder=place)
    (line,) = [line for line in said.stderr.splitlines() if line.startswith("ganarium: ")]
    assert (said.status, why in line) == (2, True), line
    assert not (tmp_path / "x.png").exists()


def test_a_run_that_translates_does_not_sample_and_the_other_way_round(place, ganarium, tmp_path):
    said = ganarium("sample", "there", "--out", tmp_path / "x.png", folder=place)
    assert (said.status, "ganarium translate" in said.stderr) == (2, True)
    plain = library.train("ring", "train.batch=8", "data.count=20", steps=2, out=tmp_path / "ring", on_line=str)
    said = ganarium("translate", tmp_path / "ring", "--out", tmp_path / "x.png", folder=place)
    assert (said.status, "ganarium sample" in said.stderr) == (2, True)
    with pytest.raises(UsageError, match="does not translate images"):
        library.load_translations(plain)


def test_translations_are_scored_exactly(place, ganarium):
    said = ganarium("evaluate", "both", "-n", 100, "--json", folder=place)
    assert said.status == 0, said.stderr
    scores = {score["name"]: score for score in json.loads(said.stdout)["scores"]}
    exact = {"l1": 0, "wrong-pixels": 0, "iou": 1}
    assert scores.keys() == {f"{name}-{way}/exact" for name in exact for way in ("there", "back")}
    assert all(0 < score["value"] < 1 for score in scores.values())
    assert all(score["floor"] == exact[name.rpartition("-")[0]] for name, score in scores.items())
    assert all(set(score["controls"]) == {"noisy", "blurred"} for score in scores.values())


def test_a_perfect_translator_scores_like_the_exact_translations(place, monkeypatch):
    from ganarium.data.load import load_data
    from ganarium.evaluation.evaluate import evaluate_generator
    from ganarium.evaluation.reference import load_reference

    translations = library.load_translations(place / "runs" / "both")
    test = load_data(translations.experiment.data, "test").subset(50)

    def perfect(pictures: torch.Tensor, *, back: bool, weights: object) -> torch.Tensor:
        del weights
        assert pictures.equal(test.y if back else test.x)
        answers = test.y_as_x if back else test.x_as_y
        return answers / 255

    monkeypatch.setattr(translations, "translate", perfect)
    scores = evaluate_generator(translations, load_reference(translations.experiment.data), n=50)
    assert [score.value for score in scores] == [score.floor for score in scores] == [0, 0, 1] * 2
    assert all("without translation" in score.note for score in scores)


def test_the_next_commands_of_a_run_that_translates_are_its_own(ganarium, tmp_path):
    said = ganarium("train", "pix2pix", *SMALL, "--out", "run", folder=tmp_path)
    assert "translate run -n 32 --out run.png" in said.stdout
    assert not {"sample", "interpolate"} & set(said.stdout.split("next:")[1].split())
