"""Training of a run in one process: advance to the next boundary, then log and save."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import isfinite
from time import monotonic
from typing import NoReturn

import torch
from torch import Tensor

from ganarium.config.overrides import plain
from ganarium.core.errors import DivergedError, GanariumError, brief
from ganarium.core.escape import command
from ganarium.core.interrupts import interruptible
from ganarium.data.datasets import Source
from ganarium.plotting.images import png
from ganarium.runs.checkpoint import Checkpoint, Progress, below
from ganarium.runs.directory import Run
from ganarium.runs.events import Checkpointed, Event, Line, Resumed, Sample, Scored, Span, Stopped, stop_reason
from ganarium.runs.verified_checkpoint import naming
from ganarium.training.attached_observer import AttachedObserver
from ganarium.training.build import assemble, update_rule
from ganarium.training.data_findings import findings_in
from ganarium.training.device import device_of
from ganarium.training.engine import Engine, Means
from ganarium.training.event_writer import EventWriter
from ganarium.training.grids import picture_of_data, picture_of_samples
from ganarium.training.measurements import gradient_norms, histogram, layers, lead, logits_are_finite
from ganarium.training.observers import Boundaries, is_due
from ganarium.training.plane_recorder import PlaneRecorder
from ganarium.training.resumption import already_complete, notes_on_resumption
from ganarium.training.sampler import Sampler
from ganarium.training.state import TrainingState
from ganarium.training.steering import Steering
from ganarium.training.translator import Translations

CHUNK_SECONDS = 0.5  # approximate delay before a request to stop is noticed
SAVING = ("pause", "save")  # requests that write a checkpoint
BEFORE_START = -1  # the step of `Resumed` if the run was killed before its first checkpoint


class Session:
    """Training of a run in one process, from a checkpoint or from the start.

    Measurements of a step are written immediately, since they cannot be repeated. Sample grids and observations can be
    repeated: if they are interrupted, the checkpoint records this, and the resumed run adds those missing from its log.
    """

    def __init__(
        self,
        run: Run,
        observers: Sequence[AttachedObserver],
        source: Source,
        checkpoint: Checkpoint | None,
        damaged: Sequence[str],
        steering: Steering,
    ) -> None:
        self.run, self.observers, self.experiment = run, observers, run.experiment
        self.steering = steering
        self.source, self.resumed_from, self.damaged = source, checkpoint, damaged
        device = torch.device(device_of(self.experiment.engine))
        tensors = {} if checkpoint is None else {k: t.to(device) for k, t in checkpoint.tensors.items()}
        prepared, run.prepared = run.prepared, None
        with naming(run):
            state = (
                prepared
                if isinstance(prepared, TrainingState) and not checkpoint
                else assemble(self.experiment, source, device, tensors or None)
            )
        start = checkpoint.progress.step if checkpoint else 0
        self.engine = Engine(self.experiment, state, update_rule(self.experiment), start)
        if checkpoint:
            self.engine.means = Means.restored(below(tensors, "means/"), checkpoint.progress.span_steps)
        self.plane = PlaneRecorder(run, source, state.game, [*state.remedies.values()])
        self.writer = EventWriter(run, checkpoint.progress.seconds if checkpoint else 0.0)
        self.settled = checkpoint is None or checkpoint.progress.settled
        self._saved = (start, self.settled) if checkpoint else None  # step and `settled` of the newest checkpoint
        self._saved_at = monotonic()
        self._within_step = False
        self._stopped = True  # whether nothing has been written since the run stopped
        self._pending: deque[Event] = deque()  # measured, but not yet written
        self._written: list[Event] = []  # events already written at this step before the run was resumed

    @property
    def step(self) -> int:
        return self.engine.step

    @property
    def done(self) -> bool:
        """Return whether all steps are complete or the time limit is reached."""
        train = self.experiment.train
        all_steps = train.steps is not None and self.step >= train.steps
        return all_steps or (train.seconds is not None and self.writer.seconds >= train.seconds)

    def train(self, should_stop: Callable[[], bool]) -> Iterator[Line | float]:
        """Train to the end, or until `should_stop` returns True or a request ends the training.

        Yields the lines of the log and, whenever another thread may compute, the seconds to wait until then.
        """
        done, lines = self.done, self.run.events()
        if done and self.settled and stop_reason(lines) != "interrupted":
            yield from self._finish_log(lines)
            return
        with interruptible():
            failures = [event for observer in self.observers for event in observer.start(self.step)]
        yield from self._open()
        yield from self._write(*failures)
        if not self.settled:
            self._written = [line.event for line in lines if line.event.step == self.step and line.event.step_bound]
            yield from self._at_boundary(may_save=not done)
        boundaries, chunk = self._boundaries(), 1
        self.steering.restore(lines, self.step)
        while not done:
            yield from self._steer(should_stop)
            if should_stop() or self.steering.stopped:
                yield from self._checkpoint()
                yield from self._stop("interrupted")
                return
            began = monotonic()
            ahead = min(
                boundaries.next_after(self.step) - self.step, chunk, self.steering.most_steps(self.step) or chunk
            )
            done = self._advance(ahead)
            chunk = max(1, round(ahead * min(2.0, CHUNK_SECONDS / max(1e-6, monotonic() - began))))
            self.steering.count(ahead, began)
            yield 0.0
            yield from self._at_boundary(may_save=not done)
        yield from self._end()

    def rescue(self, error: BaseException) -> None:
        """Save the run after an exception if possible; of the observers, which may have raised it, call only `end`."""
        stopped = Stopped(self.step, "interrupted", note=brief(error) if isinstance(error, Exception) else "")
        if self._within_step or self._stopped:
            self._end_observers(stopped)
            return
        with suppress(GanariumError):
            while self._pending:
                self.writer.write(self._pending.popleft())
            if self._saved:
                self._save()
            try:
                for event in self._end_observers(stopped):
                    self.writer.write(event)
            finally:
                self.writer.write(stopped)

    def _steer(self, should_stop: Callable[[], bool]) -> Iterator[Line | float]:
        """Carry out requests, and wait until the next step is due; the training clock stands still meanwhile."""
        while not should_stop():
            for answer in self.steering.answers(self.step):
                if self.experiment is not self.run.experiment:
                    self.experiment = self.run.experiment
                    self.engine.follow(self.experiment)
                if not answer.note and answer.action in SAVING:
                    yield from self._checkpoint()
                for line in self._write(answer):
                    self.steering.receive(line)
                    yield line
            seconds = self.steering.seconds_to_wait()
            if not seconds or self.steering.stopped:
                return
            with self.writer.standing_still():
                yield seconds

    def _boundaries(self) -> Boundaries:
        record, intervals = self.experiment.record, [observer.every for observer in self.observers]
        return Boundaries(
            [record.log_every, record.sample_every, record.keep_every, *intervals], self.experiment.train.steps
        )

    def _advance(self, steps: int) -> bool:
        """Run the given number of steps; return whether the run is complete."""
        self._within_step = True
        self.engine.advance(steps)
        done = self.done
        if self.step % self.experiment.record.log_every == 0:
            self._measure()
            self.engine.means = Means()
        elif done:  # keep the means of the interval, in case the run continues with more steps
            self._measure()
        self._within_step = self._stopped = self.settled = False
        self._written = []
        return done

    def _finish_log(self, lines: Sequence[Line]) -> Iterator[Line]:
        """Log that a complete run has finished; raise `UsageError` if this was already logged."""
        if stop_reason(lines):
            raise already_complete(self.run, self.step)
        yield from self._write(Stopped(self.step, "finished"))

    def _open(self) -> Iterator[Line]:
        """Log the start or the resumption, example data, findings about the data, and the first samples."""
        self.run.set_aside_after(self.step)
        if self.resumed_from or self.writer.seq:
            is_new = not self.writer.seq
            notes = "; ".join(notes_on_resumption(self.run, self.step, self.damaged, is_new=is_new))
            yield from self._write(Resumed(self.step if self.resumed_from else BEFORE_START, note=notes))
        if not self.resumed_from or not self._data_shown():  # a new fork already has a checkpoint
            data = self.run.save_sample("data", png(picture_of_data(self.source)))
            yield from self._write(Sample(0, "data", data), *findings_in(self.source))
        if not self.resumed_from:
            yield from self._sample()
            yield from self._checkpoint()

    def _data_shown(self) -> bool:
        return any(isinstance(line.event, Sample) and line.event.what == "data" for line in self.run.events())

    def _at_boundary(self, *, may_save: bool) -> Iterator[Line]:
        record = self.experiment.record
        yield from self._write()
        if record.sample_every and self.step % record.sample_every == 0:
            yield from self._sample()
        scored = any(isinstance(event, Scored) for event in self._written)
        for line in self._observe([observer for observer in self.observers if is_due(observer.every, self.step)]):
            scored = scored or isinstance(line.event, Scored)
            yield line
        if not may_save:
            return
        self.settled = True
        kept = record.keep_every and self.step % record.keep_every == 0
        kept = kept or (scored and self.run.best_step() == self.step)
        if kept or monotonic() - self._saved_at >= record.checkpoint_seconds:
            yield from self._checkpoint()

    def _end(self) -> Iterator[Line]:
        record = self.experiment.record
        if not (record.sample_every and self.step % record.sample_every == 0):
            yield from self._sample()
        yield from self._observe([observer for observer in self.observers if not is_due(observer.every, self.step)])
        self.settled = True
        yield from self._checkpoint()
        yield from self._stop("finished")

    def _stop(self, reason: str, note: str = "") -> Iterator[Line]:
        """Log the end of training, after calling the observers, whose errors are logged before it."""
        yield from self._write()
        stopped = Stopped(self.step, reason, note)
        yield from self._write(*self._end_observers(stopped), stopped)

    def _end_observers(self, stopped: Stopped) -> list[Event]:
        return [event for observer in self.observers for event in observer.end(stopped)]

    def _measure(self) -> None:
        """Measure the last step and queue the resulting events."""
        means = self._check_finite(self.engine.means.read() | gradient_norms(self.engine))
        if not logits_are_finite(self.engine):  # some losses are finite although logits are infinite
            self._stop_as_diverged(["logits of the discriminator"])
        self._pending += [Span(self.step, means | lead(self.engine)), histogram(self.engine)]
        measured = layers(self.engine)
        self._check_finite({**measured.gradients, **measured.moves})
        self._pending.append(measured)

    def _sample(self) -> Iterator[Line]:
        sampler = self._sampler()
        picture = png(picture_of_samples(sampler, self.source))
        self.plane.record(sampler)
        yield from self._write(Sample(self.step, "generated", self.run.save_sample(f"step-{self.step:08d}", picture)))

    def _observe(self, observers: Sequence[AttachedObserver]) -> Iterator[Line]:
        if not observers:
            return
        sampler = self._sampler()
        for observer in observers:
            with interruptible():
                events = iter(observer.observe(self.step, sampler))
            while True:
                with interruptible():
                    event = next(events, None)
                if event is None:
                    break
                yield from self._write(event)

    def _save(self) -> str:
        """Write a checkpoint of this step unless it exists; return its path within the run, or an empty string."""
        means = self.engine.means
        self._check_finite(means.read())
        file = ""
        if self._saved != (self.step, self.settled):
            tensors = self._finite_tensors()
            writer = self.writer
            progress = Progress(self.step, writer.seconds, writer.seq, writer.phase, means.steps, self.settled)
            sums = {f"means/{name}": total for name, total in means.state().items()}
            file = self.run.save_checkpoint(Checkpoint(progress, tensors | sums, plain(self.experiment)))
            self._saved = (self.step, self.settled)
        self._saved_at = monotonic()
        return file

    def _checkpoint(self) -> Iterator[Line]:
        if file := self._save():
            yield from self._write(Checkpointed(self.step, file))

    def _write(self, *events: Event) -> Iterator[Line]:
        """Write the pending events and `events`, except those already written before the run was resumed."""
        self._pending += [event for event in events if event not in self._written]
        while self._pending:
            line = self.writer.write(self._pending[0])
            self._pending.popleft()
            self._stopped = isinstance(line.event, Stopped)
            for observer in self.observers:
                self._pending += observer.receive(line)
            yield line

    def _sampler(self) -> Sampler | Translations:
        provenance = self.run.provenance
        if self.experiment.game.translates:
            return Translations(self.experiment, provenance.shape, self._finite_tensors(), self.step)
        return Sampler(
            self.experiment,
            provenance.shape,
            provenance.classes,
            self._finite_tensors(),
            self.step,
            provenance.untrained,
        )

    def _check_finite(self, means: dict[str, float]) -> dict[str, float]:
        """Return the means; end the run as diverged if any value is not finite."""
        broken = [name for name, value in means.items() if not isfinite(value)]
        if broken:
            self._stop_as_diverged([name for name in broken if "." in name and not name.startswith("judged")] or broken)
        return means

    def _finite_tensors(self) -> dict[str, Tensor]:
        """Return the tensors of the training state; end the run as diverged if any is not finite."""
        tensors = self.engine.state.tensors()
        broken = {name.split("/")[0] for name, tensor in tensors.items() if not tensor.isfinite().all()}
        if broken:
            self._stop_as_diverged([f"weights of the {owner}" for owner in sorted(broken)])
        return tensors

    def _stop_as_diverged(self, names: list[str]) -> NoReturn:
        """End the run as diverged; its last checkpoint stays intact."""
        broken, intact = ", ".join(names), self._saved[0] if self._saved else 0
        list(self._stop("diverged", broken))
        raise DivergedError(
            f"by step {self.step}, some values are not finite ({broken}); the run is intact up to step {intact}: fork "
            "it from there with a lower optim.lr, or with remedies.gradient_clipping=true; for details: "
            f"{command('diagnose', self.run)}"
        )
