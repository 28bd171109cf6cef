"""The loop: advance to the next boundary, say what happened."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import isfinite
from time import monotonic
from typing import Any, NoReturn, Protocol

import torch
from torch import Tensor

from ganarium.core.errors import DivergedError, InputError, RunError, UsageError
from ganarium.core.settings.own import PLACES
from ganarium.core.text import listed
from ganarium.core.words import changes, experiment_from, plain
from ganarium.data.classes import MOST_NAMED
from ganarium.data.sets import Source
from ganarium.draw.pictures import png
from ganarium.runs.checkpoint import Checkpoint, Progress, below
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Checkpointed, Event, Line, Resumed, Sample, Scored, Span, Stopped, ended
from ganarium.training.assemble import assemble, load_data, update_rule
from ganarium.training.engine import Engine, Means
from ganarium.training.findings import findings_in
from ganarium.training.gallery import picture_of_data, picture_of_samples
from ganarium.training.journal import Journal
from ganarium.training.machine import resolve, threads
from ganarium.training.probes import gradient_norms, histogram, layers, lead
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations
from ganarium.training.visits import Boundaries, Visits, is_due

CHUNK_SECONDS = 0.5  # how soon a request to stop is heard
FREE = ("train.steps", "train.seconds", *(f"data.{place}" for place in PLACES))  # of what a hash guards, the place
BEFORE_BIRTH = -1  # the step from which a run goes on that was killed before its first checkpoint


class Observer(Protocol):
    """Somebody who watches a run; draws from no training stream.

    every: steps between visits, 0 for one at the end alone; or `MoreAtFirst`
    """

    @property
    def every(self) -> Visits:
        """When it visits; a plain attribute will do."""

    def receive(self, line: Line) -> None:
        """Every line of the log, as it is written."""

    def visit(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """A look at the generator, or at translators; what it returns is written into the log."""


def never() -> bool:
    """Nobody asks the run to stop."""
    return False


def fit(run: Run, observers: Sequence[Observer] = (), asked_to_stop: Callable[[], bool] = never) -> Generator[Line]:
    """Train a run from its newest checkpoint, or from the start, to its end; yield each line of its log.

    Raises `DivergedError` when a loss is not finite, `RunBusyError` when another process trains the run.
    """
    with run.held(), threads(run.experiment.engine.threads):
        sitting = _Sitting(run, observers)
        if sitting.done:
            yield from sitting.conclude()
        else:
            yield from sitting.open()
            yield from sitting.train(asked_to_stop)


def data_of(run: Run) -> Source:
    """Load a run's training data. Raises `InputError` when they are gone, `RunError` when they have changed."""
    data, made = run.experiment.data, max(run.checkpoint_steps(), default=0)
    try:
        source = load_data(data)
    except InputError as error:
        if not made:
            raise
        raise InputError(f"{error}; if the data moved, write their new place into {run.path}/{EXPERIMENT}") from None
    if run.experiment.game.labelled and source.classes != run.birth.classes:
        known = set(source.classes) <= set(run.birth.classes)
        raise RunError(
            f"{run.path}: its data now name their classes {listed(source.classes, MOST_NAMED)}; they were "
            f"{listed(run.birth.classes, MOST_NAMED)} when the run began: name them as they were"
            + (f", or continue with fewer or reordered ones: ganarium fork {run.path} --at {made}" if known else "")
        )
    if source.hash != run.birth.data_hash:
        place = getattr(data, "place", None)
        old = (
            f"put the old ones back into {place}"
            if place
            else f"data={data.kind} came out otherwise in ganarium {run.birth.ganarium}: use that version"
        )
        raise RunError(
            f"{run.path}: its data are not those it was born with: {old}, or go on with the new ones: "
            f"ganarium fork {run.path} --at {made}"
        )
    return source


def refuse_changes(run: Run, born_with: Mapping[str, Any]) -> None:
    """Raise `RunError` when settings of a run were changed since its checkpoint, but length and place."""
    changed = changes(plain(experiment_from(born_with, recorded=True)), plain(run.experiment))
    named = [f"{key} was {old}, is {new}" for key, (old, new) in changed.items() if key not in FREE]
    if named:
        raise RunError(f"{run.path}: {'; '.join(named)}: a resumed run changes nothing but its length; fork it instead")


