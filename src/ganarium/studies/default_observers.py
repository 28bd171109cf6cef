"""The observers of every training: TensorBoard, monitor, diagnosis, and scores if the data allow them."""

from ganarium.diagnosis.observer import diagnosis_observers
from ganarium.evaluation.observer import ScoreObserver, can_evaluate
from ganarium.runs.directory import Run
from ganarium.training.observers import Observer
from ganarium.training.tensorboard import TensorBoard


def observers_of(run: Run) -> list[Observer]:
    """Return the observers with which a run is trained, alone or within a trial or a study."""
    scores: list[Observer] = [ScoreObserver(run.experiment)] if can_evaluate(run.experiment) else []
    return [TensorBoard(run), *diagnosis_observers(run), *scores]
