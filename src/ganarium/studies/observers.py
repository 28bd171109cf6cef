"""The observers of every training: TensorBoard, monitor, diagnosis, and scores if the data allow them."""

from ganarium.diagnosis.observer import attended
from ganarium.evaluation.evaluate import Judge, can_judge
from ganarium.runs.directory import Run
from ganarium.training.observers import Observer
from ganarium.training.tensorboard import TensorBoard


def observers_of(run: Run) -> list[Observer]:
    """Return the observers with which a run is trained, alone or within a trial or a study."""
    scores: list[Observer] = [Judge(run.experiment)] if can_judge(run.experiment) else []
    return [TensorBoard(run), *attended(run), *scores]
