"""Studies from Python: the same runs as from the command line, parts of this process, and what is wrong in one line."""

import logging
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import ganarium
from ganarium.config.formatted_overrides import words_between, words_of
from ganarium.config.metrics import METRICS
from ganarium.config.overrides import override
from ganarium.core.errors import SettingsError, UsageError
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.runs.events import Stopped
from ganarium.studies.study import StudyFolder, StudyRun, read_study, runs_of

TINY = ("generator.hidden=[8]", "discriminator.hidden=[8]", "data.count=200", "engine.kernels=default")
TINY += ("engine.compile=no", "record.sample_every=0", "record.monitor_every=0")
R1 = {"plain": ["remedies.r1=none"], "r1": {"remedies": {"r1": {"gamma": 1}}}}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def planned(*args, **keywords) -> list[StudyRun]:
    """The runs of a study, which ends before anything is trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganarium.api.studies.refuse_incompatible", stop)
        with pytest.raises(InterruptedError):
            ganarium.study(*args, **keywords)
    return stop.runs  # type: ignore[attr-defined]


def stop(runs, split) -> None:  # noqa: ARG001
    stop.runs = [*runs]  # type: ignore[attr-defined]
    raise InterruptedError


def test_overrides_between_any_two_recipes_make_one_the_other():
    experiments = [recipe.experiment() for recipe in RECIPES.values()]
    for old, new in zip(experiments, experiments[1:] + experiments[:1], strict=True):
        assert override(old, words_between(old, new)) == new


def test_keyword_settings_and_overrides_mean_the_same():
    settings = {
        "optim": {"lr": np.float64(1e-3)},
        "remedies": {"r1": ganarium.config.R1(gamma=0.3), "ema": None},
        "objective": {"kind": "f-divergence", "divergence": "kl"},
        "train": {"seconds": None, "horizon": 900},
    }
    base = RECIPES["digits"].experiment()
    assert override(base, words_of(settings)) == override(base, settings=settings)
    with pytest.raises(SettingsError, match="a value of type object is not a setting"):
        words_of({"optim": {"lr": object()}})


def test_words_tables_and_experiments_are_the_same_variants():
    base = ganarium.experiment("plane", *TINY)
    changed = base.replace(remedies={"r1": {"gamma": 1}}, optim={"lr": 0.5}, seed=7)
    variants = {"a": ["remedies.r1.gamma=1", "optim.lr=0.5"]}
    tables = {"a": {"remedies": {"r1": ganarium.config.R1(gamma=1)}, "optim": {"lr": 0.5}}}
    by_words = planned("plane", *TINY, variants=variants)
    assert by_words == planned("plane", *TINY, variants=tables) == planned("plane", *TINY, variants={"a": changed})
    assert [run.experiment for run in planned(base, variants=variants)] == [run.experiment for run in by_words]


def test_a_grid_of_keywords_is_a_grid_of_names_and_seeds_are_a_number_or_a_list():
    by_table = planned("ring", grid={"optim": {"lr": np.array([1e-3, 1e-4])}, "train.batch": (16, 32)}, seeds=2)
    by_names = planned("ring", grid={"optim.lr": [1e-3, 1e-4], "train.batch": [16, 32]}, seeds=np.arange(2))
    assert by_table == by_names
    assert len(by_table) == 8


WRONG = {
    "rign": ({"recipe": "rign"}, "no recipe named 'rign'; did you mean ring"),
    "missing file": ({"recipe": "nowhere.toml"}, "nowhere.toml: cannot be read"),
    "word": (
        {"variants": {"a": ["remedies.r1.gama=1"]}},
        r"a: no setting named 'remedies.r1.gama'; did you mean remed",
    ),
    "keyword": (
        {"variants": {"a": {"optim": {"lrr": 1}}}},
        r"a: no setting named 'optim.lrr'; did you mean optim.lr\?",
    ),
    "setting of all": ({"optim": {"lrr": 1}}, r"no setting named 'optim.lrr'; did you mean optim.lr\?"),
    "string": ({"variants": {"a": "optim.lr=1"}}, "variants: a='optim.lr=1': pass a list of settings"),
    "list": ({"variants": ["a"]}, r"variants=\['a'\]: pass a dict"),
    "scalar grid": ({"grid": {"optim": {"lr": 1e-3}}}, "grid: optim.lr=0.001: pass a list of values"),
    "empty grid": ({"grid": {"optim.lr": []}}, "grid.optim.lr has no values"),
    "object in a grid": ({"grid": {"objective": [object()]}}, "a value of type object is not a setting"),
    "no seeds": ({"seeds": 0}, "seeds=0: must be 1 or more"),
    "true seeds": ({"seeds": True}, "seeds=True: must be a whole number"),
    "equal seeds": ({"seeds": [1, 1]}, "each only once"),
    "same": ({"variants": {"a": [], "b": {"engine": {"threads": 2}}}}, "have the same settings"),
    "few samples": ({"n": 5}, "study: n: Input should be greater than or equal to 60"),
    "workers": ({"workers": -1}, "workers=-1: must be 0 or more"),
    "steps twice": ({"steps": 5, "variants": {"a": {"train": {"steps": 6}}}}, "a: train.steps is already set by steps"),
    "out": ({"out": "x.png"}, "must be a folder"),
    "a file": ({"out": __file__}, "is a file or a run; choose another folder with out=…"),
    "features": ({"features": "nowhere.onnx"}, "nowhere.onnx"),
    "a number": ({"recipe": 5}, "recipe=5: pass the name of a recipe, a TOML file or an Experiment"),
    "a folder": ({"recipe": str(Path(__file__).parent)}, "is not the folder of a study: it has no study.toml"),
}


@pytest.mark.parametrize(("arguments", "complaint"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_named_in_one_line_and_nothing_is_written(tmp_path, arguments, complaint):
    with pytest.raises(UsageError, match=complaint) as refusal:
        ganarium.study(**{"recipe": "ring", **arguments})
    assert "\n" not in str(refusal.value)
    assert not [*tmp_path.iterdir()]


def test_words_in_a_list_are_no_word():
    with pytest.raises(SettingsError, match=r"\['optim.lr=1'\] is not a setting; write a.b=value"):
        ganarium.study("ring", ["optim.lr=1"])  # type: ignore[arg-type]


def test_the_default_folder_depends_on_the_settings_of_all_runs_only(monkeypatch):
    folders = []
    monkeypatch.setattr(
        "ganarium.api.studies._run", lambda _, folder, *__: folders.append(folder.path) or stop([], "test")
    )
    for keywords in ({}, {"variants": R1, "seeds": 5}, {"steps": 9}):
        with pytest.raises(InterruptedError):
            ganarium.study("ring", **keywords)
    assert folders[0] == folders[1] != folders[2]
    assert folders[0].parent == Path("runs/studies")


def test_a_run_is_named_readably_and_found_under_the_name_that_an_earlier_version_gave(tmp_path):
    (run, *_) = planned("ring", variants=R1)
    folder = StudyFolder(tmp_path / "study")
    assert folder.run_path(run).name == run.name == f"plain-seed0-{run.key}"
    for name in (run.key, f"former-name-of-the-variant-seed0-{run.key}"):
        (tmp_path / "study/runs" / name).mkdir(parents=True)
        assert folder.run_path(run).name == name
        (tmp_path / "study/runs" / name).rmdir()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Path, ganarium.Comparison]:
    """A study from Python with a part that only this process has, trained in it."""
    folder = tmp_path_factory.mktemp("trained") / "study"

    class Small(ganarium.Remedy):
        """Keep logits small."""

        def discriminator_term(self, duel):
            return 0.01 * duel.real_logits**2

    variants = R1 | {"small": {"remedies": {"small": Small()}}}
    table = ganarium.study("ring", *TINY, variants=variants, seeds=2, steps=20, n=100, out=folder)
    return folder, table


@pytest.mark.slow
def test_a_study_with_parts_of_this_process_is_trained_scored_drawn_and_compared(trained):
    folder, table = trained
    assert table.groups == {"plain": (0, 1), "r1": (0, 1), "small": (0, 1)}
    assert [Run.open(path).experiment.seed for path in table.runs["small"]] == [0, 1]
    assert "custom" not in str(table)
    assert {Path(path).parent for path in table.pictures.values()} == {folder / "grids"}
    assert all(Path(path).read_bytes()[1:4] == b"PNG" for path in table.pictures.values())
    assert {Path(path).name.rsplit("-", 1)[0] for path in table.pictures.values()} == {
        f"{name}-seed0" for name in table.groups
    }


@pytest.mark.slow
def test_a_table_gives_its_numbers_by_name(trained):
    pandas = pytest.importorskip("pandas")
    _, table = trained
    row = table["sliced"]
    assert row is table["sliced/law"]
    assert row.name in table
    assert list(table) == [one.name for one in table.rows]
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    chosen = frame[(frame.score == row.name) & (frame.group == "r1")]
    assert chosen.value.tolist() == list(row["r1"].values)
    assert chosen.seed.tolist() == [0, 1]
    assert (chosen.real == row.floor).all()
    with pytest.raises(KeyError, match="did you mean sliced"):
        table["slised"]
    with pytest.raises(KeyError, match="no group named 'r2'; available: plain, r1, small"):
        row["r2"]


@pytest.mark.slow
def test_without_pandas_one_line_says_what_to_install(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="data frames need pandas; run: pip install pandas"):
        trained[1].to_pandas()


@pytest.mark.slow
def test_the_same_call_trains_only_what_is_missing_and_the_command_line_goes_on(trained, tmp_path, real_command):
    folder = tmp_path / "study"
    shutil.copytree(trained[0], folder)
    earlier = ganarium.study("ring", *TINY, variants=R1, seeds=2, steps=20, n=100, out=folder)
    for run in runs_of(read_study(folder)):  # as an earlier version named the folders
        StudyFolder(folder).run_path(run).rename(folder / "runs" / run.key)
    again = ganarium.study("ring", *TINY, variants=R1, seeds=3, steps=20, n=100, out=folder)
    assert [again["sliced"]["r1"].values[seed] for seed in (0, 1)] == list(earlier["sliced"]["r1"].values)
    assert sorted(path.name for path in (folder / "runs").iterdir() if "seed2" in path.name)
    assert [sum(isinstance(line.event, Stopped) for line in Run.open(p).events()) for p in again.runs["r1"]] == [1] * 3
    said = real_command("study", str(folder), folder=tmp_path)
    assert said.returncode == 0, said.stderr
    pictures = [f"samples of {name}: {path}" for name, path in again.pictures.items()]
    assert said.stdout.splitlines() == [*str(again).splitlines(), *pictures]
    assert len(pictures) == 2


@pytest.mark.slow
def test_the_command_line_says_what_to_do_about_parts_that_it_lacks(trained, tmp_path, real_command):
    folder = tmp_path / "study"
    shutil.copytree(trained[0], folder)
    shutil.rmtree(folder / "cells")
    said = real_command("study", str(folder), folder=tmp_path)
    assert said.returncode == 2
    assert "was passed from Python and is not available here" in said.stderr.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
def test_parts_registered_by_a_script_are_trained_in_its_process_and_those_of_a_plug_in_are_not(tmp_path, caplog):
    @ganarium.register.remedy("tiny-drift")
    class TinyDrift(ganarium.Remedy):
        """Keep logits small."""

        def __init__(self, weight: float = 0.01) -> None:
            self.weight = weight

        def discriminator_term(self, duel):
            return self.weight * duel.real_logits**2

    @ganarium.register.metric("rows")
    def rows(real, fake):
        return len(fake) / len(real)

    variants = {"drift": {"remedies": {"tiny-drift": {"weight": 0.1}}}}
    with caplog.at_level(logging.WARNING, "ganarium"):
        table = ganarium.study("ring", *TINY, variants=variants, seeds=1, steps=5, n=100)
    assert "only this process has tiny-drift, rows, so the runs" in caplog.text
    assert table["rows"]["drift"].values == (1.0,)
    assert "ganarium.load_plugin" in caplog.text
    assert [*table.groups] == ["drift"]
    file = tmp_path / "parts.py"
    file.write_text(
        "import ganarium\n@ganarium.register.objective('of-a-file')\ndef of_a_file():\n    'Some loss.'\n"
        "    return (lambda r, f: f - r), (lambda r, f: -f)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANARIUM_PLUGINS", "")
        ganarium.load_plugin(file)
        METRICS.restore([])
        caplog.clear()
        variants = {"own": {"objective": "of-a-file"}}
        table = ganarium.study("ring", *TINY, variants=variants, seeds=1, steps=5, n=100)
    assert [*table.groups] == ["own"]
    assert caplog.text == ""


class Fails(ganarium.Remedy):
    """Fail after a few steps."""

    def discriminator_term(self, _duel):
        raise RuntimeError("no such luck")


@pytest.mark.slow
def test_a_variant_that_fails_is_named_and_the_others_go_on(caplog):
    variants = {"plain": [], "fails": {"remedies": {"fails": Fails()}}}
    with caplog.at_level(logging.WARNING, "ganarium"):
        table = ganarium.study("ring", *TINY, variants=variants, seeds=1, steps=5, n=100)
    assert [*table.groups] == ["plain"]
    assert "failed: fails-seed0-" in caplog.text
    assert "no such luck" in caplog.text
    with pytest.raises(ganarium.GanariumError, match="no run of the study has finished; failed: fails-seed0-"):
        ganarium.study("ring", *TINY, variants={"fails": variants["fails"]}, seeds=1, steps=5, n=100)


@pytest.mark.slow
@pytest.mark.parametrize("parts", ["", "objective=(lambda r, f: f - r, lambda r, f: -f), "], ids=["others", "own"])
def test_interrupted_a_study_says_how_to_go_on_and_the_same_call_goes_on(tmp_path, parts):
    script = tmp_path / "script.py"
    script.write_text(
        f"import ganarium\nif __name__ == '__main__':\n"
        f"    ganarium.study('ring', *{TINY}, 'record.checkpoint_seconds=0.1', {parts}"
        "seeds=1, steps=1_500, n=100, out='s')\n"
    )
    words = [sys.executable, str(script)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    runs = tmp_path / "s/runs"
    until = time.monotonic() + 60
    while not [*runs.glob("*/checkpoints/step-*[1-9]*")] and time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert "to continue, repeat the call, or run: ganarium study s" in said
    assert "KeyboardInterrupt" in said
    (path,) = runs.iterdir()
    assert 0 < Run.open(path).events()[-1].event.step < 1_500
    again = subprocess.run(words, stderr=subprocess.PIPE, text=True)
    assert again.returncode == 0, again.stderr
    assert Run.open(path).events()[-1].event.step == 1_500
