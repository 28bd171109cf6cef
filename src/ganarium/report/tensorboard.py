"""The log of a run, for TensorBoard."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Line, Resumed, Sample, Scored, Span, Stopped
from ganarium.training.sampler import Sampler


class TensorBoard:
    """An observer that writes scalars and pictures; a resumed run drops what was superseded."""

    every = 0

    def __init__(self, run: Run) -> None:
        self._run = run
        self._purge_step: int | None = None

    @cached_property
    def _writer(self) -> SummaryWriter:
        return SummaryWriter(str(self._run.tensorboard), purge_step=self._purge_step)

    def receive(self, line: Line) -> None:
        """Write what TensorBoard can show of a line."""
        match line.event:
            case Resumed(step=step):
                self._purge_step = step + 1
            case Span(step=step, means=means):
                for name, value in means.items():
                    self._writer.add_scalar(_tag(name), value, step)
            case Scored(step=step, name=name, value=value):
                self._writer.add_scalar(f"scores/{name}", value, step)
            case Sample(step=step, what=what, file=file):
                with Image.open(self._run.path / file) as picture:
                    pixels = np.asarray(picture.convert("RGB"))
                self._writer.add_image(f"pictures/{what}", pixels, step, dataformats="HWC")
            case Stopped():
                self._writer.close()
            case _:
                pass

    def visit(self, step: int, sampler: Sampler) -> Iterable[Event]:  # noqa: ARG002
        """It has nothing to say."""
        return ()


def _tag(name: str) -> str:
    """TensorBoard groups by what stands before the slash."""
    group = {"judged": "D", "gradient": "gradients"}.get(name.split(".")[0], "losses")
    return f"{group}/{name.removeprefix('judged.').removeprefix('gradient.')}"
