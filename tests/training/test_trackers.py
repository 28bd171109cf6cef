"""Records of runs in tracking programs, where these are installed: complete, and without duplicates."""

import re
import sys
from pathlib import Path

import pytest

from ganarium.runs.directory import Run
from ganarium.training.create import begin, fork
from ganarium.training.loop import fit
from ganarium.training.resume_overrides import continued
from ganarium.training.trackers import identity_of, tag

WORDS = (
    *("train.steps=12", "record.log_every=4", "record.sample_every=6", "record.monitor_every=0"),
    *("record.checkpoint_seconds=1000", "engine.threads=1"),
)
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow stores files in the current folder."""
    monkeypatch.chdir(tmp_path)


def interrupted_and_resumed(tiny, folder: Path, *words: str) -> Run:
    """A run that loses the steps from 0 to 6, and repeats them."""
    run = begin(tiny(*WORDS, *words), folder)
    training = fit(run)
    for line in training:
        if line.event.kind == "sample" and line.event.step == 6:
            training.close()
    (run.path / "checkpoints" / "step-00000006.safetensors").unlink()
    list(fit(Run.open(run.path)))
    return run


@pytest.mark.slow
def test_mlflow_gets_each_value_once(tiny, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    address = f"sqlite:///{tmp_path}/tracking.db"
    run = interrupted_and_resumed(tiny, tmp_path / "run", f"observers.mlflow.uri={address}")
    client = mlflow.MlflowClient(address)
    experiment = client.get_experiment_by_name("ganarium").experiment_id
    (record,) = client.search_runs([experiment])
    metrics = client.get_metric_history(record.info.run_id, "losses/discriminator")
    assert [(each.step, each.value) for each in metrics] == [
        (span["step"], span["means"]["discriminator"]) for span in map(vars, spans(run))
    ]
    assert record.info.status == "FINISHED"
    assert record.data.params["generator.latent"] == "4"
    pictures = {file.path for file in client.list_artifacts(record.info.run_id, "samples")}
    assert pictures == {f"samples/{name}.png" for name in ("data", "step-00000000", "step-00000006", "step-00000012")}
    child, _ = fork(run, 12, run.experiment.replace(train={"steps": 16}), tmp_path / "fork")
    list(fit(child))
    assert len(client.search_runs([experiment])) == 2


@pytest.mark.slow
def test_mlflow_is_asked_only_once_after_an_error(tiny, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    calls = []

    def unreachable(*_: object, metrics: object = (), params: object = ()) -> None:  # noqa: ARG001
        calls.append(params)
        if not params:
            raise mlflow.exceptions.MlflowException("connection refused")

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", unreachable)
    run = begin(tiny(*WORDS, f"observers.mlflow.uri=sqlite:///{tmp_path}/tracking.db"), tmp_path / "run")
    list(fit(run))
    said = [line.event.text for line in run.events() if line.event.kind == "finding"]
    assert len(said) == len([params for params in calls if not params]) == 1
    assert said[0].startswith("MlflowTracker.on_span raised MlflowException: connection refused")


@pytest.mark.slow
def test_trackio_gets_each_value_once_and_nothing_is_printed_to_stdout(tiny, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip("trackio")
    run = interrupted_and_resumed(tiny, tmp_path / "run", "observers.trackio.project=some-project")
    storage = sys.modules["trackio.sqlite_storage"].SQLiteStorage
    (name,) = storage.get_runs("some-project")
    assert name.startswith("run-")
    logged = storage.get_logs("some-project", name)
    assert [(each["step"], each["losses/discriminator"]) for each in logged if "losses/discriminator" in each] == [
        (span["step"], span["means"]["discriminator"]) for span in map(vars, spans(run))
    ]
    assert [each["step"] for each in logged if "pictures/generated" in each] == [0, 6, 12]
    assert capfd.readouterr().out == ""


@pytest.mark.slow
def test_a_run_keeps_its_identity_when_it_moves_and_a_run_that_replaces_it_has_another(tiny, tmp_path):
    run = begin(tiny(*WORDS), tmp_path / "a 'run'")
    list(fit(run))
    child, _ = fork(run, 12, run.experiment.replace(train={"steps": 16}), tmp_path / "fork")
    moved = Run.open(run.path.rename(tmp_path / "moved"))
    list(fit(continued(moved, steps=16)))
    assert identity_of(Run.open(moved.path)) == identity_of(run)
    assert re.fullmatch("a-run-[0-9a-f]{12}", identity_of(run))
    again = begin(tiny(*WORDS), moved.path, overwrite=True)
    assert len({identity_of(each) for each in (run, child, again)}) == 3


def spans(run: Run):
    return [line.event for line in run.events() if line.event.kind == "span"]


def test_means_are_grouped_by_what_they_tell():
    names = {"discriminator.r1": "losses/discriminator.r1", "judged.real": "D/real", "gradient.x": "gradients/x"}
    assert {name: tag(name) for name in names} == names
