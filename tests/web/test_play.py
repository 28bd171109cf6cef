"""Samples, corners, films and nearest images of real short trainings, asked for at real addresses."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree

import httpx
import numpy as np
import pytest
import torch
from PIL import Image
from tests.web.conftest import HEADERS, Page, page_with

import ganarium
from ganarium.config.overrides import plain, to_toml
from ganarium.data.batches import to_bytes
from ganarium.runs.directory import Run
from ganarium.runs.provenance import as_table
from ganarium.testing.training import small
from ganarium.training.sampler import load
from ganarium.web.security import Rules

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short runs: on pictures, on pictures with classes, and on points in the plane."""
    folder = tmp_path_factory.mktemp("trained") / "runs"
    few = ("train.steps=4", "record.keep_every=2", "record.log_every=2", "record.sample_every=0")
    ganarium.train(small(*few, "remedies.ema=true"), out=folder / "pictures")
    ganarium.train(
        small(*few, "data=figures", "data.count=32", "data.size=16", "game.conditional=true"), out=folder / "classes"
    )
    ganarium.train(
        "plane", *few, "engine.threads=1", "generator.hidden=[8]", "discriminator.hidden=[8]", out=folder / "points"
    )
    return folder


@pytest.fixture(scope="module")
def played(trained: Path) -> Iterator[Page]:
    with page_with(trained, Rules()) as client:
        yield Page(client, trained)


@pytest.fixture
def damaged(trained: Path, tmp_path: Path) -> Iterator[Page]:
    """A copy of the runs that a test may damage."""
    copytree(trained, tmp_path / "runs")
    with page_with(tmp_path / "runs", Rules()) as client:
        yield Page(client, tmp_path / "runs")


def fetch(page: Page, run: str, what: str, **query: object) -> httpx.Response:
    found: httpx.Response = page.client.get(f"/api/runs/{page.key(run)}/{what}", params=query)
    return found


