"""The gallery trains what is missing, keeps the best weights, and shows the worst seed beside its marks."""

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from benchmarks.gallery import __main__ as gallery
from benchmarks.gallery import cells
from benchmarks.gallery.cells import Folders, experiment_of, read_cell, train_cell
from benchmarks.gallery.entries import ENTRIES, Entry, Mark, Threshold
from benchmarks.gallery.page import page, write_page
from benchmarks.gallery.weights import read_weights

from ganarium import GanariumError
from ganarium.api.sampling import load
from ganarium.evaluation.score import Score
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.studies.study import settings_key
from ganarium.training import create
from ganarium.training.loop import fit

ENGINE = ("engine.threads=1",)
RING = Entry(
    "ring",
    (Mark("sliced", Threshold("at-most", 0.5), Threshold("times-floor", 2)), Mark("modes", Threshold("at-least", 8))),
    60,
    1,
    (0, 1),
    ("train.steps=20", "train.batch=16"),
    n=200,
    shown=50,
    keep=True,
)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "results").mkdir()
    return Folders(tmp_path / "results", tmp_path / "runs")


def made_up(folders: Folders, entry: Entry, values: dict[int, float], name: str = "ring") -> None:
    """Cells whose first score is the value of their seed."""
    folders.cell(name, 0).parent.mkdir(exist_ok=True)
    for seed, value in values.items():
        scores = [Score("sliced/law", value, 0.1, 200, "", 0.01), Score("modes/law", 8.0, 8.0, 200, "")]
        told = {
            "seed": seed,
            "key": settings_key(experiment_of(entry, seed)),
            "steps": 20,
            "seconds": 9.0,
            "processor_seconds": 50.0 + seed,
            "machine": "a machine",
            "torch": "2",
            "engine": {"device": "cpu", "threads": 1, "kernels": "onednn", "precision": "bf16", "compile": "no"},
            "command": f"python -m benchmarks.gallery {name} --seeds {seed}",
            "scores": [score.as_dict() for score in scores],
        }
        folders.cell(name, seed).write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("threshold", "met", "missed", "by"),
    [
        (Threshold("times-floor", 3), 6.0, 7.0, 0.5),
        (Threshold("at-most", 3), 3.0, 4.5, 1.5),
        (Threshold("at-least", 3), 3.0, 2.5, 0.5),
        (Threshold("near-floor", 0.5), 1.5, 1.0, 0.5),
        (Threshold("near-floor", 0.5), 2.5, 3.0, 0.5),
        (Threshold("between", (0.5, 1.0)), 0.5, 0.25, 0.25),
        (Threshold("between", (0.5, 1.0)), 1.0, 1.25, 0.25),
        (Threshold("not-above", 1), 1.0 + 1.96, 2.0 + 1.96, 1.0),
    ],
)
def test_a_threshold_is_met_up_to_its_bound_and_missed_by_the_rest(threshold, met, missed, by):
    assert threshold.shortfall(Score("x/y", met, 2.0, 100, "", 1.0)) <= 1e-12
    assert threshold.shortfall(Score("x/y", missed, 2.0, 100, "", 1.0)) == pytest.approx(by)


def test_every_entry_has_a_budget_seeds_and_aims_beyond_its_requirements():
    for entry in ENTRIES.values():
        assert entry.seconds >= 60
        assert len(set(entry.seeds)) == len(entry.seeds) > 0
        for mark in entry.marks:
            if mark.aim and mark.aim.kind == mark.must.kind and not isinstance(mark.aim.bound, tuple):
                better = mark.aim.bound >= mark.must.bound
                assert better if mark.must.kind == "at-least" else mark.aim.bound <= mark.must.bound


def test_every_recipe_is_in_the_gallery():
    assert RECIPES.keys() <= {entry.recipe for entry in ENTRIES.values()}


