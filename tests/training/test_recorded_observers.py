"""Observers in the settings of a run: recorded, resumed and forked with it, and without effect on anything else."""

import csv
import logging
import sys
from pathlib import Path

import pytest

import ganarium
from ganarium.config import register
from ganarium.config.entries import own_parts
from ganarium.config.formatted_overrides import words_between
from ganarium.config.observers import OBSERVERS
from ganarium.config.overrides import override
from ganarium.core.errors import SettingsError, UsageError
from ganarium.runs.directory import Run
from ganarium.runs.events import Finding, Span, stop_reason
from ganarium.runs.verified_checkpoint import checked_checkpoint
from ganarium.studies.compare import group_names
from ganarium.studies.default_observers import observers_of
from ganarium.studies.serial import local_parts
from ganarium.studies.study import StudyRun, settings_key
from ganarium.training.create import begin, fork, resolved
from ganarium.training.loop import fit
from ganarium.training.resume_overrides import continued

WORDS = (
    "train.steps=12",
    "record.log_every=4",
    "record.sample_every=0",
    "record.monitor_every=0",
    "engine.threads=1",
    "engine.kernels=default",
)
CALLS: list[tuple[str, str, int]] = []


@pytest.fixture(autouse=True)
def _registries(own_registries: None) -> None:
    """Every test registers what it needs, and leaves nothing."""


def registered() -> None:
    CALLS.clear()

    @register.observer("diary")
    class Diary(ganarium.Observer):
        """Write down what happens."""

        def __init__(self, prefix: str = "") -> None:
            self.prefix = prefix

        def on_start(self, run: Run, step: int) -> None:  # noqa: ARG002
            CALLS.append((self.prefix, "start", step))

        def on_span(self, span: Span) -> None:
            CALLS.append((self.prefix, "span", span.step))


def test_a_registered_observer_has_settings_with_suggestions(tiny):
    registered()
    assert tiny("observers.diary.prefix=x").observers["diary"].prefix == "x"
    assert tiny("observers.diary=true").observers["diary"].prefix == ""
    assert tiny("observers.diary=true", "observers.diary=false").observers == {}
    for word, complaint in (
        ("observers.dairy=true", r"no setting named 'observers\.dairy'; did you mean observers\.diary\?"),
        (
            "observers.diary.prefx=x",
            r"no setting named 'observers\.diary\.prefx'; did you mean observers\.diary\.prefix",
        ),
        ("observers.diary=3", r"observers\.diary=3: expected a table of settings; write .*observers\.diary=true"),
        ("observers=3", r"observers=3: "),
    ):
        with pytest.raises(SettingsError, match=complaint):
            tiny(word)


def test_names_tables_and_settings_objects_are_the_same_setting(tiny):
    registered()
    table = tiny("observers.diary=true", "observers.csv=true").observers
    csv_tables = ganarium.config.CsvTables()
    for given in (["diary", "csv"], {"diary": True, "csv": {}}, {"diary": {"prefix": ""}, "csv": csv_tables}):
        assert ganarium.experiment(tiny(), observers=given).observers == table
    with pytest.raises(SettingsError, match=r"did you mean observers\.diary"):
        ganarium.experiment(tiny(), observers=["dairy"])


@pytest.mark.slow
def test_a_recorded_observer_also_observes_the_resumed_and_the_forked_run(tiny, tmp_path):
    registered()
    run = begin(tiny(*WORDS, "observers.diary.prefix=a"), tmp_path / "run")
    training = fit(run)
    for line in training:
        if line.event.kind == "layers" and line.event.step == 4:
            training.close()
    list(fit(Run.open(run.path)))
    child, _ = fork(run, 12, run.experiment.replace(train={"steps": 16}), tmp_path / "fork")
    list(fit(child))
    spans = [("a", "span", step) for step in (8, 12)]
    assert [
        *(("a", "start", 0), ("a", "span", 4)),
        *(("a", "start", 4), *spans),
        *(("a", "start", 12), ("a", "span", 16)),
    ] == CALLS


@pytest.mark.slow
def test_observers_change_neither_keys_nor_groups_nor_checkpoints(tiny, tmp_path):
    plain, watched = tiny(*WORDS), tiny(*WORDS, "observers.csv=true")
    assert settings_key(plain) == settings_key(watched)
    assert len(set(group_names([plain, watched]))) == 1
    run = begin(watched, tmp_path / "run")
    list(fit(run))
    run.rewrite(run.experiment.replace(observers={"csv": False}, train={"steps": 16}))
    assert checked_checkpoint(Run.open(run.path)).progress.step == 12
    list(fit(Run.open(run.path)))
    assert stop_reason(run.events()) == "finished"


@pytest.mark.slow
def test_observers_are_added_and_removed_when_a_run_is_resumed(tiny, tmp_path):
    registered()
    run = begin(tiny(*WORDS, "observers.csv=true"), tmp_path / "run")
    list(fit(run))
    changed = continued(run, ["observers.diary=true", "observers.csv=false"], steps=16)
    list(fit(changed))
    assert set(Run.open(run.path).experiment.observers) == {"diary"}
    assert CALLS == [("", "start", 12), ("", "span", 16)]
    with pytest.raises(SettingsError, match=r"did you mean observers\.diary"):
        continued(run, ["observers.dairy=true"], steps=20)
    with pytest.raises(
        UsageError, match=r"resume changes only the number of steps, observers; for other changes, fork"
    ):
        continued(run, ["optim.lr=1"])


