"""Facts about one run that a report needs, read from its files on first use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePath

from PIL import Image

from ganarium.core.errors import EmptySplitError, GanariumError
from ganarium.core.escape import printable
from ganarium.data.datasets import Source, Split
from ganarium.data.load import load_data
from ganarium.diagnosis.diagnose import Diagnosis, diagnose
from ganarium.evaluation.recorded_scores import StoredScores, stored_scores
from ganarium.evaluation.score import Score
from ganarium.plotting.images import load_png
from ganarium.report.document.texts import Texts
from ganarium.runs.curve_panels import events_of
from ganarium.runs.directory import EVENTS, SAMPLES, Run
from ganarium.runs.events import Line, Resumed, Sample, Scored, Stopped, count_unreadable, stop_reason
from ganarium.runs.loss_history import Losses, losses_in
from ganarium.runs.training_state import is_training
from ganarium.training.loop import data_of
from ganarium.training.sampler import Sampler, load
from ganarium.training.translator import Translations, load_translations

HELD_OUT: tuple[Split, ...] = ("validation", "test")


class RunView:
    """A run with everything that its report shows, in one language.

    scores: held-out scores that are stored outside the run, as for the runs of a study
    """

    def __init__(self, run: Run, texts: Texts, scores: StoredScores | None = None) -> None:
        self.run, self.t, self.experiment, self._scores = run, texts, run.experiment, scores
        self.name = printable(run.path.name)

    @cached_property
    def lines(self) -> Sequence[Line]:
        """Return the lines of the log, except superseded ones."""
        return self.run.events()

    @cached_property
    def unreadable_lines(self) -> int:
        """Return the number of damaged lines of the log."""
        return count_unreadable(self.run.path / EVENTS)

    @cached_property
    def step(self) -> int:
        """Return the newest step in the log."""
        return max((line.event.step for line in self.lines), default=0)

    @cached_property
    def first_step(self) -> int:
        """Return the step at which the run began, which is not 0 for a fork."""
        first = self.lines[0].event if self.lines else None
        return max(0, first.step) if isinstance(first, Resumed) else 0

    @property
    def seconds(self) -> float:
        """Return the training time."""
        return self.lines[-1].time if self.lines else 0.0

    @property
    def sessions(self) -> int:
        """Return the number of processes that trained the run."""
        return len({line.phase for line in self.lines if not isinstance(line.event, Stopped)}) or 1

    @cached_property
    def state(self) -> str:
        """Return new, running, finished, interrupted, diverged or crashed."""
        reason = stop_reason(self.lines)
        if reason in ("finished", "interrupted", "diverged"):
            return reason
        if is_training(self.run):
            return "running"
        return "crashed" if self.lines else "new"

    @cached_property
    def losses(self) -> Losses | None:
        """Return the losses of both players, if any are recorded."""
        return losses_in(self.lines, self.experiment.record.log_every)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Return the diagnosis of the log."""
        return diagnose(self.lines, self.run.provenance.classes)

    @cached_property
    def test_scores(self) -> StoredScores | None:
        """Return the newest stored scores on the test split, if there are any."""
        return self._scores or next(iter(stored_scores(self.run, "test")), None)

    @cached_property
    def validation_scores(self) -> tuple[int, list[Score]]:
        """Return the step of the newest scores computed during training, and the scores."""
        events = events_of(self.lines, Scored)
        step = events[-1].step if events else 0
        newest = [event for event in events if event.step == step]
        return step, [
            Score(one.name, one.value, one.floor, one.n, one.note, one.error, one.against, tuple(one.counts))
            for one in newest
        ]

    @cached_property
    def pictures(self) -> list[tuple[int, Image.Image]]:
        """Return the readable pictures of generated samples, by ascending step."""
        found = ((event.step, load_png(self._file(event))) for event in self._samples("generated"))
        return sorted(((step, image) for step, image in found if image), key=lambda pair: pair[0])

    @cached_property
    def lost_pictures(self) -> list[str]:
        """Return the names of recorded pictures that are missing or damaged."""
        events = [*self._samples("data"), *self._samples("generated")]
        files = dict.fromkeys(self._file(event) for event in events)
        return [printable(file.name) for file in files if load_png(file) is None]

    @cached_property
    def data_picture(self) -> Image.Image | None:
        """Return the picture of the training data, if it can be read."""
        return next((image for event in self._samples("data") if (image := load_png(self._file(event)))), None)

    @cached_property
    def data(self) -> Source | str:
        """Return the training data, or the reason why they cannot be read."""
        try:
            return data_of(self.run)
        except (GanariumError, OSError) as error:
            return str(error)

    def held_out(self, split: Split) -> int | None:
        """Return the number of samples of a held-out split; None if there is no such split."""
        try:
            return len(load_data(self.experiment.data, split)) or None
        except EmptySplitError:
            return None
        except (GanariumError, OSError):
            return None

    @cached_property
    def sampler(self) -> Sampler | Translations | str:
        """Return the trained generator, or the reason why it cannot be used."""
        try:
            return load_translations(self.run) if self.experiment.game.translates else load(self.run)
        except (GanariumError, OSError) as error:
            return str(error)

    def _samples(self, what: str) -> list[Sample]:
        chosen = [event for event in events_of(self.lines, Sample) if (event.what == "data") == (what == "data")]
        return list({event.step: event for event in chosen}.values())

    def _file(self, event: Sample) -> Path:
        return self.run.path / SAMPLES / PurePath(event.file).name
