"""Export of a run's log to TensorBoard."""

from io import BytesIO
from time import time
from typing import final

import numpy as np
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event as Record
from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard.summary import image, scalar, text

from ganarium.core.atomic import cannot_write
from ganarium.core.errors import RunError
from ganarium.runs.directory import Run
from ganarium.runs.events import Finding, Line, Resumed, Sample, Scored, Span
from ganarium.training.observers import Observer
from ganarium.training.trackers import tag


@final
class TensorBoard(Observer):
    """Observer that writes scalars and images as they arrive; resuming a run purges superseded steps.

    Records are written immediately in the training thread, so that a full disk raises an error there.
    """

    essential = True

    def __init__(self, run: Run) -> None:
        self._run = run
        self._file = run.tensorboard / "not yet"

    def on_line(self, line: Line) -> None:
        """Write the parts of a log line that TensorBoard can show."""
        match line.event:
            case Resumed(step=step):
                self._write(line, Record(step=step + 1, session_log=SessionLog(status=SessionLog.START)))
            case Span(step=step, means=means):
                self._write(line, *(_scalar(step, tag(name), value) for name, value in means.items()))
            case Scored(step=step, name=name, value=value):
                self._write(line, _scalar(step, f"scores/{name}", value))
            case Finding(step=step, name=name, text=said, grave=grave):
                note = text(f"findings/{name}", f"**{said}**" if grave else said)  # type: ignore[no-untyped-call]
                self._write(line, Record(wall_time=time(), step=step, summary=note))
            case Sample(step=step, what=what, file=file):
                with Image.open(self._run.path / file) as picture:
                    pixels = np.asarray(picture.convert("RGB"))
                picture_of = image(f"pictures/{what}", pixels, dataformats="HWC")  # type: ignore[no-untyped-call]
                self._write(line, Record(wall_time=time(), step=step, summary=picture_of))
            case _:
                pass

    def _write(self, line: Line, *records: Record) -> None:
        try:
            if not self._file.exists():
                self._run.tensorboard.mkdir(exist_ok=True)
                self._file = self._run.tensorboard / f"events.out.tfevents.{line.seq:010d}"
                records = (Record(wall_time=time(), file_version="brain.Event:2"), *records)
            with self._file.open("ab") as file:
                file.write(b"".join(_framed(record) for record in records))
        except OSError as error:
            raise RunError(cannot_write(self._file, error)) from None


def _scalar(step: int, tag: str, value: float) -> Record:
    summary = scalar(tag, value)  # type: ignore[no-untyped-call]
    return Record(wall_time=time(), step=step, summary=summary)


def _framed(record: Record) -> bytes:
    buffer = BytesIO()
    RecordWriter(buffer).write(record.SerializeToString())
    return buffer.getvalue()