@pytest.mark.slow
def test_a_run_whose_observer_is_not_registered_here_is_opened_resumed_and_says_so(tiny, tmp_path, caplog):
    registered()
    run = begin(tiny(*WORDS, "observers.diary=true"), tmp_path / "run")
    list(fit(run))
    run.rewrite(run.experiment.replace(train={"steps": 16}))
    CALLS.clear()
    OBSERVERS.restore([entry for entry in OBSERVERS.values() if entry.name != "diary"])
    with caplog.at_level(logging.WARNING, "ganarium"):
        found = Run.open(run.path)
    assert "observers.diary is not registered here, so it does not observe" in caplog.text
    list(fit(found))
    assert (stop_reason(found.events()), found.events()[-1].event.step, CALLS) == ("finished", 16, [])


def test_an_observer_that_is_not_registered_here_stays_in_the_file_until_it_is_removed(tiny, tmp_path):
    registered()
    run, known = begin(tiny(*WORDS, "observers.diary.prefix=x"), tmp_path / "run"), [*OBSERVERS.values()]
    OBSERVERS.restore([entry for entry in known if entry.name != "diary"])
    continued(Run.open(run.path), ["observers.csv=true"], steps=16)
    again = continued(Run.open(run.path), steps=20)
    OBSERVERS.restore(known)
    assert set(Run.open(run.path).experiment.observers) == {"csv", "diary"}
    assert Run.open(run.path).experiment.observers["diary"].prefix == "x"
    OBSERVERS.restore([entry for entry in known if entry.name != "diary"])
    continued(again, ["observers.diary=false"])
    OBSERVERS.restore(known)
    assert set(Run.open(run.path).experiment.observers) == {"csv"}


def test_observers_without_settings_are_changes_and_those_of_a_script_are_its_parts(tiny):
    registered()
    plain, watched = tiny(*WORDS), tiny(*WORDS, "observers.csv=true", "observers.diary=true")
    assert override(plain, words_between(plain, watched)) == watched
    assert override(watched, words_between(watched, plain)) == plain
    assert own_parts(watched).keys() == {"observers.diary"}
    assert local_parts([StudyRun("one", watched, "0")]) == ["diary"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


SCORED = (*WORDS, "data.count=200", "observers.csv=true", "record.evaluate_every=6")


@pytest.mark.slow
def test_the_tables_of_a_resumed_run_are_those_of_a_run_that_was_never_interrupted(tiny, tmp_path):
    whole = begin(tiny(*SCORED), tmp_path / "whole")
    list(fit(whole, observers_of(whole)))
    run = begin(tiny(*SCORED), tmp_path / "run")
    training = fit(run, observers_of(run))
    for line in training:
        if line.event.kind == "score" and line.event.step == 6:
            training.close()
    with (run.path / "losses.csv").open("a") as file:
        file.write("8,1.0,tor")  # as after a crash
    list(fit(Run.open(run.path), observers_of(run)))
    for name in ("losses.csv", "scores.csv"):
        assert rows(run.path / name) == rows(whole.path / name)
    losses, scores = rows(run.path / "losses.csv"), rows(run.path / "scores.csv")
    assert [row["step"] for row in losses] == ["4", "8", "12"]
    assert [float(row["discriminator"]) for row in losses] == run.history()["discriminator"].tolist()
    assert len(scores) == len({(row["step"], row["name"]) for row in scores}) == 2
    list(fit(continued(Run.open(run.path), steps=14)))
    list(fit(continued(Run.open(run.path), steps=17)))
    assert [row["step"] for row in rows(run.path / "losses.csv")] == ["4", "8", "12", "16", "17"]


def test_tables_that_cannot_be_written_do_not_stop_the_run(tiny, tmp_path):
    run = begin(tiny(*WORDS, "observers.csv=true"), tmp_path / "run")
    (run.path / "losses.csv").mkdir()
    list(fit(run))
    (finding,) = (line.event for line in run.events() if isinstance(line.event, Finding))
    assert finding.text.startswith("CsvTracker.on_start raised cannot write")
    assert stop_reason(run.events()) == "finished"


@pytest.mark.slow
def test_a_run_with_tables_is_overwritten_on_request(tiny, tmp_path):
    run = begin(tiny(*WORDS, "observers.csv=true"), tmp_path / "run")
    list(fit(run))
    begin(tiny(*WORDS), tmp_path / "run", overwrite=True)


@pytest.mark.parametrize("name", ["trackio", "mlflow"])
def test_a_missing_package_is_named_with_its_command_before_anything_is_written(name, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SettingsError, match=rf"observers\.{name} needs .*: pip install 'ganarium\[{name}\]', or leave"):
        begin(tiny(*WORDS, f"observers.{name}=true"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_observer_that_cannot_be_built_is_refused_before_anything_is_written(tiny):
    class Raising(ganarium.Observer):
        """Fails."""

        def __init__(self) -> None:
            raise OSError("no such host")

    class Frequent(ganarium.Observer):
        """Has no interval."""

        every = -3

    register.observer("raising")(Raising)
    register.observer("frequent")(Frequent)
    register.observer("number")(lambda: 3)
    for name, complaint in (
        ("raising", "the observer cannot be built: OSError: no such host"),
        ("number", r"an observer is an instance of ganarium\.Observer; got int"),
        ("frequent", r"Frequent\.every=-3: must be a number of steps, 0 or more"),
    ):
        with pytest.raises(UsageError, match=complaint):
            resolved(tiny(*WORDS, f"observers.{name}=true"))


def test_registering_a_taken_or_odd_name_is_refused():
    class Diary(ganarium.Observer):
        """Write down what happens."""

    for name, complaint in (
        ("csv", "observer 'csv' is already registered by ganarium"),
        ("My Diary", "use a name of lower-case letters"),
        (Diary, "name the observer, for example @ganarium.register.observer"),
    ):
        with pytest.raises(UsageError, match=complaint):
            register.observer(name)(Diary)