@pytest.mark.slow
def test_a_cell_is_trained_once_with_its_scores_picture_engine_and_weights(folders: Folders, monkeypatch):
    monkeypatch.setattr(gallery, "ENTRIES", {"ring": RING})
    assert gallery.train({"ring": RING}, [0], ENGINE, folders) == []
    values = json.loads(folders.cell("ring", 0).read_text())
    assert (values["steps"], values["recipe"], values["words"]) == (20, "ring", list(RING.words))
    assert values["command"] == "python -m benchmarks.gallery ring engine.threads=1 --seeds 0"
    assert values["engine"]["threads"] == 1
    assert "auto" not in {values["engine"][name] for name in ("kernels", "precision", "compile", "device")}
    assert 0 < values["processor_seconds"] < 60
    assert {score["name"] for score in values["scores"]} >= {"sliced/law", "modes/law"}
    assert folders.picture("ring", 0).read_bytes().startswith(b"\x89PNG")

    text = folders.page.read_text()
    assert "![samples, seed 0](gallery/ring-seed0.png)" in text
    assert re.search(r"Weights of seed 0: weights/ring\.safetensors, 0\.\d+ MB, fp16\.", text)
    before = {path: path.stat().st_mtime_ns for path in folders.results.rglob("*.*") if path != folders.page}
    assert gallery.train({"ring": RING}, [0], ENGINE, folders) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before

    (run,) = folders.runs.glob("ring-seed0-*[0-9a-f]")
    kept, trained = read_weights(folders.weights("ring")), load(Run.open(run))
    torch.testing.assert_close(kept.sample(50), trained.sample(50), rtol=5e-3, atol=5e-3)
    assert folders.weights("ring").stat().st_size < 300_000


@pytest.mark.slow
def test_an_interrupted_cell_goes_on_with_its_run_and_is_the_same_as_one_that_was_not(folders: Folders, tmp_path):
    experiment = experiment_of(RING, 1, ENGINE)
    path = folders.runs / f"ring-seed1-{settings_key(experiment)}"
    path.parent.mkdir()
    run = create.begin(experiment, path)
    with closing(fit(run, (), lambda: run.next_line()[0] > 1)) as lines:
        for _ in lines:
            pass
    cell, _ = train_cell("ring", RING, 1, ENGINE, folders)
    whole, _ = train_cell("ring", RING, 1, ENGINE, Folders(folders.results, tmp_path / "other"))
    assert cell.values["steps"] == 20
    assert cell.scores == whole.scores
    assert cell.values["processor_seconds"] is None, "the first session did not record its time"


def test_the_processor_time_of_sessions_adds_up(tmp_path: Path, monkeypatch):
    clock = iter([100.0, 130.0, 7.0, 12.0, 20.0, 21.0])
    monkeypatch.setattr(cells, "process_time", lambda: next(clock))
    record = tmp_path / "run.seconds"
    with pytest.raises(KeyboardInterrupt), cells._processor_time(record, continued=False):
        raise KeyboardInterrupt
    with cells._processor_time(record, continued=True) as spent:
        pass
    assert spent() == 35
    record.unlink()
    with cells._processor_time(record, continued=True) as spent:
        pass
    assert spent() is None


def test_the_page_shows_the_worst_seed_and_by_how_much_it_misses(folders: Folders):
    made_up(folders, RING, {0: 0.3, 1: 0.8, 2: 0.1})
    write_page({"ring": RING, "nobody": replace(RING, recipe="not-there")}, folders)
    text = folders.page.read_text()
    assert "| [`ring`](#ring) | 3 | 1 of 2 | 0 of 1 |" in text
    assert "![samples, seed 1](gallery/ring-seed1.png)" in text
    assert "| sliced/law | 0.8 ± 0.0196 | 0.1 | ≤ 0.5: missed by 0.3 | ≤ 2 × floor: missed by 6 × floor |" in text
    assert "| modes/law | 8 | 8 | ≥ 8: reached |  |" in text
    assert "20 steps in 9 s, 52 s of processor time; budget 60 s of 1 core, kept." in text
    assert "cpu, 1 thread(s), kernels onednn, bf16, compile no" in text
    assert "`python -m benchmarks.gallery ring --seeds 1`" in text
    assert "Not trained with the current settings: `nobody`." in text


