"""Studies: every cell once, whatever happens between."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

from ganarium.config.base import Before
from ganarium.config.overrides import override
from ganarium.config.remedies.regularization import R1Config
from ganarium.core.errors import GanariumError, InputError, SettingsError
from ganarium.recipes import find_recipe
from ganarium.runs.directory import Run
from ganarium.runs.events import Stopped
from ganarium.studies.compare import compare
from ganarium.studies.process_pool import ProcessPool, RunStatus
from ganarium.studies.study import Study, StudyFolder, read_study, refuse_incompatible, runs_of, settings_key

TINY = """
recipe = "ring"
settings = ["generator.hidden=[8]", "discriminator.hidden=[8]", "data.count=200", "record.checkpoint_seconds=0.2",
  "engine.kernels=default", "engine.compile=no", "record.sample_every=0", "record.monitor_every=0"]
steps = {steps}
seeds = {seeds}
n = 200

[variants]
plain = ["remedies.r1=none"]
r1 = ["remedies.r1.gamma=1"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cures.toml"
    path.write_text(TINY.format(steps=30, seeds=[0, 1]))
    return path


@pytest.fixture
def one_seed(file: Path) -> Path:
    """The same with a cell for each treatment."""
    file.write_text(TINY.format(steps=30, seeds=[0]))
    return file


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that has been run."""
    file = tmp_path_factory.mktemp("trained") / "cures.toml"
    file.write_text(TINY.format(steps=30, seeds=[0, 1]))
    assert [standing.state for standing in run(file)] == ["done"] * 4
    return file


def run(file: Path, *, stop: bool = False, workers: int = 2) -> list[RunStatus]:
    cells = runs_of(read_study(file))
    *_, last = ProcessPool(workers).train(file, cells, StudyFolder(file.with_suffix("")), lambda: stop)
    return last


def test_a_study_crosses_treatments_grid_and_seeds():
    study = Study(
        recipe="ring",
        variants={"plain": (), "r1": ("remedies.r1.gamma=1",)},
        grid={"optim.lr": (1e-3, 1e-4), "train.batch": (32,)},
        seeds=(3, 4),
        steps=50,
    )
    cells = runs_of(study)
    assert [cell.variant for cell in cells[:4]] == [
        f"{name} optim.lr={lr} train.batch=32" for name in ("plain", "r1") for lr in ("0.001", "0.0001")
    ]
    assert [cell.experiment.seed for cell in cells] == [3] * 4 + [4] * 4
    assert {cell.experiment.optim.lr for cell in cells} == {1e-3, 1e-4}
    assert {cell.experiment.train.steps for cell in cells} == {50}
    assert len({cell.key for cell in cells}) == len({cell.name for cell in cells}) == 8


def test_a_variant_may_start_from_another_recipe_and_the_settings_of_all_runs_apply_to_it():
    study = Study(
        recipe="ring",
        settings=("train.batch=32",),
        variants={"plain": (), "more modes": ("optim.lr=2e-3",)},
        recipes={"more modes": "grid"},
        grid={"optim.beta1": (0.0, 0.5)},
        seeds=(0,),
    )
    plain, _, other, _ = runs_of(study)
    expected = override(find_recipe("grid").experiment(), ["train.batch=32", "optim.lr=2e-3", "optim.beta1=0.0"])
    assert (plain.experiment.recipe, plain.experiment.data.kind) == ("ring", "ring")
    assert other.experiment == override(expected, ["engine.threads=1", "seed=0"])
    alone = runs_of(Study(recipe="ring", settings=("train.batch=32",), grid={"optim.beta1": (0.0, 0.5)}, seeds=(0,)))
    assert alone[0].key == plain.key, "other recipes change no key"


def test_former_names_of_settings_are_accepted(file: Path):
    earlier = file.with_name("earlier.toml")
    text = file.read_text().replace("settings = [", "words = [").replace("[variants]", "[treatments]")
    earlier.write_text(text)
    assert runs_of(read_study(earlier)) == runs_of(read_study(file))


def test_a_key_is_that_of_what_decides_the_outcome(tiny):
    base = settings_key(tiny())
    assert settings_key(tiny("engine.threads=1", "record.log_every=7")) == base
    assert settings_key(tiny("seed=1")) != base
    assert settings_key(tiny("optim.lr=0.02")) != base
    assert settings_key(tiny("optim=sgd", "optim.lr=0.02")) != settings_key(tiny("optim.lr=0.02"))
    assert settings_key(tiny("remedies.r1=true")) not in (base, settings_key(tiny("remedies.r2=true")))


def test_a_setting_that_a_later_version_adds_leaves_the_keys_of_cells_as_they_are(tiny):
    before = settings_key(tiny("remedies.r1.gamma=3"))

    class LaterR1(R1Config):
        added: float = 0.5

    later = tiny().model_copy(update={"remedies": {"r1": LaterR1(gamma=3)}})
    assert settings_key(later) == before
    assert settings_key(tiny().model_copy(update={"remedies": {"r1": LaterR1(gamma=3, added=1)}})) != before


def test_a_later_rule_gives_a_cell_another_key_and_the_earlier_rule_the_one_it_had(tiny):
    class LaterR1(R1Config):
        rule: Annotated[int, Before(1)] = 2

    earlier, later = (tiny().model_copy(update={"remedies": {"r1": LaterR1(gamma=3, rule=rule)}}) for rule in (1, 2))
    assert settings_key(earlier) == settings_key(tiny("remedies.r1.gamma=3")) != settings_key(later)


WRONG = {
    'recipe = "rign"': "ring",
    'recipe = "ring"\nsede = [1]': "sede",
    'recipe = "ring"\nseeds = []': "seeds",
    'recipe = "ring"\nseeds = [1, 1]': "seeds",
    'recipe = "ring"\nseeds = [-1]': "seeds.0",
    'recipe = "ring"\nsplit = "tset"': "split",
    'recipe = "ring"\n[variants]\na = ["optim.lrr=1"]': "a: no setting named 'optim.lrr'",
    'recipe = "ring"\n[variants]\na = []\nb = ["engine.threads=2"]': "have the same settings",
    'recipe = "ring"\n[grid]\n"optim.lr" = ["fast"]': "optim.lr",
    'recipe = "ring"\n[grid]\na = [1,2,3,4,5,6,7,8,9,10]\nb = [1,2,3,4,5,6,7,8,9,10]\nc = [1,2,3,4,5,6,7,8,9,10]\n'
    "d = [1,2,3,4,5,6,7,8,9,10]": "at most",
    'recipe = "ring"\n[variants]\na = "optim.lr=1"': "variants.a: must be a list",
    'recipe = "ring"\nsteps = 9\n[variants]\na = ["train.steps=7"]': "a: train.steps is already set by steps",
    'recipe = "ring"\n[variants]\na = []\n[recipes]\nb = "grid"': "recipes: 'b' is not a variant",
    'recipe = "ring"\n[variants]\na = []\n[recipes]\na = "grind"': "no recipe named 'grind'",
    'recipe = "ring"\n[variants]\na = ["data.size=28"]\n[recipes]\na = "digits"': "a: no setting named 'data.size'",
    'recipe = "ring"\nsettings = ["seed=7"]': "settings: seed is already set by seeds",
    'recipe = "ring"\n[grid]\n"seed" = [1, 2]': "seed is already set by seeds",
    "recipe = ": "TOML",
    "[variants]": "recipe",
}


@pytest.mark.parametrize(("text", "word"), WRONG.items(), ids=WRONG.values())
def test_a_wrong_word_is_named(tmp_path: Path, text: str, word: str):
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(GanariumError) as refusal:
        runs_of(read_study(path))
    assert word in str(refusal.value)
    assert isinstance(refusal.value, InputError | SettingsError | GanariumError)


def test_a_treatment_whose_parts_cannot_work_together_is_refused_before_anything_is_trained(file: Path):
    cells = runs_of(read_study(file))
    refuse_incompatible(cells)
    file.write_text(file.read_text() + 'both = ["remedies.label_smoothing=true", "remedies.label_noise=true"]\n')
    with pytest.raises(SettingsError, match=r"both: remedies\.label_smoothing"):
        refuse_incompatible(runs_of(read_study(file)))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.held_out=0.1", r"r1: only \d+ test images are held out: scores need at least 60; .*data\.held_out=0\."),
        ("data.held_out=0", "r1: .*the test split is empty"),
    ],
)
def test_data_with_too_few_held_out_samples_are_refused_before_anything_is_trained(setting, message, tmp_path: Path):
    np.save(tmp_path / "images.npy", np.random.default_rng(0).integers(0, 256, (300, 16, 16), dtype=np.uint8))
    path = tmp_path / "small.toml"
    path.write_text(f'''
recipe = "dense-digits"
settings = ["data.array={tmp_path / "images.npy"}", "{setting}"]
variants = {{r1 = ["remedies.r1=true"]}}
''')
    with pytest.raises(SettingsError, match=message):
        refuse_incompatible(runs_of(read_study(path)))


@pytest.mark.slow
def test_every_cell_is_trained_once_scored_and_compared(trained: Path):
    file = trained
    home, cells = StudyFolder(file.with_suffix("")), runs_of(read_study(file))
    runs = [home.scored_run(cell) for cell in cells]
    assert all(runs)
    table = compare([one for one in runs if one])
    assert table.groups == {"plain": (0, 1), "r1": (0, 1)}
    values = json.loads(home.result_path(cells[0]).read_text())
    assert values["steps"] == 30
    assert values["settings"]["train"]["steps"] == 30
    stamps = {path: path.stat().st_mtime_ns for path in file.with_suffix("").rglob("*") if path.is_file()}
    assert [standing.state for standing in run(file)] == ["done"] * 4
    assert {path: path.stat().st_mtime_ns for path in file.with_suffix("").rglob("*") if path.is_file()} == stamps


@pytest.mark.slow
def test_a_lost_result_is_scored_again_without_training_and_a_damaged_one_is_named(trained: Path, tmp_path: Path):
    file = tmp_path / trained.name
    shutil.copy(trained, file)
    shutil.copytree(trained.with_suffix(""), file.with_suffix(""))
    home, cells = StudyFolder(file.with_suffix("")), runs_of(read_study(file))
    before = home.result_path(cells[1]).read_bytes()
    home.result_path(cells[1]).unlink()
    assert [standing.state for standing in run(file)] == ["done"] * 4
    assert home.result_path(cells[1]).read_bytes() == before
    assert len([line for line in Run.open(home.run_path(cells[1])).events() if isinstance(line.event, Stopped)]) == 1
    home.result_path(cells[2]).write_text("{")
    with pytest.raises(InputError, match="remove it"):
        home.scored_run(cells[2])


@pytest.mark.slow
def test_a_cell_that_fails_is_told_and_the_others_go_on(one_seed: Path):
    file = one_seed
    file.write_text(file.read_text() + 'odd = ["generator.output=tanh"]\n')
    states = {standing.run.name: standing for standing in run(file)}
    failed = {name: standing for name, standing in states.items() if standing.state == "failed"}
    assert len(failed) == 1
    assert all("generator.output" in standing.reason for standing in failed.values())
    assert [standing.state for standing in states.values()].count("done") == 2


def waited(holds, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive)]
)
def test_killed_anywhere_a_study_goes_on_with_what_is_left(tmp_path: Path, number: signal.Signals):
    file = tmp_path / "cures.toml"
    file.write_text(TINY.format(steps=1_500, seeds=[0]))
    words = [sys.executable, "-m", "ganarium", "study", str(file), "--workers", "2"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    home, cells = StudyFolder(file.with_suffix("")), runs_of(read_study(file))
    saved = lambda: any(any(home.run_path(cell).glob("checkpoints/step-*[1-9]*")) for cell in cells)  # noqa: E731
    assert waited(saved)
    process.send_signal(number)
    status = process.wait(60)
    assert status == (-9 if number == signal.SIGKILL else 128 + number)
    begun = {
        cell.key: Run.open(home.run_path(cell)) for cell in cells if (home.run_path(cell) / "experiment.toml").exists()
    }
    assert waited(lambda: all(one.events() and isinstance(one.events()[-1].event, Stopped) for one in begun.values()))
    assert [standing.state for standing in run(file)] == ["done"] * 2
    for key, one in begun.items():
        kinds = [line.event for line in one.events()]
        assert sum(isinstance(event, Stopped) and event.reason == "finished" for event in kinds) == 1, key
        assert kinds[-1].step == 1_500