def picture(answer: httpx.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def pixels(images: torch.Tensor) -> np.ndarray:
    found = to_bytes(images).numpy()
    return found[0] if len(found) == 1 else found.transpose(1, 2, 0)


def test_the_page_learns_what_it_can_play_with(played: Page):
    found = fetch(played, "pictures", "play").json()
    assert (found["latent"], found["weights"], found["steps"], found["step"]) == (4, ["ema", "raw"], [0, 2, 4], 4)
    assert found["directions"] == len(found["strengths"]) == 4
    assert not found["conditional"]
    assert fetch(played, "classes", "play").json()["classes"] == list(load(played.folder / "classes").trained)
    assert fetch(played, "points", "play").json()["points"]


@pytest.mark.parametrize("run", ["pictures", "classes", "points"])
def test_samples_are_those_of_the_python_function(run: str, played: Page):
    sampler = load(played.folder / run)
    answer = fetch(played, run, "sample", seed=7, n=5, truncation=0.7, weights="raw", format="npz")
    expected = sampler.sample(5, seed=7, truncation=0.7, weights="raw")
    found = np.load(io.BytesIO(answer.content))
    if run == "points":
        assert np.array_equal(found["points"], expected.numpy())
    else:
        assert np.array_equal(found["images"], to_bytes(expected).numpy())
    assert ("labels" in found) is (run == "classes")


def test_a_sample_is_that_of_its_seed_index_class_and_step(played: Page):
    sampler = load(played.folder / "classes", at=2)
    label = sampler.trained[-1]
    found = fetch(played, "classes", "latent", seed=3, index=70, label=label, step=2)
    assert np.array_equal(picture(found), pixels(sampler.sample(71, seed=3, labels=label)[70]))
    large = picture(fetch(played, "classes", "latent", seed=3, index=70, label=label, step=2, scale=3))
    assert np.array_equal(large[::3, ::3], picture(found))


def test_a_move_changes_a_sample_and_no_move_does_not(played: Page):
    still = picture(fetch(played, "pictures", "latent", seed=1))
    assert np.array_equal(still, picture(fetch(played, "pictures", "latent", seed=1, move="0,0")))
    assert not np.array_equal(still, picture(fetch(played, "pictures", "latent", seed=1, move="0,4")))


@pytest.mark.parametrize("run", ["pictures", "classes"])
def test_the_corners_are_the_samples_of_their_seeds(run: str, played: Page):
    sampler = load(played.folder / run)
    labels = [sampler.trained[i % len(sampler.trained)] for i in range(4)] if sampler.classes else None
    for i, (x, y) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        more = {"labels": ",".join(labels)} if labels else {}
        found = picture(fetch(played, run, "corners", seeds="5,6,7,8", x=x, y=y, **more))
        expected = sampler.sample(1, seed=5 + i, labels=labels[i] if labels else None)[0]
        assert np.array_equal(found, pixels(expected))
    middle = picture(fetch(played, run, "corners", seeds="5,6,7,8", x=0.4, y=0.6))
    assert middle.shape == found.shape


def test_points_have_coordinates_instead_of_pictures(played: Page):
    sampler = load(played.folder / "points")
    assert fetch(played, "points", "latent", seed=2).json()["values"] == sampler.sample(1, seed=2)[0].tolist()
    assert len(fetch(played, "points", "corners").json()["values"]) == 2
    assert len(fetch(played, "points", "film", seeds="1,2", frames=3).json()["values"]) == 4
    listed = fetch(played, "points", "sample", n=3, seed=2, format="json").json()["values"]
    assert listed == sampler.sample(3, seed=2).tolist()
    assert picture(fetch(played, "points", "sample", n=20)).shape[2] == 3


def test_a_film_has_all_frames(played: Page):
    answer = fetch(played, "pictures", "film", seeds="1,2,3", frames=2)
    assert answer.headers["content-type"] == "image/gif"
    assert getattr(Image.open(io.BytesIO(answer.content)), "n_frames", 0) == 5
    assert picture(fetch(played, "pictures", "film", seeds="1,2", frames=4, format="png")).shape[1] > 64


def test_a_film_is_truncated_like_samples(played: Page):
    sampler = load(played.folder / "points")
    found = fetch(played, "points", "film", seeds="1,2", frames=1, truncation=0.5).json()["values"]
    expected = [sampler.sample(1, seed=seed, truncation=0.5)[0].tolist() for seed in (1, 2)]
    assert np.allclose(found, expected)
    assert found != fetch(played, "points", "film", seeds="1,2", frames=1).json()["values"]


def test_the_nearest_training_image_of_a_training_image_is_itself(played: Page):
    found = fetch(played, "pictures", "nearest", seed=1).json()
    assert len(found["distances"]) == 8
    assert found["distances"] == sorted(found["distances"])
    assert 0 < found["typical"] < 1
    strip = picture(played.client.get(found["images"]))
    assert strip.shape == (16, 8 * 16)
    assert "points" in fetch(played, "points", "nearest").json()["error"]


def test_the_same_address_gives_the_same_bytes_and_is_not_computed_again(played: Page, trained: Path):
    first = fetch(played, "pictures", "sample", seed=3, n=9)
    with page_with(trained, Rules()) as other:
        again = fetch(Page(other, trained), "pictures", "sample", seed=3, n=9)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    known = {"If-None-Match": first.headers["etag"]}
    repeated = played.client.get(str(first.url), headers=known)
    assert (repeated.status_code, repeated.content) == (304, b"")
    assert fetch(played, "pictures", "sample", seed=4, n=9).headers["etag"] != first.headers["etag"]


WORST = (
    ("sample", {"n": 0}),
    ("sample", {"n": 257}),
    ("sample", {"seed": -1}),
    ("sample", {"seed": "1e400"}),
    ("sample", {"labels": "../../etc"}),
    ("sample", {"weights": "__class__"}),
    ("sample", {"truncation": "nan"}),
    ("sample", {"format": "exe"}),
    ("sample", {"format": "json"}),
    ("latent", {"move": "1,nan"}),
    ("latent", {"move": "1e99"}),
    ("latent", {"move": "," * 300}),
    ("latent", {"scale": 1000}),
    ("corners", {"seeds": "1,2,3"}),
    ("corners", {"x": 2}),
    ("film", {"seeds": "1", "frames": 2}),
    ("film", {"seeds": "1,2,3", "frames": 200}),
    ("nearest", {"index": 256}),
)


@pytest.mark.parametrize(("what", "query"), WORST)
def test_bad_input_is_answered_with_one_sentence(what: str, query: dict[str, object], played: Page):
    answer = fetch(played, "pictures", what, **query)
    assert answer.status_code == 400, answer.text
    sentence = answer.json()["error"]
    assert next(iter(query)) in sentence or "format" in sentence
    assert len(sentence) < 300
    assert "Traceback" not in answer.text


def test_a_missing_step_or_run_is_named(played: Page):
    assert "kept steps: 0, 2, 4" in fetch(played, "pictures", "sample", step=3).json()["error"]
    assert played.client.get("/api/runs/0123456789ab/sample").status_code == 404


def test_a_damaged_checkpoint_is_named_and_the_newest_intact_one_is_used(damaged: Page):
    file = damaged.folder / "pictures/checkpoints/step-00000004.safetensors"
    before = fetch(damaged, "pictures", "sample")
    file.write_bytes(file.read_bytes()[:-50])
    answer = fetch(damaged, "pictures", "sample", step=4)
    assert answer.status_code == 409
    assert "choose step 2" in answer.json()["error"]
    fallback = fetch(damaged, "pictures", "sample")
    assert fallback.content == fetch(damaged, "pictures", "sample", step=2).content != before.content
    for other in file.parent.iterdir():
        other.write_bytes(b"\0" * 100)
    assert fetch(damaged, "pictures", "sample").status_code == 409
    assert "to train again: ganarium train" in fetch(damaged, "pictures", "play").json()["error"]


def test_links_and_pipes_among_the_checkpoints_are_not_opened(damaged: Page, tmp_path: Path):
    folder = damaged.folder / "pictures/checkpoints"
    os.mkfifo(folder / "step-00000009.safetensors")
    assert "links" in fetch(damaged, "pictures", "sample").json()["error"]
    (folder / "step-00000009.safetensors").unlink()
    (folder / "step-00000009.safetensors").symlink_to("/dev/zero")
    assert "links" in fetch(damaged, "pictures", "sample").json()["error"]
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert fetch(damaged, "pictures", "sample").status_code == 409
    folder.unlink()
    error = fetch(damaged, "pictures", "sample").json()["error"]
    assert "no checkpoint yet; to train it: ganarium resume" in error


def test_changed_settings_and_vanished_runs_are_answered_plainly(damaged: Page):
    file = damaged.folder / "pictures/experiment.toml"
    file.write_text(file.read_text().replace("latent = 4", "latent = 5"))
    answer = fetch(damaged, "pictures", "sample")
    assert answer.status_code == 409
    assert "latent" in answer.json()["error"]
    file.write_text("[")
    assert "damaged" in fetch(damaged, "pictures", "sample").json()["error"]
    key = damaged.key("classes")
    rmtree(damaged.folder / "classes")
    assert damaged.client.get(f"/api/runs/{key}/sample").status_code == 404


def test_a_network_passed_from_python_is_asked_for(damaged: Page):
    file = damaged.folder / "pictures/experiment.toml"
    text = file.read_text()
    start, end = text.index("[generator]"), text.index("[discriminator]")
    own = '[generator]\nkind = "custom"\npart = "mine.Net"\nsource = "0"\nstate = "0"\nlatent = 4\noutput = "sigmoid"\n'
    file.write_text(f"{text[:start]}{own}\n{text[end:]}")
    answer = fetch(damaged, "pictures", "sample")
    assert answer.status_code == 400, answer.text
    assert "mine.Net" in answer.json()["error"]
    assert "ganarium.load" in answer.json()["error"]


def test_translations_are_sent_to_another_command(damaged: Page):
    file = damaged.folder / "pictures/experiment.toml"
    pairs = small("data=pairs", "data.count=8", "game=cycle")
    provenance = Run.open(file.parent).provenance
    file.write_text(to_toml(plain(pairs) | as_table(provenance)))
    answer = fetch(damaged, "pictures", "sample")
    assert answer.status_code == 409
    assert "ganarium translate" in answer.json()["error"]


def test_a_read_only_page_plays_but_stores_no_points(trained: Path):
    with page_with(trained, Rules(read_only=True)) as client:
        page = Page(client, trained)
        assert fetch(page, "pictures", "sample").status_code == 200
        answer = client.post("/api/points", json={"points": [[0, 0], [1, 1], [2, 0]]}, headers=HEADERS)
        assert answer.status_code == 403
    assert not (trained / "data").exists()