@pytest.mark.parametrize(
    ("reached", "told"), [(True, "≤ 60: reached; ≤ 30: missed by 15."), (False, "Not reached: seeds 1.")]
)
def test_the_page_tells_how_long_the_race_takes(folders: Folders, reached: bool, told: str):
    races = [{"seed": 0, "seconds": 40.1, "reached": True}, {"seed": 1, "seconds": 45.0, "reached": reached}]
    values = {"recipe": "digits", "words": ["engine.threads=2"], "times": 3.0}
    values["races"] = [each | {"machine": "a machine"} for each in races]
    (folders.results / "race.json").write_text(json.dumps(values))
    text = "\n".join(page({}, folders))
    assert "is at most 3 × its floor: 40, 45." in text
    assert told in text
    assert "`python -m benchmarks.race --recipe digits engine.threads=2`" in text


def test_a_cell_of_other_settings_counts_as_missing(folders: Folders):
    made_up(folders, RING, {0: 0.3})
    assert read_cell(folders.cell("ring", 0), experiment_of(RING, 0, ["engine.threads=2"]))
    changed = replace(RING, words=("train.steps=21", "train.batch=16"))
    assert read_cell(folders.cell("ring", 0), experiment_of(changed, 0)) is None
    assert "Not trained with the current settings: `ring`." in "\n".join(page({"ring": changed}, folders))


@pytest.mark.parametrize(
    "content", ["", "{}", '{"seed": 0, "key": "x"}', "[]", '{"seed": 0, "key": "x", "scores": [1]}']
)
def test_a_damaged_cell_is_named_and_does_not_stop_the_others(folders: Folders, content: str):
    made_up(folders, RING, {1: 0.1})
    folders.cell("ring", 0).write_text(content)
    if content.count("key"):
        folders.cell("ring", 0).write_text(content.replace('"x"', f'"{settings_key(experiment_of(RING, 0))}"'))
    (line,) = gallery.train({"ring": RING}, [0, 1], (), folders)
    assert line == f"ring, seed 0: {folders.cell('ring', 0)}: the file is damaged; remove it to train again"


def test_damaged_weights_are_named(folders: Folders):
    made_up(folders, RING, {0: 0.1})
    folders.weights("ring").parent.mkdir()
    folders.weights("ring").write_bytes(b"none")
    with pytest.raises(GanariumError, match=r"ring\.safetensors: the file is damaged"):
        write_page({"ring": RING}, folders)


def test_a_score_that_no_valid_image_has_is_the_worst(folders: Folders):
    entry = replace(RING, marks=(Mark("count", Threshold("at-most", 0.1)),))
    made_up(folders, entry, {0: 0.3})
    text = "\n".join(page({"ring": entry}, folders))
    assert "| count | undefined: too few valid samples | | ≤ 0.1: missed | |" in text


@pytest.mark.slow
def test_weights_are_kept_only_of_the_best_seed(folders: Folders):
    made_up(folders, RING, {5: 0.001})
    cell, run = train_cell("ring", RING, 0, ENGINE, folders)
    gallery.keep_best("ring", RING, cell, run, folders)
    assert not folders.weights("ring").exists()
    folders.cell("ring", 5).unlink()
    gallery.keep_best("ring", RING, cell, run, folders)
    assert folders.weights("ring").exists()


def test_what_cannot_be_trained_is_told_and_the_rest_goes_on(folders: Folders):
    made_up(folders, RING, {0: 0.1})
    missing = replace(RING, recipe="rings")
    (line,) = gallery.train({"nobody": missing, "ring": RING}, [0], (), folders)
    assert line.startswith("nobody, seed 0: no recipe named 'rings'; did you mean ring")