class _Sitting:
    """One process's part in a run."""

    def __init__(self, run: Run, observers: Sequence[Observer]) -> None:
        self.run, self.observers, self.experiment = run, observers, run.experiment
        self.found: Checkpoint | None = None
        self.damaged: list[str] = []
        if run.checkpoint_steps():
            self.found, self.damaged = run.checkpoint()
            refuse_changes(run, self.found.settings)
        elif run.birth.parent:
            raise RunError(f"{run.path} never took over its parent's weights; fork {run.birth.parent} again")

        device = torch.device(resolve(self.experiment.engine).device)
        tensors = {} if self.found is None else {k: t.to(device) for k, t in self.found.tensors.items()}
        self.source = data_of(run)
        match = assemble(self.experiment, self.source, device, tensors or None)
        start = self.found.progress.step if self.found else 0
        self.engine = Engine(self.experiment, match, update_rule(self.experiment), start)
        if self.found:
            self.engine.means = Means.restored(below(tensors, "means/"), self.found.progress.span_steps)
        self.journal = Journal(run, self.found.progress.seconds if self.found else 0.0)
        self.saved_step, self.saved_at = start, monotonic()

    @property
    def step(self) -> int:
        return self.engine.step

    @property
    def done(self) -> bool:
        """Whether all steps are made, or all time is used."""
        train = self.experiment.train
        made_all = train.steps is not None and self.step >= train.steps
        return made_all or (train.seconds is not None and self.journal.seconds >= train.seconds)

    def conclude(self) -> Iterator[Line]:
        """Say that a run is finished which was killed before it could; refuse one that has said so."""
        lines = self.run.events()
        if ended(lines):
            steps, seconds = self.experiment.train.steps, self.experiment.train.seconds
            spent = f"{steps:,} steps" if steps and self.step >= steps else f"{seconds:g} seconds"
            raise UsageError(f"{self.run.path} has had its {spent}: give it more, as --steps {2 * self.step or 1000}")
        yield from self._say(Stopped(self.step, "finished"))

    def open(self) -> Iterator[Line]:
        """Say where the run stands."""
        self.run.set_aside_after(self.step)
        if self.found or self.journal.seq:
            yield from self._say(Resumed(self.step if self.found else BEFORE_BIRTH, note="; ".join(self._notes())))
        if not self.found or not self._data_shown():  # a fork has a checkpoint from the start
            data = self.run.save_sample("data", png(picture_of_data(self.source)))
            yield from self._say(Sample(0, "data", data))
            for finding in findings_in(self.source):
                yield from self._say(finding)
        if not self.found:
            yield from self._sample()
            yield from self._checkpoint()

    def _data_shown(self) -> bool:
        return any(isinstance(line.event, Sample) and line.event.what == "data" for line in self.run.events())

    def _notes(self) -> Iterator[str]:
        """What somebody should know who reads that the run went on."""
        yield from self.damaged
        born = self.run.birth
        if born.parent and not self.journal.seq:
            yield f"forked from {born.parent}"
        if born.torch != torch.__version__:
            yield f"born with torch {born.torch}, going on with {torch.__version__}: not bit for bit"

    def train(self, asked_to_stop: Callable[[], bool]) -> Iterator[Line]:
        """Go on to the end, or until asked to stop."""
        record, train = self.experiment.record, self.experiment.train
        visits = [observer.every for observer in self.observers]
        boundaries = Boundaries([record.every, record.samples, record.keep_every, *visits], train.steps)
        chunk, done = 1, self.done
        while not done:
            if asked_to_stop():
                yield from self._checkpoint()
                yield from self._say(Stopped(self.step, "interrupted"))
                return
            began = monotonic()
            ahead = min(boundaries.next_after(self.step) - self.step, chunk)
            self.engine.advance(ahead)
            chunk = max(1, round(ahead * min(2.0, CHUNK_SECONDS / max(1e-6, monotonic() - began))))
            done = self.done
            yield from self._at_boundary(may_save=not done)
        yield from self._end()

    def _at_boundary(self, *, may_save: bool) -> Iterator[Line]:
        record = self.experiment.record
        if self.step % record.every == 0:
            yield from self._span()
            self.engine.means = Means()
        if record.samples and self.step % record.samples == 0:
            yield from self._sample()
        scored = False
        for line in self._visits([observer for observer in self.observers if self._is_due(observer)]):
            scored = scored or isinstance(line.event, Scored)
            yield line
        kept = record.keep_every and self.step % record.keep_every == 0
        kept = kept or (scored and self.run.best_step() == self.step)
        if may_save and (kept or monotonic() - self.saved_at >= record.checkpoint_seconds):
            yield from self._checkpoint()

    def _end(self) -> Iterator[Line]:
        record = self.experiment.record
        if self.engine.means.steps:  # the span stays open, for a run that is given more steps
            yield from self._span()
        if not (record.samples and self.step % record.samples == 0):
            yield from self._sample()
        yield from self._visits([observer for observer in self.observers if not self._is_due(observer)])
        yield from self._checkpoint()
        yield from self._say(Stopped(self.step, "finished"))

    def _span(self) -> Iterator[Line]:
        means = self._finite(self.engine.means.read() | gradient_norms(self.engine))
        yield from self._say(Span(self.step, means | lead(self.engine)))
        yield from self._say(histogram(self.engine))
        measured = layers(self.engine)
        self._finite({**measured.gradients, **measured.moves})
        yield from self._say(measured)

    def _sample(self) -> Iterator[Line]:
        picture = png(picture_of_samples(self._sampler(), self.source))
        yield from self._say(Sample(self.step, "generated", self.run.save_sample(f"step-{self.step:08d}", picture)))

    def _is_due(self, observer: Observer) -> bool:
        return is_due(observer.every, self.step)

    def _visits(self, observers: Sequence[Observer]) -> Iterator[Line]:
        if not observers:
            return
        sampler = self._sampler()
        for observer in observers:
            yield from chain.from_iterable(self._say(event) for event in observer.visit(self.step, sampler))

    def _checkpoint(self) -> Iterator[Line]:
        means = self.engine.means
        self._finite(means.read())
        if self.saved_step != self.step or self.step == 0:
            state = self._sound_state()
            progress = Progress(self.step, self.journal.seconds, self.journal.seq, self.journal.phase, means.steps)
            sums = {f"means/{name}": total for name, total in means.state().items()}
            file = self.run.save_checkpoint(Checkpoint(progress, state | sums, plain(self.experiment)))
            self.saved_step = self.step
            yield from self._say(Checkpointed(self.step, file))
        self.saved_at = monotonic()

    def _say(self, event: Event) -> Iterator[Line]:
        line = self.journal.write(event)
        for observer in self.observers:
            observer.receive(line)
        yield line

    def _sampler(self) -> Sampler | Translations:
        birth = self.run.birth
        if self.experiment.game.translates:
            return Translations(self.experiment, birth.shape, self._sound_state(), self.step)
        return Sampler(self.experiment, birth.shape, birth.classes, self._sound_state(), self.step, birth.untrained)

    def _finite(self, means: dict[str, float]) -> dict[str, float]:
        """The means, if all are finite."""
        broken = [name for name, value in means.items() if not isfinite(value)]
        if broken:
            self._give_up([name for name in broken if "." in name and not name.startswith("judged")] or broken)
        return means

    def _sound_state(self) -> dict[str, Tensor]:
        """Weights, moments and memories, if they are finite: a loss may be so while the weights no longer are."""
        state = self.engine.match.state()
        broken = {name.split("/")[0] for name, tensor in state.items() if not tensor.isfinite().all()}
        if broken:
            self._give_up([f"weights of the {owner}" for owner in sorted(broken)])
        return state

    def _give_up(self, names: list[str]) -> NoReturn:
        """The run stops here, intact up to its last checkpoint."""
        broken = ", ".join(names)
        list(self._say(Stopped(self.step, "diverged", note=broken)))
        raise DivergedError(
            f"by step {self.step}: {broken} not finite; the run is intact up to step {self.saved_step}: "
            f"fork it from there with a lower optim.lr, or with remedies.gradient_clipping=true; "
            f"ganarium diagnose {self.run.path} says more"
        )
