"""The default observers of a run: TensorBoard, monitor, diagnosis, and scores if the data support them."""

from ganarium.diagnosis.observer import diagnosis_observers
from ganarium.evaluation.observer import ScoreObserver, can_evaluate
from ganarium.runs.directory import Run
from ganarium.training.observers import Observer
from ganarium.training.tensorboard import TensorBoard


def observers_of(run: Run) -> list[Observer]:
    """Return the observers of a run, whether it is trained alone or as part of a trial or a study."""
    scores: list[Observer] = [ScoreObserver(run.experiment)] if can_evaluate(run.experiment) else []
    return [TensorBoard(run), *diagnosis_observers(run), *scores]
