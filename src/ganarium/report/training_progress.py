"""Training progress: a live line in a terminal, a bar in a notebook, else a line every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from ganarium.core.escape import command, counted
from ganarium.core.progress import report_to
from ganarium.report.live_output import live_output
from ganarium.runs.directory import Run
from ganarium.runs.events import Finding, Line, Resumed, Sample, Scored, Span, Steered, Stopped, paused_after

PAST = {"continue": "continued", "save": "saved", "stop": "stopped"}


class ProgressDisplay:
    """Progress display of a run in training, updated from its log."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.step, self.seconds = 0, 0.0
        self._paused = False
        self._ended = ""  # why training stopped
        self._means: Mapping[str, float] = {}
        self._scores: dict[str, Any] = {}
        self._findings: list[dict[str, Any]] = []
        self._sample = ""
        self._measured_at: tuple[int, float] | None = None  # step and seconds of training
        self._speed = 0.0
        self._output = live_output()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(report_to(self._report))
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the display."""
        self._stack.close()
        self._output.close()

    def note(self, line: Line) -> None:
        """Update the state from one line of the log."""
        self.step, self.seconds = max(0, line.event.step), line.time
        match line.event:
            case Finding() as finding:
                self._findings.append({"name": finding.name, "text": finding.text, "grave": finding.grave})
            case Span(means=means):
                self._means = means
            case Sample(what="generated", file=file):
                self._sample = file
            case Scored() as score:
                self._scores[score.name] = asdict(score)
            case Stopped(reason=reason):
                self._ended = reason
        self._paused = paused_after(line.event, paused=self._paused)

    @property
    def finished(self) -> bool:
        """Return whether all steps are complete."""
        return self._ended == "finished"

    @property
    def interrupted(self) -> bool:
        """Return whether training was stopped early, by a signal or a request."""
        return self._ended == "interrupted"

    def show(self, line: Line) -> None:
        """Show one line of the log; call `note` first."""
        if self._measured_at is None:
            self._measured_at = (max(0, line.event.step), line.time)
            self._output.message(f"{self.run} on {self._device()}")
        match line.event:
            case Resumed(step=step, note=note):
                self._output.message(f"resuming from step {max(0, step):,}{f' ({note})' if note else ''}")
            case Finding() as finding:
                warning = f"WARNING at step {finding.step:,}: " if finding.grave else ""
                self._output.message(f"{warning}{finding.name}: {finding.text}")
            case Steered() as steered:
                self._output.message(self._steered(steered))
            case Span():
                self._measure_speed()
        self._update()

    def end(self, reason: str) -> None:
        """Show why training ended without a last line of the log."""
        self._ended = reason
        if self._measured_at is not None:
            self._update()

    def summary(self) -> dict[str, Any]:
        """Return the result of training as plain data."""
        losses = self.run.losses()
        return {
            "run": str(self.run),
            "step": self.step,
            "seconds": round(self.seconds, 3),
            "means": dict(self._means),
            "losses": losses.summary() if losses else None,
            "scores": list(self._scores.values()),
            "findings": self._findings,
            "sample": self._sample,
            "finished": self.finished,
        }

    def _measure_speed(self) -> None:
        if self._measured_at is not None and self.seconds > self._measured_at[1]:
            self._speed = (self.step - self._measured_at[0]) / (self.seconds - self._measured_at[1])
            self._measured_at = (self.step, self.seconds)

    def _report(self, doing: str, done: int, total: int) -> None:
        """Show the progress of work between two steps, such as scoring."""
        self._update(f"{doing}: {done:,} of {total:,}")

    def _update(self, text: str = "") -> None:
        self._output.status(text or self._status(self._output.width), self._share_done())

    def _status(self, width: int | None = None) -> str:
        """Return a line with the step, both losses, and the time left and speed if they fit into `width`."""
        train = self.run.experiment.train
        line = f"step {self.step:,}" + (f" of {train.steps:,}" if train.steps else "")
        if self._means:
            line += f"  D loss {_short(self._means['discriminator'])}  G loss {_short(self._means['generator'])}"
        if self._paused:
            return f"{line}  paused ({self._to_continue()})"
        others = [f"{self._ended} after {_clock(self.seconds)}" if self._ended else self._time_left()]
        if self._speed:
            others += [f"{self._speed:.0f} it/s", f"{self._speed * train.batch:,.0f} images/s"]
        for part in filter(None, others):
            if width is not None and len(line) + 2 + len(part) > width:
                break
            line += f"  {part}"
        return line

    def _steered(self, steered: Steered) -> str:
        """Return a message about a request."""
        start = f"step {steered.step:,}: "
        if steered.note:
            return f"{start}refused to steer: {steered.note}"
        by = f" by {steered.by}" if steered.by else ""
        match steered.action:
            case "pause":
                return f"{start}paused{by} ({self._to_continue()})"
            case "discriminator" | "generator":
                return f"{start}{counted(int(steered.value or 1), 'update')} of only the {steered.action}{by}"
            case "slow":
                speed = "full speed" if steered.value is None else f"at most {steered.value:g} steps per second"
                return f"{start}{speed}{by}"
            case action:
                return f"{start}{PAST.get(action, action)}{by}"

    def _to_continue(self) -> str:
        return command("steer", self.run, "continue")

    def _share_done(self) -> float | None:
        """Return the completed part of the planned steps or seconds."""
        train = self.run.experiment.train
        shares = [done / of for done, of in ((self.step, train.steps), (self.seconds, train.seconds)) if of]
        return max(shares, default=None)

    def _time_left(self) -> str:
        train = self.run.experiment.train
        ends = []
        if train.steps and self._speed:
            ends.append((train.steps - self.step) / self._speed)
        if train.seconds:
            ends.append(train.seconds - self.seconds)
        if not ends:
            return ""
        return f"{_clock(max(0.0, min(ends)))} left"

    def _device(self) -> str:
        engine = self.run.experiment.engine
        return engine.device if engine.device != "cpu" else f"cpu, {engine.threads} thread{'s' * (engine.threads > 1)}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _short(loss: float) -> str:
    """Return a loss in at most nine characters."""
    return f"{loss:.3f}" if abs(loss) < 10_000 else f"{loss:.2e}"
