"""Run directories and the names of the files inside.

experiment.toml    the resolved experiment, and under [provenance]: versions, commit and data
events.jsonl       the event log, one JSON object per line
checkpoints/       step-00001000.safetensors: the newest checkpoints, and those that are never deleted
samples/           data.png, step-00001000.png: grids of real and generated images
tensorboard/       the same events for TensorBoard
scores/            scores at one step: a JSON file for each split, number of samples and user-provided feature extractor
plane/             data.json, step-00001000.json: what both networks do, for points in the plane
requests/          requests to steer the training, as JSON files that the training deletes
notes.json         tags and a note for people
losses.csv         with observers.csv: the losses by step
scores.csv         with observers.csv: the scores by step
lock               locked by the process that trains the run
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout

from ganarium.config.entries import changed_parts
from ganarium.config.experiment import Experiment
from ganarium.config.observers import OBSERVERS
from ganarium.config.overrides import experiment_from, plain, read_toml, to_toml, unregistered_observers
from ganarium.config.plugins import LOADED, changed_plugins, load_installed
from ganarium.core.arguments import whole_number
from ganarium.core.atomic import PART, cannot_write, write_whole
from ganarium.core.errors import CheckpointError, InputError, RunBusyError, RunError, SettingsError, UsageError
from ganarium.core.escape import command, listed, printable, shown
from ganarium.core.outputs import ANOTHER
from ganarium.runs.events import Line, Scored, append_line, current_lines, read_lines
from ganarium.runs.file_lock import is_locked
from ganarium.runs.loss_history import Losses, losses_in
from ganarium.runs.provenance import Provenance, as_table, pop_provenance, validated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ganarium.runs.checkpoint import Checkpoint
    from ganarium.runs.history import History

EXPERIMENT, EVENTS, LOCK = "experiment.toml", "events.jsonl", "lock"
NOTES, DAMAGED_NOTES, REQUESTS = "notes.json", "notes.damaged", "requests"
LOSSES_TABLE, SCORES_TABLE = "losses.csv", "scores.csv"
PLANE, PLANE_DATA = "plane", "data.json"
CHECKPOINTS, SAMPLES, SCORES, TENSORBOARD = "checkpoints", "samples", "scores", "tensorboard"
OWN_FILES = (  # patterns of all files that any version of ganarium writes to a run
    *(
        EXPERIMENT,
        EVENTS,
        LOCK,
        NOTES,
        DAMAGED_NOTES,
        LOSSES_TABLE,
        SCORES_TABLE,
        f"{CHECKPOINTS}/step-*",
        f"{SAMPLES}/data.png",
        f"{SAMPLES}/step-*.png",
        f"{PLANE}/*.json",
    ),
    *(f"{SCORES}/*.json", f"{TENSORBOARD}/events.out.*", f"{REQUESTS}/*.json", f".*{PART}", f"*/.*{PART}"),
)
PROBE_SECONDS = 0.2  # a process that only asks whether a run is in training holds the lock for less
At = int | Literal["best"] | None  # selects a checkpoint; None for the newest


class Run:
    """A run on disk, which may be finished, in training or interrupted.

    path: the absolute path of the directory, so that changing the working directory has no effect; `str(run)` is the
        path as users type it
    prepared: the networks and batches of a new run, if this process has just built them; training uses these instead
        of building them again
    """

    def __init__(self, path: Path, experiment: Experiment, provenance: Provenance) -> None:
        self.path, self.experiment, self.provenance = path.absolute(), experiment, provenance
        self.prepared: object = None
        self._other_observers: Mapping[str, Any] = {}  # settings of observers that are not registered here

    def __str__(self) -> str:
        return shown(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def open(cls, path: Path | str) -> Run:
        """Open the run at a path."""
        path = Path(path)
        load_installed()
        if not (path / EXPERIMENT).is_file():
            raise InputError(f"{path} is not a run: it has no {EXPERIMENT}")
        values = read_toml(path / EXPERIMENT)
        provenance = pop_provenance(values)
        try:
            experiment = experiment_from(values, str(path / EXPERIMENT), recorded=True)
        except SettingsError as error:
            raise SettingsError(f"{error}{_missing_plugins(provenance)}") from None
        origin, unregistered = validated(provenance, path / EXPERIMENT), unregistered_observers(values)
        changed = (
            f"the code of {part} has changed since the run was created"
            for part in changed_parts(experiment, origin.parts)
        )
        for note in [*changed_plugins(origin.plugins), *changed, *_missing_observers(unregistered, provenance)]:
            logging.getLogger("ganarium").warning("%s: %s", path, note)
        run = cls(path, experiment, origin)
        run._other_observers = unregistered
        return run

    def create_folders(self) -> None:
        """Create the subfolders of a new run, or raise `RunError` if they cannot be written."""
        try:
            for folder in (CHECKPOINTS, SAMPLES):
                (self.path / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(cannot_write(self.path, error, ANOTHER)) from None

    def rewrite(self, experiment: Experiment, removed_observers: Collection[str] = ()) -> None:
        """Replace the experiment on disk, for example with one that has more steps.

        Observers that are not registered here stay in the file, unless they are among `removed_observers`.
        """
        gone = {*OBSERVERS, *removed_observers}
        others = {name: each for name, each in self._other_observers.items() if name not in gone}
        values = plain(experiment) | as_table(self.provenance)
        values["observers"] |= others
        write_whole(self.path / EXPERIMENT, to_toml(values).encode())
        self.experiment, self.prepared, self._other_observers = experiment, None, others

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock of the run, so that no other process can train the run.

        A second process gets `RunBusyError`. The lock of a killed process is released by the operating system.
        """
        lock = FileLock(self.path / LOCK)
        try:
            lock.acquire(timeout=PROBE_SECONDS, poll_interval=PROBE_SECONDS / 10)
            for part in self.path.rglob(f"*{PART}"):
                part.unlink()
        except Timeout:
            raise RunBusyError(
                f"{self} is being trained by another process; wait for that process to finish, or stop it"
            ) from None
        except OSError as error:
            lock.release()
            raise RunError(cannot_write(self.path, error)) from None
        try:
            yield
        finally:
            lock.release()

    def is_in_training(self) -> bool:
        """Return whether a process holds the lock of the run."""
        return is_locked(self.path / LOCK)

    def events(self) -> list[Line]:
        """Return the lines of the log, except superseded lines."""
        return current_lines(read_lines(self.path / EVENTS))

    def losses(self) -> Losses | None:
        """Return the losses of both players (final, mean and curve) from the log, or None if none are logged yet."""
        return losses_in(self.events(), self.experiment.record.log_every)

    def history(self) -> History:
        """Return the losses and the other means of each interval of `record.log_every` steps, from the log.

        The columns are NumPy arrays: "step", "seconds", "discriminator", "generator", and all other logged means, such
        as "discriminator.objective". A fork has only its own steps.
        """
        from ganarium.runs.history import History, loss_rows

        return History(loss_rows(self.events(), self.experiment.record.log_every))

    def score_history(self) -> History:
        """Return the scores computed during training, from the log, with one column for each score."""
        from ganarium.runs.history import History, score_rows

        return History(score_rows(self.events()))

    def plot(self, *what: str) -> Figure:
        """Plot losses, lead, scores, findings and the newest samples, of a running, finished or crashed run.

        what: panels to draw instead, without findings and samples: "losses", "scores", "histograms", "gradients"

        Returns a `matplotlib.figure.Figure`; `run.plot().savefig("run.png")` saves it.
        """
        from ganarium.runs.views import curves_of, figure_of

        return curves_of(self, what) if what else figure_of(self)

    def _repr_html_(self) -> str:
        from ganarium.runs.views import html_of

        return html_of(self)

    def _repr_png_(self) -> bytes:
        from ganarium.runs.views import figure_png

        return figure_png(self)

    def append(self, line: Line) -> None:
        """Append a line to the log."""
        append_line(self.path / EVENTS, line)

    def next_line(self) -> tuple[int, int]:
        """Return `seq` and `phase` of the first log line of a new phase."""
        lines = list(read_lines(self.path / EVENTS))
        return (lines[-1].seq + 1, lines[-1].phase + 1) if lines else (0, 0)

    def save_sample(self, name: str, picture: bytes) -> str:
        """Write a PNG image and return the path relative to the run directory."""
        file = f"{SAMPLES}/{name}.png"
        write_whole(self.path / file, picture)
        return file

    def save_scores(self, name: str, values: Mapping[str, Any]) -> None:
        """Write scores together with their dependencies, such as hashes of the data."""
        try:
            (self.path / SCORES).mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(cannot_write(self.path, error)) from None
        write_whole(self.path / SCORES / f"{name}.json", (json.dumps(values, indent=1) + "\n").encode())

    def scores(self, name: str) -> dict[str, Any] | None:
        """Read the scores that `save_scores` wrote under a name; return None if the file is missing or invalid.

        Older versions wrote only a list of scores, without their dependencies.
        """
        try:
            found = json.loads((self.path / SCORES / f"{name}.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        values = {"scores": found} if isinstance(found, list) else found
        scores = values.get("scores") if isinstance(values, dict) else None
        sound = isinstance(scores, list) and all(isinstance(one, dict) for one in scores)
        return values if sound else None

    def score_names(self) -> list[str]:
        """Return the names under which scores are stored, sorted."""
        return sorted(path.stem for path in (self.path / SCORES).glob("*.json"))

    @property
    def tensorboard(self) -> Path:
        """Return the folder for TensorBoard."""
        return self.path / TENSORBOARD

    def save_checkpoint(self, checkpoint: Checkpoint) -> str:
        """Write a checkpoint, delete outdated checkpoints, and return the new path relative to the run directory."""
        from ganarium.runs.checkpoint import write

        path = self._checkpoint(checkpoint.progress.step)
        write(path, checkpoint)
        record, best = self.experiment.record, self.best_step()
        for step in self.checkpoint_steps()[: -record.keep_last]:
            if step != best and not (record.keep_every and step % record.keep_every == 0):
                self._checkpoint(step).unlink(missing_ok=True)
        return f"{CHECKPOINTS}/{path.name}"

    def checkpoint_steps(self) -> list[int]:
        """Return the steps that have a checkpoint, ascending."""
        stems = (path.stem.removeprefix("step-") for path in (self.path / CHECKPOINTS).glob("step-*.safetensors"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def best_step(self) -> int | None:
        """Return the step with the lowest value of the first recorded score, or None without recorded scores.

        If the validation data changed while the run was stopped, only scores against the newest data count.
        """
        scored = [line.event for line in self.events() if isinstance(line.event, Scored)]
        leading = [event for event in scored if (event.name, event.against) == (scored[0].name, scored[-1].against)]
        return min(leading, key=lambda event: event.value).step if leading else None

    def checkpoint(self, at: At = None) -> tuple[Checkpoint, list[str]]:
        """Return the newest intact checkpoint (at or before a step, or the best), and messages about damaged files.

        Raises `CheckpointError` if no checkpoint is intact, `UsageError` for "best" if the run was never scored.
        """
        from ganarium.runs.checkpoint import read

        if isinstance(at, str) and at != "best":
            raise UsageError(f"at={at!r}: must be a step, 'best', or None for the newest checkpoint")
        if at == "best":
            at = self.best_step()
            if at is None:
                raise UsageError(
                    f"{self} was not scored during training, so there is no best checkpoint; "
                    "train with record.evaluate_every=1000"
                )
        at = None if at is None else whole_number("at", at, 0)
        steps = [step for step in self.checkpoint_steps() if at is None or step <= at]
        damaged: list[str] = []
        for step in reversed(steps):
            try:
                return read(self._checkpoint(step)), damaged
            except CheckpointError as error:
                damaged.append(str(error))
        if damaged:
            again = command("train", self.path / EXPERIMENT)
            raise CheckpointError(f"{damaged[0]}; there is no intact checkpoint before it; to train again: {again}")
        where = "" if at is None else f" at or before step {at}; available steps: {self.checkpoint_steps() or 'none'}"
        raise CheckpointError(f"{self} has no checkpoint{where}")

    def set_aside_after(self, step: int) -> None:
        """Rename checkpoints of later steps to *.damaged, so that they are ignored."""
        for later in (later for later in self.checkpoint_steps() if later > step):
            path = self._checkpoint(later)
            path.replace(path.with_suffix(".damaged"))

    def _checkpoint(self, step: int) -> Path:
        return self.path / CHECKPOINTS / f"step-{step:08d}.safetensors"


def _missing_observers(names: Iterable[str], provenance: Any) -> Iterator[str]:
    """Yield one sentence for each observer of a run that is not registered here."""
    for name in sorted(names):
        yield f"observers.{name} is not registered here, so it does not observe{_missing_plugins(provenance)}"


def _missing_plugins(provenance: Any) -> str:
    """Return the hint to load the plug-ins with which a run was created, if any of them is not loaded.

    provenance: the table of the run, which may be invalid
    """
    recorded = provenance.get("plugins") if isinstance(provenance, Mapping) else None
    named = map(printable, map(str, recorded)) if isinstance(recorded, list) else ()
    missing = [plugin for plugin in named if plugin not in map(str, LOADED.values())]
    if not missing:
        return ""
    return f"; the run was created with the plug-in {listed(missing)}: load it with --plugin FILE or load_plugin(FILE)"
