"""Observers that write the losses, scores and sample grids of a run to CSV files and experiment trackers.

A resumed run continues the record of its earlier sessions, and no value is recorded twice.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from contextvars import copy_context
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import time
from typing import Any, final

from ganarium.config.experiment import Experiment
from ganarium.config.observers import CsvTablesConfig, MlflowConfig, TrackioConfig
from ganarium.config.overrides import flatten, plain
from ganarium.core.errors import SettingsError, brief
from ganarium.runs.csv_tables import CsvTables
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Sample, Scored, Span, Stopped
from ganarium.training.observers import Observer

MOST_PARAMETERS = 100  # per request to MLflow
Key = tuple[type[Event], int, str]
STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "diverged": "FAILED"}


@final
class CsvTracker(Observer):
    """Tables of losses and scores in the run directory, rewritten from the log when a run resumes."""

    def __init__(self, settings: CsvTablesConfig) -> None: ...

    def on_start(self, run: Run, step: int) -> None:
        """Write the tables up to the step from which the run continues."""
        self._tables = CsvTables(run)
        self._tables.rewrite(step)

    def on_line(self, line: Line) -> None:
        """Add a row."""
        self._tables.append(line)


@final
class TrackioTracker(Observer):
    """Record of a run in a Trackio project, on this machine or in a Hugging Face Space."""

    def __init__(self, settings: TrackioConfig) -> None:
        self._settings, self._trackio = settings, _package("trackio")
        self._known: set[Key] = set()
        self._record: Any = None

    def on_start(self, run: Run, step: int) -> None:  # noqa: ARG002
        """Create the record, or continue the record of a resumed run."""
        self._known = _keys(run)
        with redirect_stdout(sys.stderr):
            self._record = copy_context().run(  # a record that the user opened remains the current one
                self._trackio.init,
                self._settings.project,
                name=identity_of(run),
                space_id=self._settings.space or None,
                config=dict(_settings_in(run.experiment)),
                resume="allow" if run.events() else "never",
                embed=False,
                auto_log_cpu=False,
                auto_log_gpu=False,
            )

    def on_span(self, span: Span) -> None:
        """Log the means."""
        self._log(span, {tag(name): value for name, value in span.means.items()})

    def on_score(self, score: Scored) -> None:
        """Log a score."""
        self._log(score, {f"scores/{score.name}": score.value})

    def on_sample(self, sample: Sample, path: Path) -> None:
        """Log a sample grid."""
        self._log(sample, {f"pictures/{sample.what}": self._trackio.Image(path)})

    def on_end(self, end: Stopped) -> None:  # noqa: ARG002
        """Send what has not been sent yet."""
        if self._record is not None:
            with redirect_stdout(sys.stderr):
                self._record.finish()

    def _log(self, event: Event, values: dict[str, Any]) -> None:
        if self._record is not None and _key(event) not in self._known:
            self._record.log(values, step=event.step)


@final
class MlflowTracker(Observer):
    """Record of a run in an MLflow experiment.

    After an error, nothing more is sent until the run is resumed: each attempt to reach a server may take minutes.
    """

    def __init__(self, settings: MlflowConfig) -> None:
        self._settings, self._mlflow = settings, _package("mlflow")
        self._known: set[Key] = set()
        self._record = ""

    def on_start(self, run: Run, step: int) -> None:  # noqa: ARG002
        """Create the record, or continue the record of a resumed run."""
        self._known = _keys(run)
        self._client = self._mlflow.MlflowClient(self._settings.uri or None)
        experiment = self._experiment(self._settings.experiment)
        known = self._records(experiment, identity_of(run)) if run.events() else []
        if known:
            self._record = known[0].info.run_id
            self._client.update_run(self._record, status="RUNNING")
            return
        tags = {"ganarium.id": identity_of(run), "ganarium.path": str(run.path)}
        self._record = self._client.create_run(experiment, run_name=run.path.name, tags=tags).info.run_id
        parameters = [self._mlflow.entities.Param(name, str(value)) for name, value in _settings_in(run.experiment)]
        for first in range(0, len(parameters), MOST_PARAMETERS):
            self._client.log_batch(self._record, params=parameters[first : first + MOST_PARAMETERS])

    def on_span(self, span: Span) -> None:
        """Log the means."""
        self._log(span, {tag(name): value for name, value in span.means.items()})

    def on_score(self, score: Scored) -> None:
        """Log a score."""
        self._log(score, {f"scores/{score.name}": score.value})

    def on_sample(self, sample: Sample, path: Path) -> None:  # noqa: ARG002
        """Upload a sample grid."""
        self._send("log_artifact", str(path), "samples")

    def on_finding(self, finding: Finding) -> None:
        """Set a tag."""
        self._send("set_tag", f"finding.{finding.name}", finding.text)

    def on_end(self, end: Stopped) -> None:
        """Set the status of the record."""
        self._send("set_terminated", STATUS.get(end.reason, "FINISHED"))

    def _log(self, event: Event, values: dict[str, float]) -> None:
        if _key(event) not in self._known:
            now = int(time() * 1000)
            self._send("log_batch", [self._mlflow.entities.Metric(*each, now, event.step) for each in values.items()])

    def _send(self, request: str, *arguments: object) -> None:
        """Call a method of the client for the record, if there is one."""
        record, self._record = self._record, ""
        if record:
            getattr(self._client, request)(record, *arguments)
            self._record = record

    def _experiment(self, name: str) -> str:
        """Return the identifier of an experiment, which another process may be creating at the same time."""
        with suppress(self._mlflow.exceptions.MlflowException):
            return str(self._client.create_experiment(name))
        return str(self._client.get_experiment_by_name(name).experiment_id)

    def _records(self, experiment: str, identity: str) -> list[Any]:
        """Return the records of a run, the newest first."""
        chosen = f"tags.`ganarium.id` = '{identity}'"
        return list(self._client.search_runs([experiment], chosen, order_by=["attributes.start_time DESC"]))


def tag(name: str) -> str:
    """Return the name `group/name` of a mean; experiment trackers group by the part before the slash."""
    group = {"judged": "D", "gradient": "gradients"}.get(name.split(".")[0], "losses")
    return f"{group}/{name.removeprefix('judged.').removeprefix('gradient.')}"


def _package(name: str) -> Any:
    """Import an optional package. Raises `SettingsError` with the command that installs it."""
    try:
        return import_module(name)
    except ImportError:
        raise SettingsError(
            f"observers.{name} needs the package {name}: pip install 'ganarium[{name}]', or leave it out with "
            f"observers.{name}=false"
        ) from None
    except Exception as error:  # third-party code may raise anything
        raise SettingsError(f"observers.{name}: importing the package {name} failed: {brief(error)}") from error


def _keys(run: Run) -> set[Key]:
    """Return the keys of the events in the log of a run that is about to resume, which are recorded already."""
    return {_key(line.event) for line in run.events()}


def _key(event: Event) -> Key:
    """Return what distinguishes an event from other events of the run, even if the run repeats the step."""
    return type(event), event.step, str(getattr(event, "name", ""))


def identity_of(run: Run) -> str:
    """Return the identity of a run, which it keeps when it is moved; older runs are identified by their path."""
    return run.provenance.identity or sha256(os.fsencode(run.path)).hexdigest()[:16]


def _settings_in(experiment: Experiment) -> Iterator[tuple[str, Any]]:
    return flatten(plain(experiment))
